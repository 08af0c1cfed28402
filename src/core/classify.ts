/** What kind of request this is, in the Fetch standard's words. */

/** What core needs to know of a request. */
export interface RequestView {
  /** As sent; methods are case-sensitive. */
  readonly method: string;
  /** Origin of the request's URL, as the URL parser serializes it. */
  readonly urlOrigin: string;
  /** Path of the request's URL, as the URL parser serializes it. */
  readonly pathname: string;
  /** The value of a header, by its byte-lowercase name, field lines joined with `, `; null where it is absent. */
  header(name: string): string | null;
}

/**
 * Every request is of exactly one class:
 * - `non-cors`: without an `Origin`;
 * - `same-origin`: with the `Origin` of the very URL asked for, or marked by the browser as such;
 * - `preflight`: a CORS-preflight request;
 * - `websocket`: an opening handshake from another origin, for which the browser itself checks nothing;
 * - `actual`: any other request from another origin.
 */
export type RequestClass = "non-cors" | "same-origin" | "preflight" | "websocket" | "actual";

/**
 * Classifies a request.
 * @see https://fetch.spec.whatwg.org/#cors-request
 * @see https://fetch.spec.whatwg.org/#cors-preflight-request
 */
export function classify(request: RequestView): RequestClass {
  const origin = request.header("origin");
  if (origin === null || origin === "") return "non-cors";
  if (origin === httpOrigin(request.urlOrigin)) return "same-origin";
  // Page script cannot set it; behind a proxy that changes scheme or port it is the only sign left.
  if (request.header("sec-fetch-site") === "same-origin") return "same-origin";
  if (request.method === "OPTIONS" && request.header("access-control-request-method") !== null) return "preflight";
  if (request.method === "GET" && isWebSocketUpgrade(request.header("upgrade"))) return "websocket";
  return "actual";
}

/**
 * True for a load that a page of another site causes without CORS: an image, a script, a `no-cors` fetch. Navigations are
 * none, but for those of `object` and `embed`, which put a response into the page like an image.
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function isCrossSiteLoad(request: RequestView): boolean {
  if (request.header("sec-fetch-site") !== "cross-site") return false;
  return (
    request.header("sec-fetch-mode") === "no-cors" || /^(?:object|embed)$/.test(request.header("sec-fetch-dest") ?? "")
  );
}

/** A page's WebSocket has the page's origin, which is never `ws:` or `wss:`. */
function httpOrigin(urlOrigin: string): string {
  return urlOrigin.startsWith("ws") ? `http${urlOrigin.slice(2)}` : urlOrigin;
}

/**
 * True where the protocol asked for is WebSocket, in any case, and no other.
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-4.2.1
 */
export function isWebSocketUpgrade(upgrade: string | null): boolean {
  return upgrade?.trim().toLowerCase() === "websocket";
}
