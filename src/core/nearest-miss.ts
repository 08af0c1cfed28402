/** For operators: what a denied origin was probably meant to match. Never for strangers. */

import { parseOrigin, type TupleOrigin } from "./origin.ts";
import type { AllowedPattern } from "./origin-matcher.ts";
import { type HostPattern, type OriginPattern, parseOriginPattern } from "./origin-pattern.ts";

/**
 * The pattern that differs least from an origin which none matches: in its scheme, its port, both, a leading `www.`, or
 * by being a wildcard over the origin's own host. Undefined where nothing comes close; of what has ended nothing does.
 * @param now milliseconds since the epoch
 * @example nearestMiss([{ pattern: "https://app.example.com", endsAt: undefined }], "http://app.example.com", 0) // "https://app.example.com"
 */
export function nearestMiss(allowed: readonly AllowedPattern[], origin: string, now: number): string | undefined {
  const sent = parseOrigin(origin);
  if (sent === undefined) return undefined;
  let nearest: string | undefined;
  let least = FAR;
  for (const { pattern: text, endsAt = FAR } of allowed) {
    const parsed = now < endsAt ? parseOriginPattern(text) : undefined;
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
