/** Which origins one rule allows and another does not, now and after each day on which an entry of theirs ends. */

import type { CompiledRule } from "../compile-policy.ts";
import type { OriginEntry, RuleDocument } from "../document-schema.ts";
import { endOf, fieldsOf } from "../origin-entry.ts";
import { AllowedOrigins, type IsListed } from "../origin-matcher.ts";
import { type OriginPattern, parseOriginPattern } from "../origin-pattern.ts";
import { listsNamedBy } from "./named-lists.ts";
import { type OriginSurroundings, originSurroundingsOf, sampleOrigins } from "./sample-origins.ts";

/** The origins of a huge list; undefined where they are not known. */
export type ListContents = (name: string) => ReadonlySet<string> | undefined;

/** A rule as its document has it, and compiled. */
export interface KnownRule {
  readonly document: RuleDocument;
  readonly compiled: CompiledRule;
}

/** The origins of a rule, to be compared with those of another. */
export interface OriginSet {
  readonly entries: readonly KnownEntry[];
  /** Of several entries with the same text the last to end. */
  readonly byText: ReadonlyMap<string, KnownEntry>;
  readonly surroundings: OriginSurroundings;
  readonly lists: readonly KnownList[];
  readonly isListed: IsListed;
  allows(origin: string, at: number): boolean;
}

/** An entry of `allowOrigins` that is no list. */
interface KnownEntry {
  readonly text: string;
  readonly pattern: OriginPattern;
  readonly expires: string | undefined;
  /** Milliseconds since the epoch; infinite where the entry has no end. */
  readonly endsAt: number;
}

interface KnownList {
  readonly name: string;
  /** Where the content is not known, two made-up origins stand for it, by https and by http. */
  readonly origins: ReadonlySet<string>;
  readonly isKnown: boolean;
}

/** An entry some of whose origins are allowed on one side and not on the other. */
export type OriginChange =
  | {
      /** The pattern as it was written. */
      readonly origin: string;
      /** The last day of the entry. */
      readonly expires?: string;
      /** The last day of the same entry on the other side, where it is another. */
      readonly expiresOtherwise?: string;
      /** Entries of the other side that this one has in it: it is a wider wildcard than they are. */
      readonly widerThan?: readonly string[];
      /** Lists of the other side that may have this very origin: their content is not known. */
      readonly unlessListed?: readonly string[];
    }
  | {
      readonly list: string;
      /** How many of its origins, and the first of them; absent where the content is not known. */
      readonly count?: number;
      readonly examples?: readonly string[];
      /** True where only plain http origins of the list are meant. */
      readonly isInsecureOnly?: true;
    };

/** Changes that hold from the same moment on. */
export interface OriginChanges {
  /** The day after which they hold; undefined for now. */
  readonly after: string | undefined;
  readonly changes: readonly OriginChange[];
  /** An origin that shows it, and when; milliseconds since the epoch. */
  readonly sample: string;
  readonly at: number;
}

const MAX_EXAMPLES = 3;

/** The origins of a rule; none without one. */
export function originSetOf(rule: KnownRule | undefined, contents: ListContents): OriginSet {
  return originSetWith(rule?.document.allowOrigins ?? [], contents, rule?.compiled.origins ?? new AllowedOrigins([]));
}

function originSetWith(written: readonly OriginEntry[], contents: ListContents, allowed: AllowedOrigins): OriginSet {
  const entries = written.flatMap(readEntry);
  const lists = [...listsNamedBy([{ allowOrigins: written }])].map((name) => readList(name, contents));
  const isListed: IsListed = (name, origin) => lists.find((list) => list.name === name)?.origins.has(origin);
  return {
    entries,
    byText: new Map(entries.toSorted((a, b) => a.endsAt - b.endsAt).map((entry) => [entry.text, entry])),
    surroundings: originSurroundingsOf(entries.map(({ pattern }) => pattern)),
    lists,
    isListed,
    allows: (origin, at) => allowed.judge(origin, at, isListed) === "allowed",
  };
}

/** The origins that some entries allow, whatever rule they may stand in. */
export function originSetFrom(entries: readonly OriginEntry[], contents: ListContents): OriginSet {
  const known = entries.flatMap(readEntry);
  const patterns = known.map(({ text }) => ({ pattern: text, endsAt: undefined }));
  const names = [...listsNamedBy([{ allowOrigins: entries }])];
  return originSetWith(entries, contents, new AllowedOrigins(patterns, { names, mayBeInsecure: true }));
}

function readEntry(entry: OriginEntry): KnownEntry[] {
  const fields = fieldsOf(entry);
  const { origin: text, expires } = fields;
  const pattern = text === undefined ? undefined : parseOriginPattern(text);
  if (text === undefined || pattern === undefined) return [];
  return [{ text, pattern, expires, endsAt: endOf(fields) ?? Number.POSITIVE_INFINITY }];
}

function readList(name: string, contents: ListContents): KnownList {
  const origins = contents(name);
  if (origins !== undefined) return { name, origins, isKnown: true };
  return { name, origins: new Set([`https://${name}.list.invalid`, `http://${name}.list.invalid`]), isKnown: false };
}

/** Everything that `wide` allows and `narrow` does not, now or later. */
export function originsBeyond(wide: OriginSet, narrow: OriginSet, now: number): readonly OriginChanges[] {
  const ends = [...wide.entries, ...narrow.entries].filter(({ endsAt }) => endsAt > now && Number.isFinite(endsAt));
  const days = new Map(ends.sort((a, b) => a.endsAt - b.endsAt).map(({ endsAt, expires }) => [endsAt, expires]));
  const told = new Set<KnownEntry>();
  const toldOrigins = new Set<string>();
  return [[now, undefined] as const, ...days].flatMap(([at, after]) => {
    const found: Found[] = [];
    for (const entry of wide.entries) {
      // The same entry on the other side leaves nothing over; mostly it is there.
      const same = narrow.byText.get(entry.text);
      if (told.has(entry) || entry.endsAt <= at || (same !== undefined && same.endsAt > at)) continue;
      const sample = sampleBeyond(entry.pattern, wide, narrow, at);
      if (sample === undefined) continue;
      told.add(entry);
      found.push({ sample, change: changeOf(entry, same, narrow, at) });
    }
    for (const list of wide.lists) {
      const beyond = [...list.origins].filter(
        (origin) => !toldOrigins.has(origin) && wide.allows(origin, at) && !narrow.allows(origin, at),
      );
      for (const origin of beyond) toldOrigins.add(origin);
      found.push(...changeOfList(list, beyond, narrow));
    }
    const [first] = found;
    return first === undefined ? [] : [{ after, changes: found.map(({ change }) => change), sample: first.sample, at }];
  });
}

interface Found {
  readonly sample: string;
  readonly change: OriginChange;
}

/** An origin that the pattern matches and only one of two sets allows. */
function sampleBeyond(pattern: OriginPattern, wide: OriginSet, narrow: OriginSet, at: number): string | undefined {
  for (const origin of sampleOrigins(pattern, narrow.surroundings)) {
    if (wide.allows(origin, at) && !narrow.allows(origin, at)) return origin;
  }
  return undefined;
}

/** @param same the same entry on the other side, which has ended */
function changeOf(entry: KnownEntry, same: KnownEntry | undefined, other: OriginSet, at: number): OriginChange {
  const { text, expires } = entry;
  const isOpen = text.includes("*");
  const unlessListed = isOpen ? [] : other.lists.filter(({ isKnown }) => !isKnown).map(({ name }) => name);
  const widerThan = isOpen ? other.entries.filter((known) => known.endsAt > at).filter(isMatchedBy(entry)) : [];
  return {
    origin: text,
    ...(expires !== undefined && { expires }),
    ...(same?.expires !== undefined && { expiresOtherwise: same.expires }),
    ...(widerThan.length > 0 && { widerThan: widerThan.map((known) => known.text) }),
    ...(unlessListed.length > 0 && { unlessListed }),
  };
}

/** Tells whether a pattern matches all that an entry does. */
function isMatchedBy({ text, pattern }: KnownEntry): (entry: KnownEntry) => boolean {
  const allowed = new AllowedOrigins([{ pattern: text, endsAt: undefined }]);
  const surroundings = originSurroundingsOf([pattern]);
  return (entry) =>
    [...sampleOrigins(entry.pattern, surroundings)].every((origin) => allowed.judge(origin, 0) === "allowed");
}

function changeOfList({ name, isKnown }: KnownList, beyond: readonly string[], narrow: OriginSet): Found[] {
  const [sample] = beyond;
  if (sample === undefined) return [];
  if (isKnown) {
    return [{ sample, change: { list: name, count: beyond.length, examples: beyond.slice(0, MAX_EXAMPLES) } }];
  }
  const isInsecureOnly =
    beyond.every((origin) => origin.startsWith("http:")) && narrow.lists.some((list) => list.name === name);
  return [{ sample, change: { list: name, ...(isInsecureOnly && { isInsecureOnly }) } }];
}

/** An origin that both sets allow, if there is one. */
export function commonOrigin(a: OriginSet, b: OriginSet, at: number): string | undefined {
  const isCommon = (origin: string) => a.allows(origin, at) && b.allows(origin, at);
  for (const origin of samplesOf(a, b.surroundings)) if (isCommon(origin)) return origin;
  for (const origin of samplesOf(b, a.surroundings)) if (isCommon(origin)) return origin;
  return undefined;
}

function* samplesOf({ entries, lists }: OriginSet, surroundings: OriginSurroundings): Iterable<string> {
  for (const { pattern } of entries) yield* sampleOrigins(pattern, surroundings);
  for (const { origins } of lists) yield* origins;
}
