/** Which rule a path belongs to: a trie over the path patterns of all rules of a policy. */

import { normalizePercentEncoding, type PathPattern, type PathSegment } from "./path-pattern.ts";
import { addPattern, emptyPathNode, type PathNode } from "./path-trie.ts";

/** Behind every rule. */
const NO_RULE = Number.POSITIVE_INFINITY;

/**
 * The path patterns of a policy's rules; the first rule added wins.
 * A look-up costs a step a segment and branch that matches so far: literals alone make one branch, however many rules.
 */
export class PathRules {
  readonly #root: PathNode = emptyPathNode();

  /** Adds a pattern of the rule with this index; indexes must not descend. */
  add(pattern: PathPattern, rule: number): void {
    addPattern(this.#root, pattern, rule);
  }

  /**
   * The index of the first rule that matches the path, or -1. The case of percent-encoding does not matter.
   * @param pathname as the URL parser serializes it
   */
  match(pathname: string): number {
    const segments = pathname === "/" ? [] : normalizePercentEncoding(pathname).slice(1).split("/");
    let best = NO_RULE;
    this.#walk(segments, false, (rules) => {
      best = Math.min(best, rules[0] ?? best);
    });
    return best === NO_RULE ? -1 : best;
  }

  /** The first rule added so far that matches every path which any of the patterns matches. */
  covering(patterns: readonly PathPattern[]): number | undefined {
    if (patterns.length === 0) return undefined;
    const covering = patterns.map(({ segments, hasRest }) => {
      const found: (readonly number[])[] = [];
      this.#walk(segments, hasRest, (rules) => found.push(rules));
      return found;
    });
    // Each pattern says from which rule on the one of all can be; it is found where all say the same.
    let from = -1;
    let first = 0;
    while (from !== first) {
      from = first;
      first = covering.reduce(leastFrom, from);
    }
    return first === NO_RULE ? undefined : first;
  }

  /** Visits the rules that match all of a path or pattern; a level of the trie at a time, so never exponential. */
  #walk(segments: readonly PathSegment[], hasRest: boolean, visit: (rules: readonly number[]) => void): void {
    let level: readonly PathNode[] = [this.#root];
    for (const segment of segments) {
      const next: PathNode[] = [];
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

/** The least number in ascending lists that is not below another; {@link NO_RULE} where there is none. */
function leastFrom(least: number, lists: readonly (readonly number[])[]): number {
  return lists.reduce((best, list) => Math.min(best, list[placeOf(least, list)] ?? NO_RULE), NO_RULE);
}

/** Where a number stands, or would, in an ascending list: binary search. */
function placeOf(wanted: number, list: readonly number[]): number {
  let from = 0;
  let to = list.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((list[middle] ?? 0) < wanted) from = middle + 1;
    else to = middle;
  }
  return from;
}
