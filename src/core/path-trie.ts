/** Path patterns by their segments: what matching a path and comparing patterns both walk over. */

import type { PathPattern, PathSegment } from "./path-pattern.ts";

/** A place after some segments, and the indexes of the patterns there, in the order in which they were added. */
export interface PathNode {
  readonly literals: Map<string, PathNode>;
  wildcard: PathNode | undefined;
  /** Of the patterns that end here. */
  readonly ends: number[];
  /** Of the patterns that go on with any rest. */
  readonly rests: number[];
}

/** A trie without patterns. */
export function emptyPathNode(): PathNode {
  return { literals: new Map(), wildcard: undefined, ends: [], rests: [] };
}

/** Adds a pattern under an index; the same index twice in a row at one place counts once. */
export function addPattern(root: PathNode, { segments, hasRest }: PathPattern, index: number): void {
  let node = root;
  for (const segment of segments) node = childOf(node, segment);
  const indexes = hasRest ? node.rests : node.ends;
  if (indexes.at(-1) !== index) indexes.push(index);
}

function childOf(node: PathNode, segment: PathSegment): PathNode {
  const known = segment === null ? node.wildcard : node.literals.get(segment);
  if (known !== undefined) return known;
  const child = emptyPathNode();
  if (segment === null) node.wildcard = child;
  else node.literals.set(segment, child);
  return child;
}
