/** Which rules of two policies stand over the same paths. */

import { otherReadings } from "../path-readings.ts";
import { PathRules } from "../path-rules.ts";
import { covers, EVERYWHERE, meet, type PathArea, type Surroundings, standIns, surroundingsOf } from "./path-area.ts";
import { PathAreas } from "./path-areas.ts";

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
  /** True where the exceptions, paths of other rules, are too many to be named: then `except` has none of them. */
  readonly exceptsMany?: true;
}

/** So many parts of a region, taken by other rules, are looked at to name its exceptions. */
const MAX_EXCEPTIONS = 1000;

/** A region while it is made; without exceptions where they are too many. */
interface Region {
  readonly area: PathArea;
  readonly except: PathAreas | undefined;
}

/** All pairs of rules of two policies, and where they are. */
export class RulePairs {
  readonly pairs: readonly RulePair[];
  readonly #surroundings: Surroundings;
  readonly #matchBefore: (path: string) => number;
  readonly #matchAfter: (path: string) => number;
  readonly #byRules = new Map<string, RulePair>();
  /** Undefined for a path that can be read in two ways. */
  readonly #byPath = new Map<string, RulePair | undefined>();
  /** Where the rules of each pair meet. */
  readonly #areas = new Map<string, PathArea[]>();
  #places: { readonly pairs: readonly RulePair[]; readonly areas: PathAreas } | undefined;

  /** Finds every pair that any path has which can be read in one way only. */
  constructor(before: RulePaths, after: RulePaths) {
    this.#surroundings = surroundingsOf([...before.flat(), ...after.flat()]);
    this.#matchBefore = matcherOf(before);
    this.#matchAfter = matcherOf(after);
    const [olds, recents] = [placesOf(before), placesOf(after)];
    const index = new PathAreas(recents.map(({ area }) => area));
    for (const old of olds) {
      for (const { rule, area } of index.meeting(old.area).flatMap((place) => recents[place] ?? [])) {
        const both = meet(old.area, area);
        if (both === undefined) continue;
        const key = keyOf(old.rule, rule);
        const known = this.#areas.get(key);
        if (known === undefined) this.#areas.set(key, [both]);
        else known.push(both);
        for (const path of standIns(both, this.#surroundings)) this.#pairAt(path);
      }
    }
    this.pairs = [...this.#byRules.values()].sort((a, b) => a.after - b.after || a.before - b.before);
  }

  /**
   * Exactly the paths that have one of these pairs, in patterns as they were written where that can be; but for regions
   * whose exceptions are too many, which say so.
   */
  regionsOf(group: ReadonlySet<RulePair>): readonly PathRegion[] {
    const regions = [...group].flatMap((pair) =>
      this.#areasOf(pair)
        .filter((area) => this.#pairsIn(area).some((other) => group.has(other)))
        .map((area): Region => ({ area, except: this.#takenFrom(area, pair, group) })),
    );
    return withoutCovered(regions).map(({ area: { text: within }, except }) =>
      except === undefined
        ? { within, except: [], exceptsMany: true }
        : { within, except: except.areas.map(({ text }) => text) },
    );
  }

  /** The parts of an area of a pair that have other pairs, outside of the group; undefined where they are too many. */
  #takenFrom(area: PathArea, pair: RulePair, group: ReadonlySet<RulePair>): PathAreas | undefined {
    this.#places ??= this.#placesOfPairs();
    const { pairs, areas } = this.#places;
    const taken: PathArea[] = [];
    for (const place of areas.meeting(area)) {
      const [rival, other] = [pairs[place], areas.areas[place]];
      if (rival === undefined || other === undefined || group.has(rival)) continue;
      // Only what comes first in one of the two policies takes paths away from a pair.
      if (rival.before > pair.before || rival.after > pair.after) continue;
      const part = meet(area, other);
      if (part === undefined || this.#pairsIn(part).every((inPart) => group.has(inPart))) continue;
      if (taken.push(part) > MAX_EXCEPTIONS) return undefined;
    }
    return new PathAreas(widest(taken));
  }

  #placesOfPairs() {
    const places = this.pairs.flatMap((pair) => this.#areasOf(pair).map((area) => ({ pair, area })));
    return { pairs: places.map(({ pair }) => pair), areas: new PathAreas(places.map(({ area }) => area)) };
  }

  #areasOf({ before, after }: RulePair): readonly PathArea[] {
    return this.#areas.get(keyOf(before, after)) ?? [];
  }

  /** The pairs of the paths that stand for an area. */
  #pairsIn(area: PathArea): readonly RulePair[] {
    return standIns(area, this.#surroundings).flatMap((path) => this.#pairAt(path) ?? []);
  }

  #pairAt(path: string): RulePair | undefined {
    if (this.#byPath.has(path)) return this.#byPath.get(path);
    const pair = readsOneWay(path) ? this.#pairOf(path) : undefined;
    this.#byPath.set(path, pair);
    return pair;
  }

  #pairOf(path: string): RulePair {
    const [before, after] = [this.#matchBefore(path), this.#matchAfter(path)];
    const key = keyOf(before, after);
    const pair = this.#byRules.get(key) ?? { before, after, path };
    this.#byRules.set(key, pair);
    return pair;
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

function keyOf(before: number, after: number): string {
  return `${before} ${after}`;
}

/** The paths of each rule, and all paths for none. */
function placesOf(rules: RulePaths): readonly { readonly rule: number; readonly area: PathArea }[] {
  const places = rules.flatMap((areas, rule) => areas.map((area) => ({ rule, area })));
  return [...places, { rule: NO_RULE, area: EVERYWHERE }];
}

/** The regions without those that another of them has all of, in their order. */
function withoutCovered(regions: readonly Region[]): readonly Region[] {
  const index = new PathAreas(regions.map(({ area }) => area));
  return regions.filter(({ area, except }, own) =>
    index.meeting(area).every((place) => {
      const other = regions[place];
      if (other === undefined || !isCoveredBy(index.areas, own, place)) return true;
      if (other.except !== undefined) return other.except.meeting(area).length > 0;
      // What is left out of the other is not known, unless it is said in the same words.
      return except !== undefined || !covers(area, other.area);
    }),
  );
}

/** The areas without those that another of them covers, in their order. */
function widest(areas: readonly PathArea[]): readonly PathArea[] {
  const index = new PathAreas(areas);
  return areas.filter((area, own) => !index.meeting(area).some((place) => isCoveredBy(areas, own, place)));
}

/** True where another area covers this one; of two that are the same, the first stays. */
function isCoveredBy(areas: readonly PathArea[], own: number, other: number): boolean {
  const [inner, outer] = [areas[own], areas[other]];
  if (own === other || inner === undefined || outer === undefined || !covers(outer, inner)) return false;
  return !covers(inner, outer) || other < own;
}
