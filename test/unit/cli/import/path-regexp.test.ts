import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeUncovered, mayMatchBelow, readPathRegexp } from "../../../../src/cli/import/path-regexp.ts";
import { parsePathPattern } from "../../../../src/core/path-pattern.ts";
import { PathRules } from "../../../../src/core/path-rules.ts";

const sources = [
  ...["/*", ".*", "^.*$", "/.*", "^/.*$", "/.+", "/$", "^/$", "/", "", "$"],
  ...["/api", "/api$", "^/api/*", "/api.*", "/api.*$", "/api/", "/api/.*", "^/api/.*$", "/api/.+", "/api/.+$"],
  ...["/api(/.*)?$", "/api(?:/.*)?$", "/api(/|$)", "/api(?:/|$)", "/api/v1/.*", "/api/v1$"],
];

const paths = fc
  .array(fc.constantFrom("", "api", "apix", "api-x", "v1", "v1x", "x"), { maxLength: 4 })
  .map((segments) => `/${segments.join("/")}`);

function isMatchedBy(pattern: string, path: string): boolean {
  const rules = new PathRules();
  const parsed = parsePathPattern(pattern);
  if (parsed !== undefined) rules.add(parsed, 0);
  return rules.match(path) === 0;
}

describe("readPathRegexp", () => {
  it("gives a pattern that never matches more, and says how all begins that is left out", () => {
    let matched = 0;
    fc.assert(
      fc.property(fc.constantFrom(...sources), paths, (source, path) => {
        const read = readPathRegexp(source);
        if (read === undefined) return;
        // As re.match does: from the first character on, not to the last.
        const isMatched = new RegExp(`^(?:${source})`, "s").test(path);
        const isCovered = isMatchedBy(read.pattern, path);
        if (isCovered) {
          matched += 1;
          expect(isMatched, `${source} on ${path}`).toBe(true);
        } else if (isMatched) {
          expect(read.uncovered !== undefined && path.startsWith(read.uncovered), `${source} on ${path}`).toBe(true);
        }
      }),
      { numRuns: 5000 },
    );
    expect(matched).toBeGreaterThan(500);
  });

  it.each(["/api/[0-9]+", "/(a|b)/.*", "/a|/b", "/api/*$", "/a.b", "/api?", "api", "/a\\.b$", "/:id$", "/*/x"])(
    "gives none for %s",
    (source) => {
      expect(readPathRegexp(source)).toBeUndefined();
    },
  );

  it("says what is left out", () => {
    const words = (source: string) => describeUncovered(readPathRegexp(source) ?? { pattern: "" });
    expect(words("/api(/.*)?$")).toBeUndefined();
    expect(words("/api/*")).toContain('such as "/apix"');
    expect(words("/api/.*")).toContain('"/api/*" would match "/api" as well');
  });
});

describe("mayMatchBelow", () => {
  it("is true wherever the pattern matches a path that begins so", () => {
    const patterns = fc.constantFrom("/*", "/api", "/api/*", "/apix/*", "/v1/:x/*", "/:x/v1", "/api/v1/*", "/");
    const beginnings = fc.constantFrom("", "/", "/api", "/api/", "/api/v1", "/v1", "/x", "/api//");
    fc.assert(
      fc.property(patterns, beginnings, paths, (pattern, beginning, path) => {
        if (path.startsWith(beginning) && isMatchedBy(pattern, path)) {
          expect(mayMatchBelow(pattern, beginning), `${pattern} below ${beginning}: ${path}`).toBe(true);
        }
      }),
      { numRuns: 5000 },
    );
    expect(mayMatchBelow("/v2/*", "/api")).toBe(false);
    expect(mayMatchBelow("/apix/*", "/api")).toBe(true);
  });
});
