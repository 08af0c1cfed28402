/** Path patterns as sets of paths: where two of them meet, and paths that stand for all of a set. */

import { type PathPattern, parsePathPattern } from "../path-pattern.ts";

/** A path pattern with its text. */
export interface PathArea extends PathPattern {
  readonly text: string;
}

/** All paths. */
export const EVERYWHERE: PathArea = { segments: [], hasRest: true, text: "/*" };

/**
 * The paths that a pattern matches.
 * @throws TypeError for a text that is no path pattern
 */
export function pathArea(text: string): PathArea {
  const pattern = parsePathPattern(text);
  if (pattern === undefined) throw new TypeError(`"${text}" is no path pattern`);
  return { ...pattern, text };
}

/**
 * The paths that are in both; undefined where there are none. The text is one of the two where that says it all.
 * @example meet(pathArea("/v1/*"), pathArea("/:any/orders"))?.text // "/v1/orders"
 */
export function meet(a: PathArea, b: PathArea): PathArea | undefined {
  const [short, long] = a.segments.length <= b.segments.length ? [a, b] : [b, a];
  if (short.segments.length < long.segments.length && !short.hasRest) return undefined;
  const differs = short.segments.some((segment, depth) => {
    const other = long.segments[depth] ?? null;
    return segment !== null && other !== null && segment !== other;
  });
  if (differs) return undefined;
  if (covers(a, b)) return b;
  if (covers(b, a)) return a;
  const segments = long.segments.map((segment, depth) => segment ?? short.segments[depth] ?? null);
  const hasRest = a.hasRest && b.hasRest;
  const text = `/${[...segments.map((segment) => segment ?? ":any"), ...(hasRest ? ["*"] : [])].join("/")}`;
  return { segments, hasRest, text };
}

/** True where every path of `inner` is in `outer`. */
export function covers(outer: PathArea, inner: PathArea): boolean {
  if (inner.segments.length < outer.segments.length) return false;
  if (!outer.hasRest && (inner.hasRest || inner.segments.length > outer.segments.length)) return false;
  return outer.segments.every((segment, depth) => segment === null || segment === inner.segments[depth]);
}

/** How paths that stand for many are made: a segment that no pattern names, and the length of the longest pattern. */
export interface Surroundings {
  readonly otherSegment: string;
  readonly depth: number;
}

/** What is to be known of all patterns that paths are told apart by. */
export function surroundingsOf(areas: readonly PathArea[]): Surroundings {
  const literals = new Set(areas.flatMap(({ segments }) => segments));
  let otherSegment = "any";
  for (let number = 1; literals.has(otherSegment); number++) otherSegment = `any-${number}`;
  return { otherSegment, depth: areas.reduce((most, { segments }) => Math.max(most, segments.length), 0) };
}

/**
 * Paths that stand for all of an area: one of each length, and one more with a slash at the end; where the area is open,
 * up to one segment more than any pattern has. Open segments are filled with what no pattern names, so whichever pattern
 * matches such a path, matches all of the area's paths of that length: a set of patterns that leaves out any path of the
 * area leaves out one of these.
 */
export function standIns({ segments, hasRest }: PathArea, { otherSegment, depth }: Surroundings): readonly string[] {
  const filled = segments.map((segment) => segment ?? otherSegment);
  if (!hasRest) return [`/${filled.join("/")}`];
  const paths: string[] = [];
  for (let path = filled; path.length <= depth + 1; path = [...path, otherSegment]) {
    const text = `/${path.join("/")}`;
    paths.push(text, ...(path.length > 0 ? [`${text}/`] : []));
  }
  return paths;
}
