/** Domains that a hurried reader takes for one another. */

import { domainToUnicode } from "node:url";
import { parse } from "tldts";
import unhomoglyph from "unhomoglyph";

/** Names that are shorter differ by one letter by chance. */
const MIN_TYPO_LENGTH = 5;

/** A domain that can be taken for one before it. */
export interface LookAlike {
  /** The host as it was given. */
  readonly host: string;
  /** The registrable domain it can be taken for. */
  readonly resembles: string;
  /** As people see it, where that differs from what is written. */
  readonly shownAs?: string;
  readonly how: "looks the same" | "one letter apart";
}

/**
 * Finds registrable domains whose name looks like that of another one before it, or is one letter away from it.
 * The rest of the host is the owner's choice: `app1.example.com` and `app2.example.com` are nobody's trick. Names that
 * differ in digits alone are taken for numbered ones, and one name under two suffixes for one owner.
 * Linear in the number of hosts.
 * @see https://www.unicode.org/reports/tr39/#Confusable_Detection
 * @example findLookAlikes(["app.example.com", "exarnple.com"])[0]?.resembles // "example.com"
 */
export function findLookAlikes(hosts: readonly string[]): LookAlike[] {
  const bySkeleton = new Map<string, Name>();
  const byTypo = new Map<string, Name[]>();
  const domains = new Set<string>();
  return hosts.flatMap((host) => {
    const name = nameOf(host);
    if (name === undefined || domains.has(name.domain)) return [];
    domains.add(name.domain);
    const same = bySkeleton.get(name.skeleton);
    if (same === undefined) bySkeleton.set(name.skeleton, name);
    const near = same === undefined ? nearest(name, byTypo) : undefined;
    const other = same ?? near;
    if (other === undefined || other.label === name.label) return [];
    const how = near === undefined ? "looks the same" : "one letter apart";
    return [{ host, resembles: other.domain, how, ...(name.shown !== name.domain && { shownAs: name.shown }) }];
  });
}

interface Name {
  /** `example.co.uk` */
  readonly domain: string;
  /** The domain in Unicode. */
  readonly shown: string;
  /** The domain without its public suffix: `example`. */
  readonly label: string;
  /** What is left of the label for the eye. */
  readonly skeleton: string;
  /** The label without digits. */
  readonly letters: string;
}

function nameOf(host: string): Name | undefined {
  const { domain, domainWithoutSuffix } = parse(host, { allowPrivateDomains: true, extractHostname: false });
  if (!domain || !domainWithoutSuffix) return undefined;
  const label = domainToUnicode(domainWithoutSuffix);
  const bare = label.normalize("NFKD").replace(/\p{M}/gu, "");
  return {
    domain,
    shown: domainToUnicode(domain),
    label,
    skeleton: Array.from(bare, skeletonOf).join(""),
    letters: label.replace(/[0-9]/g, ""),
  };
}

const skeletons = new Map<string, string>();

/** What is left of a character for the eye; kept, because the look-up goes through all of Unicode's confusables. */
function skeletonOf(character: string): string {
  const kept = skeletons.get(character) ?? unhomoglyph(character).toLowerCase();
  skeletons.set(character, kept);
  return kept;
}

/** The first name before this one that is one edit away; this one is taken down. */
function nearest(name: Name, byTypo: Map<string, Name[]>): Name | undefined {
  const { letters } = name;
  if (letters.length < MIN_TYPO_LENGTH) return undefined;
  let found: Name | undefined;
  // Two words that are one edit apart are the same, or one of them is, once one letter is left out of either.
  for (const key of new Set([letters, ...[...letters].map((_, index) => without(letters, index))])) {
    const others = byTypo.get(key) ?? [];
    found ??= others.find((other) => isOneEditApart(other.letters, letters));
    if (!others.some((other) => other.letters === letters)) byTypo.set(key, [...others, name]);
  }
  return found;
}

function without(text: string, index: number): string {
  return text.slice(0, index) + text.slice(index + 1);
}

/** True where one letter more, less, or other, or two neighbours in another order, makes one text of the other. */
function isOneEditApart(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [restA, restB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (restA.length === 2 && restB.length === 2) return restA[0] === restB[1] && restA[1] === restB[0];
  return restA !== restB && restA.length <= 1 && restB.length <= 1;
}
