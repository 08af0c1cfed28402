/** For operators: what a denied origin was probably meant to match. Never for strangers. */

import { parseOrigin, type TupleOrigin } from "./origin.ts";
import { type HostPattern, type OriginPattern, parseOriginPattern } from "./origin-pattern.ts";

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
  let least = FAR;
  for (const text of patterns.slice(0, MAX_PATTERNS)) {
    const parsed = parseOriginPattern(text);
    const distance = parsed === undefined ? least : distanceOf(parsed, sent);
    if (distance < least) {
      nearest = text;
      least = distance;
    }
  }
  return nearest;
}

const FAR = Number.POSITIVE_INFINITY;

function distanceOf(pattern: OriginPattern, sent: TupleOrigin): number {
  if (pattern.kind !== "tuple") return FAR;
  const { host, scheme, port } = pattern;
  const isOtherScheme = scheme === sent.scheme ? 0 : 1;
  const isOtherPort = port === "*" || port === sent.port ? 0 : 2;
  return hostDistance(host, sent.host) + isOtherScheme + isOtherPort;
}

function hostDistance(host: HostPattern, sent: string): number {
  if (host.kind !== "exact") return host.parent !== "" && `.${sent}`.endsWith(`.${host.parent}`) ? 8 : FAR;
  if (host.host === sent) return 0;
  return host.host === `www.${sent}` || sent === `www.${host.host}` ? 4 : FAR;
}
