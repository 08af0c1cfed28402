/** Which of many path areas meet another: a trie, so that those that do not are not looked at. */

import type { PathSegment } from "../path-pattern.ts";
import { addPattern, emptyPathNode, type PathNode } from "../path-trie.ts";
import type { PathArea } from "./path-area.ts";

/** Path areas, to be found by those that they meet. */
export class PathAreas {
  readonly areas: readonly PathArea[];
  /** Made when it is first asked, because most are not. */
  #root: PathNode | undefined;

  constructor(areas: readonly PathArea[]) {
    this.areas = areas;
  }

  /** The indexes of all areas that have a path in common with this one, ascending. */
  meeting({ segments, hasRest }: PathArea): readonly number[] {
    this.#root ??= trieOf(this.areas);
    const found: (readonly number[])[] = [];
    let level = [this.#root];
    for (const segment of segments) {
      for (const { rests } of level) found.push(rests);
      level = level.flatMap((node) => childrenOf(node, segment));
    }
    // The list grows while it is read: an open area meets whatever goes on from where it ends.
    for (const node of level) {
      found.push(node.rests, node.ends);
      if (hasRest) for (const child of childrenOf(node, null)) level.push(child);
    }
    return found.flat().sort((a, b) => a - b);
  }
}

function trieOf(areas: readonly PathArea[]): PathNode {
  const root = emptyPathNode();
  for (const [index, area] of areas.entries()) addPattern(root, area, index);
  return root;
}

/** The children whose segment meets this one: all where it is open. */
function childrenOf({ literals, wildcard }: PathNode, segment: PathSegment): readonly PathNode[] {
  const named = segment === null ? [...literals.values()] : [literals.get(segment)];
  return [...named, wildcard].filter((node) => node !== undefined);
}
