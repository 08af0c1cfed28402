/** The one place where CORS fields are written to a response. */

import type { ResponseHeaders } from "../core/header-fields.ts";

const DECISION = "cors-decision";
/** Forbidden response headers, CORS fields, and what concerns one connection only. */
const NEVER_EXPOSED =
  /^(?:set-cookie2?|access-control-.*|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;

/**
 * Makes the headers of a response say what was decided, and nothing else about CORS: the upstream's own fields are
 * removed first.
 * @param decision value of `CORS-Decision`; undefined for none
 */
export function writeHeaders(headers: Headers, response: ResponseHeaders, decision: string | undefined): void {
  if (response.keepsUpstreamFields) headers.delete(DECISION);
  else {
    for (const name of [...headers.keys()]) {
      if (name.startsWith("access-control-") || name === DECISION) headers.delete(name);
    }
  }
  if (response.replacesTiming) headers.delete("timing-allow-origin");
  for (const [name, value] of response.fields) headers.set(name, value);
  if (decision !== undefined) headers.set(DECISION, decision);
  writeVary(headers, response.vary);
  if (response.exposesEachHeader) {
    const names = [...headers.keys()].filter((name) => !NEVER_EXPOSED.test(name));
    headers.set("access-control-expose-headers", [...new Set(names)].join(", "));
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-vary */
function writeVary(headers: Headers, names: string): void {
  if (names === "") return;
  const own = headers.get("vary");
  const listed = own?.split(",").map((name) => name.trim().toLowerCase()) ?? [];
  if (listed.includes("*")) return;
  const missing = names.split(", ").filter((name) => !listed.includes(name.toLowerCase()));
  if (missing.length > 0) headers.append("vary", missing.join(", "));
}
