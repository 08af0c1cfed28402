/** What concerns one connection only, and must not pass through an intermediary. */

import { parseRequestedHeaders } from "../core/requested-headers.ts";

/**
 * Security: what describes the body, what the platform vouches for and what upstreams decide by, no client can have
 * dropped; `upgrade` is the runtime's own matter.
 */
const NEVER_DROPPED =
  /^(?:authorization|cdn-|cf-|content-|cookie|cors-|forwarded|host|origin|sec-|true-client-|upgrade|x-forwarded-|x-real-)/;

/**
 * Removes what is meant for one connection, as far as the runtime does not do so itself. `Proxy-Authorization` stays: it
 * is for the first proxy that expects it, which may be the upstream and never is this gateway.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.7.2
 */
export function dropHopFields(headers: Headers): void {
  headers.delete("proxy-connection");
  const connection = headers.get("connection") ?? "close";
  // What nearly every request says names no field; the rest is not worked out for it.
  if (/^(?:close|keep-alive|upgrade)$/i.test(connection)) return;
  for (const name of parseRequestedHeaders(connection) ?? []) {
    if (!NEVER_DROPPED.test(name)) headers.delete(name);
  }
}
