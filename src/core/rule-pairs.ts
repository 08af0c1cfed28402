/** Which rules of two policies stand over the same paths. */

import { covers, EVERYWHERE, meet, type PathArea, type Surroundings, standIns, surroundingsOf } from "./path-area.ts";
import { otherReadings } from "./path-readings.ts";
import { PathRules } from "./path-rules.ts";

/** The paths of each rule, in the order of the rules. */
export type RulePaths = readonly (readonly PathArea[])[];

/** The index that stands for no rule: behind all others. */
export const NO_RULE = Number.POSITIVE_INFINITY;

/** Rules of two policies that decide about the same path; {@link NO_RULE} where there is none. */
export interface RulePair {
  readonly before: number;
  readonly after: number;
  /** One such path, which can be read in one way only. */
  readonly path: string;
}

/** Paths of a pattern, but for those of others. */
export interface PathRegion {
  readonly within: string;
  readonly except: readonly string[];
}

/** All pairs of rules of two policies, and where they are. */
export class RulePairs {
  readonly pairs: readonly RulePair[];
  readonly #before: RulePaths;
  readonly #after: RulePaths;
  readonly #surroundings: Surroundings;
  readonly #areas = new Map<RulePair, readonly PathArea[]>();
  readonly #matchBefore: (path: string) => number;
  readonly #matchAfter: (path: string) => number;

  /** Finds every pair that any path has which can be read in one way only. */
  constructor(before: RulePaths, after: RulePaths) {
    this.#before = before;
    this.#after = after;
    this.#surroundings = surroundingsOf([...before.flat(), ...after.flat()]);
    this.#matchBefore = matcherOf(before);
    this.#matchAfter = matcherOf(after);
    const found = new Map<string, RulePair>();
    const seen = new Set<string>();
    for (const area of meetings([...before.flat(), EVERYWHERE], [...after.flat(), EVERYWHERE])) {
      for (const path of standIns(area, this.#surroundings)) {
        if (seen.has(path)) continue;
        seen.add(path);
        const [i, j] = this.#pairAt(path);
        const key = `${i} ${j}`;
        if (!found.has(key) && readsOneWay(path)) found.set(key, { before: i, after: j, path });
      }
    }
    this.pairs = [...found.values()].sort((a, b) => a.after - b.after || a.before - b.before);
  }

  /** Exactly the paths that have one of these pairs, in patterns as they were written where that can be. */
  regionsOf(group: ReadonlySet<RulePair>): readonly PathRegion[] {
    const keys = new Set([...group].map(({ before, after }) => `${before} ${after}`));
    const isInGroup = (path: string) => keys.has(this.#pairAt(path).join(" "));
    const others = this.pairs.filter((pair) => !group.has(pair));
    const regions = [...group].flatMap((pair) => {
      // Only what comes first in one of the two policies takes paths away from a pair.
      const rivals = others.filter(({ before, after }) => before <= pair.before && after <= pair.after);
      return this.#areasOf(pair).flatMap((area) => {
        if (!this.#standIns(area).some(isInGroup)) return [];
        const taken = rivals.flatMap((rival) => this.#areasOf(rival)).flatMap((other) => meet(area, other) ?? []);
        return [{ area, except: widest(taken.filter((part) => !this.#standIns(part).every(isInGroup))) }];
      });
    });
    const kept = regions.filter(
      ({ area }, index) =>
        !regions.some(
          (other, otherIndex) =>
            otherIndex !== index &&
            covers(other.area, area) &&
            // Of two that are the same, the first stays.
            (!covers(area, other.area) || otherIndex < index) &&
            other.except.every((part) => meet(part, area) === undefined),
        ),
    );
    return kept.map(({ area, except }) => ({ within: area.text, except: except.map(({ text }) => text) }));
  }

  #pairAt(path: string): [before: number, after: number] {
    return [this.#matchBefore(path), this.#matchAfter(path)];
  }

  #areasOf(pair: RulePair): readonly PathArea[] {
    const known = this.#areas.get(pair);
    if (known !== undefined) return known;
    const areas = [...meetings(this.#before[pair.before] ?? [EVERYWHERE], this.#after[pair.after] ?? [EVERYWHERE])];
    this.#areas.set(pair, areas);
    return areas;
  }

  #standIns(area: PathArea): readonly string[] {
    return standIns(area, this.#surroundings).filter(readsOneWay);
  }
}

/** True for a path that no upstream reads in another way. */
export function readsOneWay(path: string): boolean {
  return otherReadings(path).every((reading) => reading === path);
}

function matcherOf(rules: RulePaths): (path: string) => number {
  const paths = new PathRules();
  rules.forEach((areas, index) => {
    for (const area of areas) paths.add(area, index);
  });
  return (path) => {
    const index = paths.match(path);
    return index < 0 ? NO_RULE : index;
  };
}

/** Where the areas of two lists meet; by first segments, because most rules of a large policy differ in theirs. */
function* meetings(some: readonly PathArea[], others: readonly PathArea[]): Iterable<PathArea> {
  const byFirst = Map.groupBy(others, firstOf);
  for (const area of some) {
    const first = firstOf(area);
    const near = first === null ? others : [...(byFirst.get(first) ?? []), ...(byFirst.get(null) ?? [])];
    for (const other of near) {
      const both = meet(area, other);
      if (both !== undefined) yield both;
    }
  }
}

/** Null for a pattern that is open from the start. */
function firstOf({ segments }: PathArea): string | null {
  return segments[0] ?? null;
}

/** The areas without those that another of them covers, in their order. */
function widest(areas: readonly PathArea[]): readonly PathArea[] {
  return areas.filter(
    (area, index) =>
      !areas.some((other, otherIndex) => {
        if (otherIndex === index || !covers(other, area)) return false;
        return !covers(area, other) || otherIndex < index;
      }),
  );
}
