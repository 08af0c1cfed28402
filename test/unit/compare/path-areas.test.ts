import { describe, expect, it } from "vitest";
import { pathArea } from "../../../src/core/compare/path-area.ts";
import { PathAreas } from "../../../src/core/compare/path-areas.ts";

describe("PathAreas.meeting", () => {
  const TEXTS = ["/a/b/*", "/*", "/a/b", "/c", "/:x/b", "/a/c", "/a/*", "/a"];
  const areas = new PathAreas(TEXTS.map(pathArea));

  it.each([
    ["/a/b", ["/a/b/*", "/*", "/a/b", "/:x/b", "/a/*"]],
    ["/a", ["/*", "/a/*", "/a"]],
    ["/a/*", ["/a/b/*", "/*", "/a/b", "/:x/b", "/a/c", "/a/*", "/a"]],
    ["/:y", ["/*", "/c", "/a/*", "/a"]],
    ["/a/:y", ["/a/b/*", "/*", "/a/b", "/:x/b", "/a/c", "/a/*"]],
    ["/d", ["/*"]],
    ["/d/b/c", ["/*"]],
  ])("of %s are, in their order, %j and no others", (text, meeting) => {
    expect(areas.meeting(pathArea(text)).map((index) => TEXTS[index])).toEqual(meeting);
  });

  it("are none where there are none", () => {
    expect(new PathAreas([]).meeting(pathArea("/*"))).toEqual([]);
  });
});
