import { describe, expect, it, vi } from "vitest";
import { covers, meet, pathArea } from "../../../src/core/compare/path-area.ts";
import { RulePairs } from "../../../src/core/compare/rule-pairs.ts";

vi.mock(import("../../../src/core/compare/path-area.ts"), async (importOriginal) => {
  const actual = await importOriginal();
  return { ...actual, meet: vi.fn(actual.meet), covers: vi.fn(actual.covers) };
});

/** How often two patterns are compared to find all regions, where each rule meets each and the order is reversed. */
function comparisonsOf(count: number, groupOf: (pairs: RulePairs) => readonly RulePairs["pairs"][]): number {
  const rules = Array.from({ length: count }, (_, number) =>
    [`/:a/v${number}/*`, `/x/:b/w${number}`, `/y/z${number}`].map(pathArea),
  );
  vi.mocked(meet).mockClear();
  vi.mocked(covers).mockClear();
  const pairs = new RulePairs(rules, rules.toReversed());
  for (const group of groupOf(pairs)) pairs.regionsOf(new Set(group));
  return vi.mocked(meet).mock.calls.length + vi.mocked(covers).mock.calls.length;
}

describe("the work of RulePairs on rules that all cross each other", () => {
  it.each<[string, (pairs: RulePairs) => readonly RulePairs["pairs"][]]>([
    ["one change of all pairs", ({ pairs }) => [pairs.slice(1)]],
    ["a change of each rule", ({ pairs }) => [...Map.groupBy(pairs, ({ after }) => after).values()]],
    ["a change of each pair", ({ pairs }) => pairs.map((pair) => [pair])],
  ])("grows as the pairs do, not as their square: %s", (_, groupOf) => {
    // Twice the rules have four times the pairs.
    expect(comparisonsOf(24, groupOf) / comparisonsOf(12, groupOf)).toBeLessThan(6);
  });
});
