/** How soon a revocation holds, rule by rule: what docs/reliability.md works out, with the times that are shipped. */

import type { PolicyDocument } from "../core/document-schema.ts";

/** A write reaches every data centre (60 s), its copy there runs out (30 s), the isolate reads again (60 s). */
const GATEWAY_SECONDS = 60 + 30 + 60;

/** What an origin that was removed from a rule can still do, while nothing is down. */
export interface RevocationBound {
  readonly rule: string;
  /** So many seconds after a push it can read answers, at most: no preflight cache counts, actual requests are checked. */
  readonly readSeconds: number;
  /**
   * So long requests that a browser remembers a preflight for reach the upstream; as above unless denied requests are
   * forwarded. Those that need no preflight then always do.
   */
  readonly upstreamSeconds: number;
}

/** The bound of each rule, in order. */
export function revocationBounds({ rules }: PolicyDocument): RevocationBound[] {
  return rules.map(({ name, onDenied, maxAge }) => ({
    rule: name,
    readSeconds: GATEWAY_SECONDS,
    upstreamSeconds: GATEWAY_SECONDS + (onDenied === "forward" ? maxAge : 0),
  }));
}

/** A bound as a sentence. */
export function describeBound({ rule, readSeconds, upstreamSeconds }: RevocationBound): string {
  const upstream =
    upstreamSeconds === readSeconds
      ? ""
      : `, and send preflighted requests to the upstream for at most ${upstreamSeconds} s`;
  return `rule "${rule}": an origin that is removed can read for at most ${readSeconds} s more${upstream}`;
}
