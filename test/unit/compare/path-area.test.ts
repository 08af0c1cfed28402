import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  covers,
  meet,
  type PathArea,
  pathArea,
  standIns,
  surroundingsOf,
} from "../../../src/core/compare/path-area.ts";
import { PathRules } from "../../../src/core/path-rules.ts";
import { pathPatternTexts, pathTexts } from "../../support/arbitraries.ts";

function matches(area: PathArea, path: string): boolean {
  const rules = new PathRules();
  rules.add(area, 0);
  return rules.match(path) === 0;
}

describe("meet", () => {
  it.each([
    ["/v1/*", "/v1/orders/:id", "/v1/orders/:id"],
    ["/*", "/", "/"],
    ["/v1/*", "/v1", "/v1"],
    ["/v1/*", "/:any/orders", "/v1/orders"],
    ["/:a/x/*", "/y/:b", "/y/x"],
    ["/:a/x/*", "/:b/*", "/:a/x/*"],
    ["/:a/:b", "/:c/:d", "/:c/:d"],
    ["/a/:x/*", "/:y/b/:z", "/a/b/:any"],
  ])("gives for %s and %s what is in both: %s", (a, b, both) => {
    expect(meet(pathArea(a), pathArea(b))?.text).toBe(both);
  });

  it.each([
    ["/v1", "/v2"],
    ["/v1", "/v1/:id"],
    ["/v1/orders/*", "/v1"],
    ["/", "/:any"],
  ])("gives nothing for %s and %s", (a, b) => {
    expect(meet(pathArea(a), pathArea(b))).toBeUndefined();
  });

  it("has exactly the paths that both match, and its text is a pattern that matches them", () => {
    fc.assert(
      fc.property(pathPatternTexts, pathPatternTexts, pathTexts, (a, b, path) => {
        const [one, other] = [pathArea(a), pathArea(b)];
        const both = meet(one, other);
        const isInBoth = matches(one, path) && matches(other, path);
        expect(both !== undefined && matches(both, path)).toBe(isInBoth);
        if (both !== undefined) expect(matches(pathArea(both.text), path)).toBe(isInBoth);
        if (covers(one, other)) expect(matches(one, path) || !matches(other, path)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("standIns", () => {
  it("leave out none of an area that others do not match as a whole", () => {
    fc.assert(
      fc.property(pathPatternTexts, fc.array(pathPatternTexts, { maxLength: 4 }), pathTexts, (text, others, path) => {
        const area = pathArea(text);
        const areas = others.map(pathArea);
        // A path with an empty segment inside can be read in another way.
        if (path.includes("//") || !matches(area, path) || areas.some((other) => matches(other, path))) return;
        const paths = standIns(area, surroundingsOf([area, ...areas]));
        expect(paths.some((stand) => !areas.some((other) => matches(other, stand)))).toBe(true);
        for (const stand of paths) expect(matches(area, stand)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("fill open segments with what no pattern names", () => {
    const areas = [pathArea("/any/:x"), pathArea("/any-1")];
    expect(standIns(pathArea("/:x/*"), surroundingsOf(areas))).toEqual([
      "/any-2",
      "/any-2/",
      "/any-2/any-2",
      "/any-2/any-2/",
      "/any-2/any-2/any-2",
      "/any-2/any-2/any-2/",
    ]);
  });
});

describe("pathArea", () => {
  it("throws on what is no path pattern", () => {
    expect(() => pathArea("v1")).toThrow(TypeError);
  });
});
