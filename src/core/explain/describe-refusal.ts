/** Why a browser refuses, in words. Codes are stable, sentences are not. */

import type { Refusal } from "./browser.ts";

/**
 * What the browser misses, as the second half of a sentence.
 * @param subject what it looked at: `the response`, `the preflight's answer`
 * @example describeRefusal({ code: "allow-origin-missing" }) // "the response has no Access-Control-Allow-Origin"
 */
export function describeRefusal(refusal: Refusal, subject = "the response"): string {
  switch (refusal.code) {
    case "preflight-redirected":
      return `the preflight is answered with a redirect (${refusal.found}), which browsers never follow`;
    case "preflight-status":
      return `the preflight is answered with ${refusal.found}, and only 200 to 299 will do`;
    case "allow-origin-missing":
      return `${subject} has no Access-Control-Allow-Origin`;
    case "allow-origin-other":
      return refusal.found.includes(",")
        ? `Access-Control-Allow-Origin has more than one value, ${JSON.stringify(refusal.found)}`
        : `Access-Control-Allow-Origin is ${JSON.stringify(refusal.found)}, not the page's origin`;
    case "allow-origin-any-with-credentials":
      return 'Access-Control-Allow-Origin is "*", which is not enough for a request with credentials';
    case "allow-credentials-missing":
      return refusal.found === null
        ? `${subject} has no Access-Control-Allow-Credentials, and the request has credentials`
        : `Access-Control-Allow-Credentials is ${JSON.stringify(refusal.found)}, not "true"`;
    case "allow-methods-invalid":
      return `Access-Control-Allow-Methods is no list of methods: ${JSON.stringify(refusal.found)}`;
    case "allow-headers-invalid":
      return `Access-Control-Allow-Headers is no list of header names: ${JSON.stringify(refusal.found)}`;
    case "method-not-listed":
      return `the method ${refusal.culprit} is not in Access-Control-Allow-Methods${found(refusal.found)}`;
    case "header-not-listed":
      return `the request header ${refusal.culprit} is not in Access-Control-Allow-Headers${found(refusal.found)}`;
    case "authorization-not-listed":
      return `authorization is not in Access-Control-Allow-Headers by name, and "*" does not cover it (Chromium lets it pass so far)`;
  }
}

function found(value: string | null): string {
  if (value === null) return " (there is none)";
  return value === "*" ? ' (only "*", which counts for nothing with credentials)' : ` (${value})`;
}
