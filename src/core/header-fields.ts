/** Response headers as data: core says which, one function of the Worker writes them. */

/** Names, byte-lowercase, and values. */
export type HeaderFields = readonly (readonly [name: string, value: string])[];

/** What `Vary` must name on the answer to a preflight. */
export const VARY_OF_PREFLIGHT = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
/** What it names on every other response that depends on the origin. */
export const VARY_BY_ORIGIN = "Origin";
/** Under an isolated rule it also depends on these. */
export const VARY_BY_FETCH_METADATA = "Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Fetch-Site";

/** Everything about CORS that a response must have, and no other CORS field with it. */
export interface ResponseHeaders {
  readonly fields: HeaderFields;
  /**
   * The names that `Vary` gains; empty for none.
   * @see https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches
   */
  readonly vary: string;
  /** True where `Access-Control-Expose-Headers` lists the names that this very response carries. */
  readonly exposesEachHeader: boolean;
  /** True where the upstream's own `Timing-Allow-Origin` goes. */
  readonly replacesTiming: boolean;
  /** True where the upstream's own CORS fields stay as they are, and nothing but the decision is written. */
  readonly keepsUpstreamFields: boolean;
}
