import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pathArea } from "../../../src/core/compare/path-area.ts";
import { NO_RULE, type RulePair, RulePairs, readsOneWay } from "../../../src/core/compare/rule-pairs.ts";
import { PathRules } from "../../../src/core/path-rules.ts";
import { pathPatternTexts, pathTexts } from "../../support/arbitraries.ts";

type Paths = readonly (readonly string[])[];

const areasOf = (rules: Paths) => rules.map((paths) => paths.map(pathArea));

function ruleAt(rules: Paths, path: string): number {
  const matcher = new PathRules();
  areasOf(rules).forEach((areas, index) => {
    for (const area of areas) matcher.add(area, index);
  });
  const index = matcher.match(path);
  return index < 0 ? NO_RULE : index;
}

function isIn(pairs: RulePairs, group: ReadonlySet<RulePair>, path: string): boolean {
  return pairs
    .regionsOf(group)
    .some(
      ({ within, except }) => [within, ...except].map((text) => ruleAt([[text]], path) === 0).lastIndexOf(true) === 0,
    );
}

describe("RulePairs", () => {
  it("finds the pairs of rules that stand over the same paths, and where", () => {
    const pairs = new RulePairs(areasOf([["/v1/*"], ["/*"]]), areasOf([["/v1/orders/:id"], ["/v1/*", "/v2/*"]]));
    const regions = pairs.pairs.map((pair) => [pair.before, pair.after, pairs.regionsOf(new Set([pair]))]);
    expect(regions).toEqual([
      [0, 0, [{ within: "/v1/orders/:id", except: [] }]],
      [0, 1, [{ within: "/v1/*", except: ["/v1/orders/:id"] }]],
      [1, 1, [{ within: "/v2/*", except: [] }]],
      [1, NO_RULE, [{ within: "/*", except: ["/v1/*", "/v2/*"] }]],
    ]);
  });

  it("has the pairs in the order of the rules after, then before", () => {
    const pairs = new RulePairs(areasOf([["/b"], ["/a"], ["/c/:x"]]), areasOf([["/a"], ["/b", "/c/*"]]));
    expect(pairs.pairs.map(({ before, after }) => [before, after])).toEqual([
      [1, 0],
      [0, 1],
      [2, 1],
      [NO_RULE, 1],
      [NO_RULE, NO_RULE],
    ]);
  });

  it("says a region once, and none that another has all of", () => {
    const pairs = new RulePairs(areasOf([["/a/b", "/a/*", "/a/*", "/a/:x/c"]]), areasOf([["/a/*"]]));
    const [first] = pairs.pairs;
    expect(first && pairs.regionsOf(new Set([first]))).toEqual([{ within: "/a/*", except: [] }]);
  });

  it("leaves out paths that can be read in two ways, which no pattern speaks of", () => {
    const pairs = new RulePairs(areasOf([["/a%2Fb"]]), areasOf([["/a%2Fb"]]));
    expect(pairs.pairs).toMatchObject([{ before: NO_RULE, after: NO_RULE }]);
  });

  it("has the pair of every path, and regions that have exactly the paths of their pairs", () => {
    const rules = fc.array(fc.array(pathPatternTexts, { minLength: 1, maxLength: 2 }), { maxLength: 4 });
    const cases = fc.tuple(
      rules,
      rules,
      fc.array(pathTexts.filter(readsOneWay), { minLength: 10, maxLength: 10 }),
      fc.nat(7),
    );
    fc.assert(
      fc.property(cases, ([before, after, paths, bits]) => {
        const pairs = new RulePairs(areasOf(before), areasOf(after));
        const group = new Set(pairs.pairs.filter((_, index) => (bits >> (index % 3)) % 2 === 1));
        for (const path of [...paths, ...pairs.pairs.map((pair) => pair.path)]) {
          const [i, j] = [ruleAt(before, path), ruleAt(after, path)];
          const pair = pairs.pairs.find((known) => known.before === i && known.after === j);
          expect(pair, path).toBeDefined();
          expect(isIn(pairs, group, path), `${path} of ${JSON.stringify({ before, after })}`).toBe(
            group.has(pair as RulePair),
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});
