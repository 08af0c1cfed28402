/** Origins that stand for all that a pattern matches, to compare sets of patterns by. */

import { parseOrigin } from "../origin.ts";
import type { HostPattern, OriginPattern } from "../origin-pattern.ts";

/** What no pattern of a set names, and what its wildcards are, to choose origins that they do not match. */
export interface OriginSurroundings {
  readonly otherScheme: string;
  /** What occurs in no host of the patterns, as a label or within one. */
  readonly otherLabel: string;
  readonly otherPort: string;
  readonly ports: readonly string[];
  /** Gaps within a label, by the domain that follows. */
  readonly gaps: ReadonlyMap<string, readonly LabelGap[]>;
}

type LabelGap = HostPattern & { readonly kind: "label" };

const LABEL_CHARACTERS = [..."abcdefghijklmnopqrstuvwxyz0123456789_-"];

/** What is to be known of patterns so that origins can be told apart by them. */
export function originSurroundingsOf(patterns: readonly OriginPattern[]): OriginSurroundings {
  const tuples = patterns.filter((pattern) => pattern.kind === "tuple");
  const schemes = new Set(tuples.map(({ scheme }) => scheme));
  const hosts = tuples.map(({ host }) => (host.kind === "exact" ? host.host : host.parent)).join(" ");
  const ports = new Set(tuples.map(({ port }) => port).filter((port) => port !== "" && port !== "*"));
  const gaps = tuples.flatMap(({ host }) => (host.kind === "label" ? [host] : []));
  return {
    otherScheme: firstFree("x-any", (scheme) => schemes.has(scheme)),
    otherLabel: firstFree("any", (label) => hosts.includes(label)),
    otherPort: String(firstFreePort(ports)),
    ports: [...ports],
    gaps: Map.groupBy(gaps, ({ parent }) => parent),
  };
}

function firstFree(name: string, isTaken: (name: string) => boolean): string {
  for (let number = 0; ; number++) {
    const candidate = number === 0 ? name : `${name}-${number}`;
    if (!isTaken(candidate)) return candidate;
  }
}

function firstFreePort(taken: ReadonlySet<string>): number {
  let port = 8443;
  while (taken.has(String(port)) && port < 65535) port++;
  return port;
}

/**
 * Origins that a pattern matches, in an order in which those come first that few other patterns match. Patterns that do
 * not match all of it leave out one of these, and patterns that match some of it match one of these, if the surroundings
 * are theirs.
 */
export function* sampleOrigins(pattern: OriginPattern, surroundings: OriginSurroundings): Iterable<string> {
  if (pattern.kind === "any") {
    yield `https://${surroundings.otherLabel}.example`;
    yield `${surroundings.otherScheme}://${surroundings.otherLabel}`;
  }
  if (pattern.kind !== "tuple") {
    yield "null";
    return;
  }
  const { scheme, host, port } = pattern;
  const { otherPort, ports } = surroundings;
  for (const sampleHost of sampleHosts(host, surroundings)) {
    for (const samplePort of port === "*" ? [otherPort, "", ...ports] : [port]) {
      const origin = `${scheme}://${sampleHost}${samplePort === "" ? "" : `:${samplePort}`}`;
      if (parseOrigin(origin) !== undefined) yield origin;
    }
  }
}

function* sampleHosts(host: HostPattern, { otherLabel, gaps }: OriginSurroundings): Iterable<string> {
  if (host.kind === "exact") {
    yield host.host;
    return;
  }
  if (host.kind === "subdomains") {
    // No gap and no exact name reaches so deep.
    yield `${otherLabel}.${otherLabel}.${host.parent}`;
    yield `${otherLabel}.${host.parent}`;
    yield `w.${host.parent}`;
    return;
  }
  const named = (label: string) => (host.parent === "" ? label : `${label}.${host.parent}`);
  const { before, after } = host;
  const rivals = gaps.get(host.parent) ?? [];
  // Past the gaps that begin or end within this one.
  const begun = rivals.flatMap((rival) => (rival.before.startsWith(before) ? [rival.before.at(before.length)] : []));
  const ended = rivals.flatMap((rival) => (rival.after.endsWith(after) ? [rival.after.at(-after.length - 1)] : []));
  yield named(`${before}${freeCharacter(begun)}${otherLabel}${freeCharacter(ended)}${after}`);
  yield named(`${before}w${after}`);
  for (const rival of rivals) {
    const [start, end] = [longer(before, rival.before), longer(after, rival.after)];
    if (start.startsWith(before) && end.endsWith(after)) yield named(`${start}${otherLabel}${end}`);
  }
}

function freeCharacter(taken: readonly (string | undefined)[]): string {
  return LABEL_CHARACTERS.find((character) => !taken.includes(character)) ?? "w";
}

function longer(a: string, b: string): string {
  return a.length >= b.length ? a : b;
}
