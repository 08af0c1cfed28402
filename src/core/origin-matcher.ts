/** Which origins a rule allows: its patterns, compiled to look-ups. */

import { isLoopback, parseOrigin, type TupleOrigin } from "./origin.ts";
import { type OriginPattern, parseOriginPattern } from "./origin-pattern.ts";

interface LabelGap {
  readonly before: string;
  readonly after: string;
}

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

/** The origins of a rule: those that are allowed for good, and those with an end. */
export class AllowedOrigins {
  readonly #lasting: OriginMatcher;
  readonly #ending: readonly { readonly endsAt: number; readonly matcher: OriginMatcher }[];
  readonly #lists: NamedLists;

  /** @param allowed of each, {@link parseOriginPattern} must know what it means */
  constructor(allowed: readonly AllowedPattern[], lists: NamedLists = NO_LISTS) {
    this.#lists = lists;
    const groups = Map.groupBy(allowed, ({ endsAt }) => endsAt);
    const matcherOf = (endsAt: number | undefined) => new OriginMatcher(groups.get(endsAt) ?? []);
    this.#lasting = matcherOf(undefined);
    this.#ending = [...groups.keys()]
      .filter((endsAt) => endsAt !== undefined)
      .map((endsAt) => ({ endsAt, matcher: matcherOf(endsAt) }));
  }

  /** True while `*` holds: every origin is allowed, opaque ones included. */
  allowsAny(now: number): boolean {
    return this.#lasting.allowsAny || this.#ending.some(({ endsAt, matcher }) => matcher.allowsAny && now < endsAt);
  }

  /**
   * Judges an `Origin` as it was sent; the order of the verdicts is that of the contract.
   * @param now milliseconds since the epoch
   * @param isListed is asked only where no pattern allows the origin
   */
  judge(origin: string, now: number, isListed: IsListed = () => undefined): OriginVerdict {
    if (this.#lasting.allowsExactly(origin)) return "allowed";
    const parsed = origin === "null" ? "opaque" : parseOrigin(origin);
    if (parsed === undefined) return "malformed";
    if (this.#lasting.allows(parsed)) return "allowed";
    const matching = this.#ending.filter(({ matcher }) => matcher.allows(parsed));
    if (matching.some(({ endsAt }) => now < endsAt)) return "allowed";
    const listed = parsed === "opaque" ? false : this.#isListed(parsed, origin, isListed);
    if (listed !== false) return listed ? "allowed" : "unknown";
    if (matching.length > 0) return "expired";
    return parsed === "opaque" ? "opaque" : "not-allowed";
  }

  #isListed({ scheme, host }: TupleOrigin, origin: string, isListed: IsListed): boolean | undefined {
    const { names, mayBeInsecure } = this.#lists;
    if (scheme === "http" && !mayBeInsecure && !isLoopback(host)) return false;
    const answers = names.map((name) => isListed(name, origin));
    return answers.includes(true) || (answers.includes(undefined) ? undefined : false);
  }
}

/**
 * The origins that a set of patterns allows.
 * An exact origin costs one look-up, a wildcard one or two a label of the host, whatever the number of patterns; a gap
 * within a label costs a step for each gap under the same parent and port.
 */
export class OriginMatcher {
  /** `*`: any origin, opaque ones included. */
  readonly allowsAny: boolean;
  /** Serialized origins as they stand, `null` among them. */
  readonly #exact = new Set<string>();
  /** Patterns with a whole label or a port left open, as they stand: `https://*.example.com`, `http://localhost:*`. */
  readonly #open = new Set<string>();
  /** Gaps within a label, under the pattern's scheme, parent and port. */
  readonly #gaps = new Map<string, LabelGap[]>();

  constructor(allowed: readonly AllowedPattern[]) {
    for (const { pattern } of allowed) {
      // Without a wildcard it matches itself alone, and lists of exact origins are long: nothing is parsed for them.
      if (!pattern.includes("*")) this.#exact.add(pattern);
      else {
        const parsed = parseOriginPattern(pattern);
        if (parsed?.kind === "tuple") this.#addOpen(parsed);
      }
    }
    this.allowsAny = allowed.some(({ pattern }) => pattern === "*");
  }

  #addOpen({ scheme, host, port }: OriginPattern & { kind: "tuple" }): void {
    if (host.kind === "exact") this.#open.add(serialize(scheme, host.host, port));
    else if (host.kind === "subdomains") this.#open.add(serialize(scheme, `*.${host.parent}`, port));
    else {
      const key = serialize(scheme, host.parent, port);
      const gaps = this.#gaps.get(key);
      if (gaps === undefined) this.#gaps.set(key, [host]);
      else gaps.push(host);
    }
  }

  /** True where this serialized origin is listed as it stands; the usual case, and the cheapest. */
  allowsExactly(origin: string): boolean {
    return this.#exact.has(origin);
  }

  /** True where any pattern matches this origin. */
  allows(origin: TupleOrigin | "opaque"): boolean {
    if (origin === "opaque") return this.allowsAny || this.#exact.has("null");
    const { scheme, host, port } = origin;
    // Browsers send hosts with `*` and with a final dot. A pattern must not be met by its own spelling; none ends in a dot.
    if (host.includes("*") || host.endsWith(".")) return this.allowsAny;
    if (this.allowsAny || this.#exact.has(serialize(scheme, host, port))) return true;
    if (this.#open.size > 0 && this.#allowsOpen(scheme, host, port)) return true;
    return this.#gaps.size > 0 && this.#allowsGap(scheme, host, port);
  }

  #allowsOpen(scheme: string, host: string, port: string): boolean {
    if (this.#open.has(serialize(scheme, host, "*"))) return true;
    for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
      const suffix = `*${host.slice(dot)}`;
      if (this.#open.has(serialize(scheme, suffix, port)) || this.#open.has(serialize(scheme, suffix, "*"))) {
        return WILDCARD_LABELS.test(host.slice(0, dot));
      }
    }
    return false;
  }

  #allowsGap(scheme: string, host: string, port: string): boolean {
    const dot = host.indexOf(".");
    const label = dot < 0 ? host : host.slice(0, dot);
    const parent = dot < 0 ? "" : host.slice(dot + 1);
    return [port, "*"].some((candidate) =>
      this.#gaps.get(serialize(scheme, parent, candidate))?.some((gap) => fillsGap(label, gap)),
    );
  }
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
