import fc from "fast-check";
import { LinearRouter } from "hono/router/linear-router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { TrieRouter } from "hono/router/trie-router";
import { describe, expect, it } from "vitest";
import { type PathPattern, parsePathPattern } from "../../src/core/path-pattern.ts";
import { PathRules } from "../../src/core/path-rules.ts";
import { pathPatternTexts, pathTexts } from "../support/arbitraries.ts";

function parsed(text: string): PathPattern {
  const result = parsePathPattern(text);
  if (result === undefined) throw new Error(`not a pattern: ${text}`);
  return result;
}

/** One rule for each pattern. */
function rulesOf(...patterns: string[]): PathRules {
  const rules = new PathRules();
  for (const [index, pattern] of patterns.entries()) rules.add(parsed(pattern), index);
  return rules;
}

describe("PathRules.match", () => {
  it.each([
    ["/", "/", true],
    ["/", "//", false],
    ["/", "/a", false],
    ["/*", "/", true],
    ["/*", "/a", true],
    ["/*", "/a/b/c", true],
    ["/*", "/a/", true],
    ["/*", "//", true],
    ["/a", "/a", true],
    ["/a", "/a/", false],
    ["/a", "/A", false],
    ["/a", "/ab", false],
    ["/a", "/", false],
    ["/a", "//a", false],
    ["/a/*", "/a", true],
    ["/a/*", "/a/", true],
    ["/a/*", "/a/b", true],
    ["/a/*", "/a/b/c", true],
    ["/a/*", "/a//", true],
    ["/a/*", "/ab", false],
    ["/a/*", "/b/a", false],
    ["/a/*", "/", false],
    ["/a/:x", "/a/b", true],
    ["/a/:x", "/a/*", true],
    ["/a/:x", "/a/:x", true],
    ["/a/:x", "/a/%C3%A9", true],
    ["/a/:x", "/a", false],
    ["/a/:x", "/a/", false],
    ["/a/:x", "/a/b/", false],
    ["/a/:x", "/a/b/c", false],
    ["/a/*/b", "/a/x/b", true],
    ["/a/*/b", "/a//b", false],
    ["/a/*/b", "/a/b", false],
    ["/a/*/b", "/a/x/y/b", false],
    ["/:x/*", "/a", true],
    ["/:x/*", "/a/", true],
    ["/:x/*", "/a/b", true],
    ["/:x/*", "/", false],
    ["/:x/*", "//", false],
    ["/*/*", "/a", true],
    ["/*/*", "/", false],
    ["/caf%C3%A9", "/caf%C3%A9", true],
    ["/caf%C3%A9", "/caf%c3%a9", true],
    ["/caf%c3%a9/*", "/caf%C3%A9/x", true],
    ["/%c3%a9", "/%C3%E9", false],
    ["/%c3%bf", "/%C3%BF", true],
    ["/constructor", "/constructor", true],
    ["/__proto__/a", "/__proto__/a", true],
    ["/a", "/constructor", false],
  ])("of %s and %s is %s", (pattern, path, expected) => {
    expect(rulesOf(pattern).match(path)).toBe(expected ? 0 : -1);
  });

  it.each([
    ["a literal before a rest", ["/a/b", "/a/*"], "/a/b", 0],
    ["a rest before a literal", ["/a/*", "/a/b"], "/a/b", 0],
    ["a parameter before a literal", ["/a/:x", "/a/b"], "/a/b", 0],
    ["a literal before a parameter", ["/a/b", "/a/:x"], "/a/b", 0],
    ["everything before all else", ["/*", "/", "/a"], "/a", 0],
    ["a later rule where the first does not match", ["/a/b", "/a/:x", "/*"], "/a/c", 1],
    ["the last rule where no other matches", ["/a/b", "/a/:x", "/*"], "/b", 2],
    ["a wildcard branch after a literal one that leads nowhere", ["/a/b/c", "/:x/b/d"], "/a/b/d", 1],
    ["a rest high up after a literal branch that leads nowhere", ["/a/b/c", "/*"], "/a/b/d", 1],
    ["the same pattern twice", ["/a", "/a"], "/a", 0],
    ["none", ["/a", "/b/*"], "/c", -1],
  ])("gives the first rule that matches: %s", (_, patterns, path, rule) => {
    expect(rulesOf(...patterns).match(path)).toBe(rule);
  });

  it("takes any of a rule's patterns", () => {
    const rules = new PathRules();
    for (const pattern of ["/a", "/b/*", "/a"]) rules.add(parsed(pattern), 0);
    rules.add(parsed("/c"), 1);
    expect(["/a", "/b", "/b/x", "/c", "/d"].map((path) => rules.match(path))).toEqual([0, 0, 0, 1, -1]);
  });

  it("gives nothing where there are no rules", () => {
    expect(new PathRules().match("/")).toBe(-1);
  });

  it("takes a path of many segments among patterns that branch at each", () => {
    const rules = rulesOf(...Array.from({ length: 12 }, (_, at) => `/${"a/".repeat(at)}:x/${"a/".repeat(11 - at)}b`));
    expect(rules.match(`/${"a/".repeat(12)}c`)).toBe(-1);
    expect(rules.match(`/${"a/".repeat(100_000)}c`)).toBe(-1);
  });
});

const lists = fc.array(pathPatternTexts, { minLength: 1, maxLength: 4 });

describe("PathRules.match agrees", () => {
  /** The contract once more: slow, and short enough to be seen to be right. */
  function asRegExp(pattern: string): RegExp {
    const hasRest = pattern.endsWith("/*");
    const segments = (hasRest ? pattern.slice(0, -2) : pattern).split("/");
    const source = segments.map((segment) => (/^[:*]/.test(segment) ? "[^/]+" : segment)).join("/");
    return new RegExp(`^${source}${hasRest ? "(?:/.*)?" : ""}$`);
  }

  it("with regular expressions made from the patterns", () => {
    fc.assert(
      fc.property(lists, pathTexts, (patterns, path) => {
        expect(rulesOf(...patterns).match(path)).toBe(patterns.findIndex((pattern) => asRegExp(pattern).test(path)));
      }),
      { numRuns: 3000 },
    );
  });

  /**
   * Where Hono's routers disagree among themselves, only those are asked that stand for the contract:
   * - LinearRouter takes a path with one slash more at its end for the path without it;
   * - TrieRouter and LinearRouter let a `*` in the middle match an empty segment, which RegExpRouter and all `:name` refuse;
   * - TrieRouter and LinearRouter want a segment for the final `*` of `/*` + `/*`, although `/a/*` matches `/a`.
   */
  const ROUTERS = [
    {
      name: "RegExpRouter",
      create: () => new RegExpRouter<number>(),
      standsFor: () => true,
    },
    {
      name: "TrieRouter",
      create: () => new TrieRouter<number>(),
      standsFor: (patterns: readonly string[], path: string) =>
        !(hasInnerStar(patterns) && path.includes("//")) && !patterns.some((pattern) => pattern.endsWith("/*/*")),
    },
    {
      name: "LinearRouter",
      create: () => new LinearRouter<number>(),
      standsFor: (patterns: readonly string[], path: string) =>
        !(hasInnerStar(patterns) && path.includes("//")) &&
        !patterns.some((pattern) => pattern.endsWith("/*/*")) &&
        !/.\/$/.test(path),
    },
  ];

  function hasInnerStar(patterns: readonly string[]): boolean {
    return patterns.some((pattern) => pattern.includes("*/"));
  }

  /** Undefined where the router says that it cannot serve these patterns, or this one's mixture. */
  function firstMatch(
    router: { add(method: string, path: string, handler: number): void; match(method: string, path: string): unknown },
    patterns: readonly string[],
    path: string,
  ): number | undefined {
    try {
      for (const [index, pattern] of patterns.entries()) router.add("GET", pattern, index);
      const [handlers] = router.match("GET", path) as [[number, unknown][]];
      return handlers[0]?.[0] ?? -1;
    } catch (error) {
      if ((error as Error).name === "Error" && error?.constructor.name === "UnsupportedPathError") return undefined;
      throw error;
    }
  }

  it.each(ROUTERS)("with Hono's $name", ({ create, standsFor }) => {
    let compared = 0;
    fc.assert(
      fc.property(lists, pathTexts, (patterns, path) => {
        if (!standsFor(patterns, path)) return;
        const first = firstMatch(create(), patterns, path);
        if (first === undefined) return;
        compared++;
        expect(rulesOf(...patterns).match(path)).toBe(first);
      }),
      { numRuns: 3000 },
    );
    expect(compared).toBeGreaterThan(30);
  });
});

describe("PathRules.covering", () => {
  it.each([
    ["/*", "/", true],
    ["/*", "/a", true],
    ["/*", "/:x/*", true],
    ["/*", "/*", true],
    ["/a/*", "/a", true],
    ["/a/*", "/a/b", true],
    ["/a/*", "/a/:x", true],
    ["/a/*", "/a/b/*", true],
    ["/a/*", "/a/*", true],
    ["/a", "/a", true],
    ["/:x", "/a", true],
    ["/:x", "/:y", true],
    ["/:x/*", "/a/*", true],
    ["/*/b", "/a/b", true],
    ["/:x/b", "/*/b", true],
    ["/", "/", true],
    ["/", "/*", false],
    ["/a", "/a/*", false],
    ["/a/:x", "/a/*", false],
    ["/a/*", "/*", false],
    ["/a/*", "/b", false],
    ["/a/*", "/:x/*", false],
    ["/a", "/:x", false],
    ["/a/b", "/a/:x", false],
    ["/:x", "/", false],
    ["/:x/*", "/*", false],
    ["/a/*", "/ab", false],
  ])("of %s and %s is %s", (earlier, pattern, expected) => {
    expect(rulesOf(earlier).covering([parsed(pattern)])).toBe(expected ? 0 : undefined);
  });

  it("gives the first rule that covers all patterns by itself", () => {
    const rules = rulesOf("/b/*", "/a/b", "/a/:x", "/a/*");
    expect(rules.covering([parsed("/a/b")])).toBe(1);
    expect(rules.covering([parsed("/a/b"), parsed("/a/c")])).toBe(2);
    expect(rules.covering([parsed("/a/b"), parsed("/a/c/d")])).toBe(3);
    expect(rules.covering([parsed("/a/b"), parsed("/b/c")])).toBeUndefined();
    expect(rules.covering([])).toBeUndefined();
  });

  it("finds it among many that share a path", () => {
    const rules = new PathRules();
    for (let rule = 0; rule < 20; rule += 2) {
      for (const path of ["/a", `/x${rule}`]) rules.add(parsed(path), rule);
    }
    for (const odd of [1, 3, 5]) rules.add(parsed(`/x${odd}`), 18 + odd);
    for (let rule = 0; rule < 20; rule += 2) {
      expect(rules.covering([parsed("/a"), parsed(`/x${rule}`)])).toBe(rule);
    }
    for (const odd of [1, 3, 5]) expect(rules.covering([parsed("/a"), parsed(`/x${odd}`)])).toBeUndefined();
  });

  it("judges a rule of 200,000 paths", () => {
    const paths = Array.from({ length: 200_000 }, (_, index) => parsed(`/${index}`));
    const rules = rulesOf("/0", "/*");
    expect(rules.covering(paths)).toBe(1);
    expect(rulesOf("/0").covering(paths)).toBeUndefined();
  });

  it("finds the one rule that many others surround", () => {
    const rules = new PathRules();
    for (let rule = 0; rule < 100; rule++) rules.add(parsed(rule % 2 === 0 ? "/a" : "/b"), rule);
    rules.add(parsed("/a"), 100);
    rules.add(parsed("/b"), 100);
    rules.add(parsed("/a"), 101);
    expect(rules.covering([parsed("/a"), parsed("/b")])).toBe(100);
  });

  const pathsOf = (pattern: string) =>
    fc
      .tuple(
        fc.tuple(
          ...parsed(pattern).segments.map((segment) =>
            segment === null ? fc.constantFrom("a", "b", "ab", "c", "*", ":x") : fc.constant(segment),
          ),
        ),
        parsed(pattern).hasRest
          ? fc.array(fc.constantFrom("a", "b", "ab", "c", "", "*"), { maxLength: 3 })
          : fc.constant<string[]>([]),
      )
      .map(([segments, rest]) => `/${[...segments, ...rest].join("/")}`);

  it("is sound: what a pattern matches, each rule that covers it matches", () => {
    let covered = 0;
    const cases = fc
      .tuple(pathPatternTexts, pathPatternTexts)
      .chain(([earlier, pattern]) => fc.tuple(fc.constant(earlier), fc.constant(pattern), pathsOf(pattern)));
    fc.assert(
      fc.property(cases, ([earlier, pattern, path]) => {
        expect(rulesOf(pattern).match(path)).toBe(0);
        const rules = rulesOf(earlier);
        if (rules.covering([parsed(pattern)]) !== 0) return;
        covered++;
        expect(rules.match(path)).toBe(0);
      }),
      { numRuns: 3000 },
    );
    expect(covered).toBeGreaterThan(30);
  });

  it("is complete for one pattern beside another: what it does not cover, some path tells apart", () => {
    const samples = fc.tuple(pathPatternTexts, pathPatternTexts);
    fc.assert(
      fc.property(samples, ([earlier, pattern]) => {
        const rules = rulesOf(earlier);
        if (rules.covering([parsed(pattern)]) === 0) return;
        // A segment that no pattern names, and a rest that no pattern ends at, show the difference if there is one.
        const { segments, hasRest } = parsed(pattern);
        const strange = segments.map((segment) => segment ?? "strange");
        const witnesses = [strange, ...(hasRest ? [[...strange, "strange", "strange", "strange", "strange"]] : [])];
        expect(witnesses.map((path) => rules.match(`/${path.join("/")}`))).toContain(-1);
      }),
      { numRuns: 2000 },
    );
  });
});
