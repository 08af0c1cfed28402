/** What everything that works for one request shares. */
export interface RequestContext {
  /** Keeps something alive in the background, beyond the response. */
  waitUntil(done: Promise<void>): void;
  /** True once the request has waited for KV in vain: it does not wait for it again. */
  hasWaited: boolean;
}
