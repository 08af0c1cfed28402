/** Which rule a path belongs to: a trie over the path patterns of all rules of a policy. */

import type { PathPattern, PathSegment } from "./path-pattern.ts";

interface Node {
  readonly literals: Map<string, Node>;
  wildcard: Node | undefined;
  /** Indexes of the rules whose pattern ends here, ascending. */
  readonly ends: number[];
  /** Indexes of the rules whose pattern goes on with any rest, ascending. */
  readonly rests: number[];
}

function emptyNode(): Node {
  return { literals: new Map(), wildcard: undefined, ends: [], rests: [] };
}

/**
 * The path patterns of a policy's rules; the first rule added wins.
 * A look-up costs a step a segment and branch that matches so far: literals alone make one branch, however many rules.
 */
export class PathRules {
  readonly #root: Node = emptyNode();

  /** Adds a pattern of the rule with this index; indexes must not descend. */
  add(pattern: PathPattern, rule: number): void {
    let node = this.#root;
    for (const segment of pattern.segments) {
      const next = segment === null ? node.wildcard : node.literals.get(segment);
      node = next ?? addChild(node, segment);
    }
    const indexes = pattern.hasRest ? node.rests : node.ends;
    if (indexes.at(-1) !== rule) indexes.push(rule);
  }

  /**
   * The index of the first rule that matches the path, or -1.
   * @param pathname as the URL parser serializes it
   */
  match(pathname: string): number {
    const segments = pathname === "/" ? [] : pathname.slice(1).split("/");
    let best = Number.POSITIVE_INFINITY;
    this.#walk(segments, false, (rules) => {
      best = Math.min(best, rules[0] ?? best);
    });
    return best === Number.POSITIVE_INFINITY ? -1 : best;
  }

  /** The first rule added so far that matches every path which any of the patterns matches. */
  covering(patterns: readonly PathPattern[]): number | undefined {
    const covering = patterns.map(({ segments, hasRest }) => {
      const found: (readonly number[])[] = [];
      this.#walk(segments, hasRest, (rules) => found.push(rules));
      return found;
    });
    // Most patterns are covered by few rules: the one with the fewest says which can be meant at all.
    const sizes = covering.map((lists) => lists.reduce((sum, { length }) => sum + length, 0));
    const fewest = covering[sizes.indexOf(Math.min(...sizes))] ?? [];
    const candidates = new Set(fewest.flat());
    const common = [...candidates].filter((rule) => covering.every((lists) => lists.some((list) => has(list, rule))));
    return common.length === 0 ? undefined : Math.min(...common);
  }

  /** Visits the rules that match all of a path or pattern; a level of the trie at a time, so never exponential. */
  #walk(segments: readonly PathSegment[], hasRest: boolean, visit: (rules: readonly number[]) => void): void {
    let level: readonly Node[] = [this.#root];
    for (const segment of segments) {
      const next: Node[] = [];
      for (const node of level) {
        if (node.rests.length > 0) visit(node.rests);
        if (segment !== null) {
          const literal = node.literals.get(segment);
          if (literal !== undefined) next.push(literal);
        }
        if (node.wildcard !== undefined && segment !== "") next.push(node.wildcard);
      }
      if (next.length === 0) return;
      level = next;
    }
    for (const node of level) {
      if (node.rests.length > 0) visit(node.rests);
      if (!hasRest && node.ends.length > 0) visit(node.ends);
    }
  }
}

/** Binary search in an ascending list. */
function has(list: readonly number[], wanted: number): boolean {
  let from = 0;
  let to = list.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const found = list[middle] ?? 0;
    if (found === wanted) return true;
    if (found < wanted) from = middle + 1;
    else to = middle;
  }
  return false;
}

function addChild(node: Node, segment: PathSegment): Node {
  const child = emptyNode();
  if (segment === null) node.wildcard = child;
  else node.literals.set(segment, child);
  return child;
}
