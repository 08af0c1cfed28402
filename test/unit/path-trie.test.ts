import { describe, expect, it } from "vitest";
import { type PathPattern, parsePathPattern } from "../../src/core/path-pattern.ts";
import { addPattern, emptyPathNode } from "../../src/core/path-trie.ts";

function trieOf(...patterns: [pattern: string, index: number][]) {
  const root = emptyPathNode();
  for (const [pattern, index] of patterns) addPattern(root, parsePathPattern(pattern) as PathPattern, index);
  return root;
}

describe("addPattern", () => {
  it("counts an index once at a place, and every other", () => {
    const root = trieOf(["/", 0], ["/", 0], ["/", 1], ["/*", 1], ["/*", 1], ["/*", 2], ["/*", 3], ["/*", 3]);
    expect(root).toEqual({ literals: new Map(), wildcard: undefined, ends: [0, 1], rests: [1, 2, 3] });
  });

  it("goes on from the places that there are", () => {
    const root = trieOf(["/a/:x", 0], ["/a/b", 1], ["/a/*/c", 2], ["/:y", 3], ["/*/*", 4]);
    const a = root.literals.get("a");
    expect([...root.literals.keys()]).toEqual(["a"]);
    expect([...(a?.literals.keys() ?? [])]).toEqual(["b"]);
    expect(a?.literals.get("b")?.ends).toEqual([1]);
    expect(a?.wildcard?.ends).toEqual([0]);
    expect(a?.wildcard?.literals.get("c")?.ends).toEqual([2]);
    expect(root.wildcard).toMatchObject({ ends: [3], rests: [4] });
  });
});
