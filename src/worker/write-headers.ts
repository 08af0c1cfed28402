/** The one file where CORS fields are written to responses. */

import type { ResponseHeaders } from "../core/header-fields.ts";
import { dropHopFields } from "./hop-by-hop.ts";

const DECISION = "cors-decision";
/** Forbidden response headers, CORS fields, and what concerns one connection only. */
const NEVER_EXPOSED =
  /^(?:set-cookie2?|access-control-.*|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/;

/**
 * Makes the headers of a response say what was decided, and nothing else about CORS: the upstream's own fields are
 * removed first, and what concerned its connection alone.
 * @param decision value of `CORS-Decision`; undefined for none
 */
export function writeHeaders(headers: Headers, response: ResponseHeaders, decision: string | undefined): void {
  const superseded: string[] = [];
  let isVaried = false;
  let namesHops = false;
  for (const name of headers.keys()) {
    if (name.startsWith("access-control-") ? !response.keepsUpstreamFields : name === DECISION) superseded.push(name);
    isVaried ||= name === "vary";
    namesHops ||= name === "connection" || name === "proxy-connection";
  }
  for (const name of superseded) headers.delete(name);
  if (namesHops) dropHopFields(headers);
  if (response.replacesTiming) headers.delete("timing-allow-origin");
  for (const [name, value] of response.fields) headers.set(name, value);
  if (decision !== undefined) headers.set(DECISION, decision);
  writeVary(headers, isVaried, response.vary);
  if (response.exposesEachHeader) {
    const exposed = [...headers.keys()].filter((name) => !NEVER_EXPOSED.test(name));
    headers.set("access-control-expose-headers", [...new Set(exposed)].join(", "));
  }
}

/** Answers to preflights, complete, by what core said of them: it says the very same for the same rule and origin. */
const complete = new WeakMap<ResponseHeaders, { readonly decision: string | undefined; readonly headers: Headers }>();

/**
 * The answer to a preflight: 204, with headers that are put together once.
 * @param decision value of `CORS-Decision`; undefined for none
 */
export function preflightResponse(response: ResponseHeaders, decision: string | undefined): Response {
  let known = complete.get(response);
  if (known === undefined || known.decision !== decision) {
    known = { decision, headers: new Headers() };
    writeHeaders(known.headers, response, decision);
    complete.set(response, known);
  }
  return new Response(null, { status: 204, headers: known.headers });
}

/** Lets the page that may read a 429 or 503 read when to come back, too. */
export function exposeRetryAfter(headers: Headers): void {
  if (!headers.has("retry-after") || !headers.has("access-control-allow-origin")) return;
  const exposed = headers.get("access-control-expose-headers");
  const names = exposed?.split(", ") ?? [];
  if (exposed === "*" || names.some((name) => name.toLowerCase() === "retry-after")) return;
  headers.set("access-control-expose-headers", [...names, "retry-after"].join(", "));
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-vary */
function writeVary(headers: Headers, isThere: boolean, names: string): void {
  if (names === "") return;
  const own = isThere ? headers.get("vary") : null;
  if (own === null) {
    headers.append("vary", names);
    return;
  }
  const listed = own.split(",").map((name) => name.trim().toLowerCase());
  if (listed.includes("*")) return;
  const missing = names.split(", ").filter((name) => !listed.includes(name.toLowerCase()));
  if (missing.length > 0) headers.append("vary", missing.join(", "));
}
