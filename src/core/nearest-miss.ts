/** For operators: what a denied origin was probably meant to match. Never for strangers. */

import { parseOrigin, type TupleOrigin } from "./origin.ts";
import { type OriginPattern, parseOriginPattern } from "./origin-pattern.ts";

/** So many patterns are compared; a denial must not cost more because the list is long. */
const MAX_PATTERNS = 1000;

/**
 * The pattern that differs least from an origin which none matches: in its scheme, its port, both, a leading `www.`, or
 * by being a wildcard over the origin's own host. Undefined where nothing comes close.
 * @example nearestMiss(["https://app.example.com"], "http://app.example.com") // "https://app.example.com"
 */
export function nearestMiss(patterns: readonly string[], origin: string): string | undefined {
  const sent = parseOrigin(origin);
  if (sent === undefined) return undefined;
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const text of patterns.slice(0, MAX_PATTERNS)) {
    const parsed = parseOriginPattern(text);
    const distance = parsed.ok ? distanceOf(parsed.pattern, sent) : least;
    if (distance < least) {
      nearest = text;
      least = distance;
    }
  }
  return nearest;
}

function distanceOf(pattern: OriginPattern, sent: TupleOrigin): number {
  if (pattern.kind !== "tuple") return Number.POSITIVE_INFINITY;
  const { host, scheme, port } = pattern;
  const isOtherScheme = scheme === sent.scheme ? 0 : 1;
  const isOtherPort = port === "*" || port === sent.port ? 0 : 2;
  return (
    hostDistance(host.kind === "exact" ? host.host : host.parent, host.kind, sent.host) + isOtherScheme + isOtherPort
  );
}

function hostDistance(host: string, kind: "exact" | "subdomains" | "label", sent: string): number {
  if (kind === "exact")
    return host === sent ? 0 : host === `www.${sent}` || sent === `www.${host}` ? 4 : Number.POSITIVE_INFINITY;
  if (host === "") return Number.POSITIVE_INFINITY;
  return host === sent || sent.endsWith(`.${host}`) ? 8 : Number.POSITIVE_INFINITY;
}
