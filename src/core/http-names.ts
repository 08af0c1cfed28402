/**
 * The method and header names that the Fetch standard treats specially.
 * Header names are byte-lowercase throughout.
 */

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * True for a field name or method as HTTP allows it.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-tokens
 */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Methods that a browser sends whatever `Access-Control-Allow-Methods` says.
 * @see https://fetch.spec.whatwg.org/#cors-safelisted-method
 */
export const SAFELISTED_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST"]);

/**
 * Methods that no page can send, in upper case.
 * @see https://fetch.spec.whatwg.org/#forbidden-method
 */
export const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/**
 * The request header that `*` never covers.
 * @see https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
 */
export const NON_WILDCARD_REQUEST_HEADER = "authorization";

const FORBIDDEN_REQUEST_HEADERS: ReadonlySet<string> = new Set([
  "accept-charset",
  "accept-encoding",
  "access-control-request-headers",
  "access-control-request-method",
  "connection",
  "content-length",
  "cookie",
  "cookie2",
  "date",
  "dnt",
  "expect",
  "host",
  "keep-alive",
  "origin",
  "referer",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
]);

/**
 * True for a request header that only the browser itself sets, so that allowing it does nothing.
 * @param name byte-lowercase
 * @see https://fetch.spec.whatwg.org/#forbidden-request-header
 */
export function isForbiddenRequestHeader(name: string): boolean {
  return FORBIDDEN_REQUEST_HEADERS.has(name) || name.startsWith("proxy-") || name.startsWith("sec-");
}

/**
 * Response headers that no page can read, whatever `Access-Control-Expose-Headers` says.
 * @see https://fetch.spec.whatwg.org/#forbidden-response-header-name
 */
export const FORBIDDEN_RESPONSE_HEADERS: ReadonlySet<string> = new Set(["set-cookie", "set-cookie2"]);

/**
 * The response headers of the CORS protocol; naming one among request headers is a mix-up.
 * @see https://fetch.spec.whatwg.org/#http-responses
 */
export const CORS_RESPONSE_HEADERS: ReadonlySet<string> = new Set([
  "access-control-allow-credentials",
  "access-control-allow-headers",
  "access-control-allow-methods",
  "access-control-allow-origin",
  "access-control-expose-headers",
  "access-control-max-age",
]);
