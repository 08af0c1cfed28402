/** Which origins a rule allows: its patterns, compiled to look-ups. */

import { isLoopback, parseOrigin, type TupleOrigin } from "./origin.ts";
import { type OriginPattern, parseOriginPattern } from "./origin-pattern.ts";

interface LabelGap {
  readonly before: string;
  readonly after: string;
  readonly endsAt: number;
}

/** The end of what lasts, and of what was never allowed. */
const FOR_GOOD = Number.POSITIVE_INFINITY;
const NEVER = Number.NEGATIVE_INFINITY;

const WILDCARD_LABELS = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
const WILDCARD_LABEL = /^[a-z0-9_-]+$/;

/** A pattern as written, and the moment, in milliseconds since the epoch, from which it no longer counts. */
export interface AllowedPattern {
  readonly pattern: string;
  readonly endsAt: number | undefined;
}

/** The huge lists that a rule names. */
export interface NamedLists {
  readonly names: readonly string[];
  /** False where an `http:` origin of a list does not count, unless it is loopback: the rule is with credentials. */
  readonly mayBeInsecure: boolean;
}

/** True where a list has a serialized origin, false where it has not, undefined where that is not known. */
export type IsListed = (list: string, origin: string) => boolean | undefined;

/** What a rule says of an `Origin`; `unknown` where a list that may have it cannot be asked. */
export type OriginVerdict = "allowed" | "malformed" | "unknown" | "opaque" | "expired" | "not-allowed";

const NO_LISTS: NamedLists = { names: [], mayBeInsecure: true };

/**
 * The origins of a rule.
 * An exact origin costs one look-up, a wildcard one or two a label of the host, whatever the number of patterns and of
 * days on which they end; a gap within a label costs a step for each gap under the same parent and port.
 */
export class AllowedOrigins {
  readonly #lists: NamedLists;
  /** Of `*`: any origin, opaque ones included. */
  #anyEndsAt = NEVER;
  /** Serialized origins as they stand, `null` among them, and when they end. */
  readonly #exact = new Map<string, number>();
  /** Patterns with a whole label or a port left open, as they stand: `https://*.example.com`, `http://localhost:*`. */
  readonly #open = new Map<string, number>();
  /** Gaps within a label, under the pattern's scheme, parent and port. */
  readonly #gaps = new Map<string, LabelGap[]>();

  /** @param allowed of each, {@link parseOriginPattern} must know what it means */
  constructor(allowed: readonly AllowedPattern[], lists: NamedLists = NO_LISTS) {
    this.#lists = lists;
    for (const { pattern, endsAt = FOR_GOOD } of allowed) {
      // Without a wildcard it matches itself alone, and lists of exact origins are long: nothing is parsed for them.
      if (!pattern.includes("*")) prolong(this.#exact, pattern, endsAt);
      else this.#addOpen(parseOriginPattern(pattern), endsAt);
    }
  }

  #addOpen(parsed: OriginPattern | undefined, endsAt: number): void {
    if (parsed?.kind === "any") this.#anyEndsAt = Math.max(this.#anyEndsAt, endsAt);
    if (parsed?.kind !== "tuple") return;
    const { scheme, host, port } = parsed;
    if (host.kind === "exact") prolong(this.#open, serialize(scheme, host.host, port), endsAt);
    else if (host.kind === "subdomains") prolong(this.#open, serialize(scheme, `*.${host.parent}`, port), endsAt);
    else {
      const { before, after, parent } = host;
      const key = serialize(scheme, parent, port);
      const gaps = this.#gaps.get(key);
      if (gaps === undefined) this.#gaps.set(key, [{ before, after, endsAt }]);
      else gaps.push({ before, after, endsAt });
    }
  }

  /** True while `*` holds: every origin is allowed, opaque ones included. */
  allowsAny(now: number): boolean {
    return now < this.#anyEndsAt;
  }

  /**
   * Judges an `Origin` as it was sent; the order of the verdicts is that of the contract.
   * @param now milliseconds since the epoch
   * @param isListed is asked only where no pattern allows the origin
   */
  judge(origin: string, now: number, isListed: IsListed = () => undefined): OriginVerdict {
    // The usual case, and the cheapest.
    if (now < this.#exactEnd(origin)) return "allowed";
    const parsed = origin === "null" ? "opaque" : parseOrigin(origin);
    if (parsed === undefined) return "malformed";
    const endsAt = Math.max(this.#anyEndsAt, this.#exactEnd(origin), parsed === "opaque" ? NEVER : this.#endOf(parsed));
    if (now < endsAt) return "allowed";
    const listed = parsed === "opaque" ? false : this.#isListed(parsed, origin, isListed);
    if (listed !== false) return listed ? "allowed" : "unknown";
    if (endsAt !== NEVER) return "expired";
    return parsed === "opaque" ? "opaque" : "not-allowed";
  }

  #isListed({ scheme, host }: TupleOrigin, origin: string, isListed: IsListed): boolean | undefined {
    const { names, mayBeInsecure } = this.#lists;
    if (scheme === "http" && !mayBeInsecure && !isLoopback(host)) return false;
    const answers = names.map((name) => isListed(name, origin));
    return answers.includes(true) || (answers.includes(undefined) ? undefined : false);
  }

  #exactEnd(origin: string): number {
    return this.#exact.get(origin) ?? NEVER;
  }

  /** When the last of the patterns with a wildcard ends that match this origin. */
  #endOf({ scheme, host, port }: TupleOrigin): number {
    // Browsers send hosts with `*` and with a final dot. A pattern must not be met by its own spelling; none ends in a dot.
    if (host.includes("*") || host.endsWith(".")) return NEVER;
    return Math.max(
      this.#open.size > 0 ? this.#openEnd(scheme, host, port) : NEVER,
      this.#gaps.size > 0 ? this.#gapEnd(scheme, host, port) : NEVER,
    );
  }

  #openEnd(scheme: string, host: string, port: string): number {
    const endOf = (hostPattern: string, portPattern: string) =>
      this.#open.get(serialize(scheme, hostPattern, portPattern)) ?? NEVER;
    let latest = endOf(host, "*");
    for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
      const suffix = `*${host.slice(dot)}`;
      const endsAt = Math.max(endOf(suffix, port), endOf(suffix, "*"));
      if (endsAt > latest && WILDCARD_LABELS.test(host.slice(0, dot))) latest = endsAt;
    }
    return latest;
  }

  #gapEnd(scheme: string, host: string, port: string): number {
    const dot = host.indexOf(".");
    const label = dot < 0 ? host : host.slice(0, dot);
    const parent = dot < 0 ? "" : host.slice(dot + 1);
    let latest = NEVER;
    for (const candidate of [port, "*"]) {
      for (const gap of this.#gaps.get(serialize(scheme, parent, candidate)) ?? []) {
        if (gap.endsAt > latest && fillsGap(label, gap)) latest = gap.endsAt;
      }
    }
    return latest;
  }
}

/** Of several entries with the same text the last one to end counts. */
function prolong(ends: Map<string, number>, key: string, endsAt: number): void {
  if (endsAt === FOR_GOOD) ends.set(key, endsAt);
  else ends.set(key, Math.max(ends.get(key) ?? NEVER, endsAt));
}

function fillsGap(label: string, { before, after }: LabelGap): boolean {
  return (
    label.length > before.length + after.length &&
    label.startsWith(before) &&
    label.endsWith(after) &&
    WILDCARD_LABEL.test(label.slice(before.length, label.length - after.length))
  );
}

function serialize(scheme: string, host: string, port: string): string {
  return port === "" ? `${scheme}://${host}` : `${scheme}://${host}:${port}`;
}
