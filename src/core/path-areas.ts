/** Which of many path areas meet another: a trie, so that those that do not are not looked at. */

import type { PathArea } from "./path-area.ts";

interface Node {
  readonly literals: Map<string, Node>;
  wildcard: Node | undefined;
  /** Indexes of the areas that end here. */
  readonly ends: number[];
  /** Indexes of the areas that go on with any rest. */
  readonly rests: number[];
}

function emptyNode(): Node {
  return { literals: new Map(), wildcard: undefined, ends: [], rests: [] };
}

/** Path areas, to be found by those that they meet. */
export class PathAreas {
  readonly areas: readonly PathArea[];
  /** Made when it is first asked, because most are not. */
  #root: Node | undefined;

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

function trieOf(areas: readonly PathArea[]): Node {
  const root = emptyNode();
  areas.forEach(({ segments, hasRest }, index) => {
    let node = root;
    for (const segment of segments) node = childOf(node, segment);
    (hasRest ? node.rests : node.ends).push(index);
  });
  return root;
}

function childOf(node: Node, segment: string | null): Node {
  const known = segment === null ? node.wildcard : node.literals.get(segment);
  if (known !== undefined) return known;
  const child = emptyNode();
  if (segment === null) node.wildcard = child;
  else node.literals.set(segment, child);
  return child;
}

/** The children whose segment meets this one: all where it is open. */
function childrenOf({ literals, wildcard }: Node, segment: string | null): readonly Node[] {
  const named = segment === null ? [...literals.values()] : [literals.get(segment)];
  return [...named, wildcard].filter((node) => node !== undefined);
}
