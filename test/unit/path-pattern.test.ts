import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diagnosePath } from "../../src/core/explain/diagnose.ts";
import { suggest } from "../../src/core/explain/suggest.ts";
import type { IssueCode } from "../../src/core/issue.ts";
import { type PathPattern, parsePathPattern } from "../../src/core/path-pattern.ts";
import { anyTexts, pathPatternTexts } from "../support/arbitraries.ts";

describe("parsePathPattern accepts", () => {
  it.each<[string, PathPattern]>([
    ["/", { segments: [], hasRest: false }],
    ["/*", { segments: [], hasRest: true }],
    ["/v1", { segments: ["v1"], hasRest: false }],
    ["/v1/orders/*", { segments: ["v1", "orders"], hasRest: true }],
    ["/v1/:id", { segments: ["v1", null], hasRest: false }],
    ["/v1/:id/items", { segments: ["v1", null, "items"], hasRest: false }],
    ["/v1/*/items", { segments: ["v1", null, "items"], hasRest: false }],
    ["/:tenant/*", { segments: [null], hasRest: true }],
    ["/*/*", { segments: [null], hasRest: true }],
    ["/*/*/*", { segments: [null, null], hasRest: true }],
    ["/:snake_case/:camelCase/:_x1", { segments: [null, null, null], hasRest: false }],
    ["/caf%C3%A9", { segments: ["caf%C3%A9"], hasRest: false }],
    ["/caf%c3%a9/*", { segments: ["caf%C3%A9"], hasRest: true }],
    ["/a%20b", { segments: ["a%20b"], hasRest: false }],
    ["/V1/Orders.json", { segments: ["V1", "Orders.json"], hasRest: false }],
    ["/.well-known/*", { segments: [".well-known"], hasRest: true }],
    ["/...", { segments: ["..."], hasRest: false }],
    ["/a.b-c_d~e!$&'()+,;=@", { segments: ["a.b-c_d~e!$&'()+,;=@"], hasRest: false }],
  ])("%s", (text, pattern) => {
    expect(parsePathPattern(text)).toEqual(pattern);
  });
});

describe("parsePathPattern refuses", () => {
  it.each([
    ["nothing", "", "path-without-leading-slash", "/"],
    ["no leading slash", "v1/orders", "path-without-leading-slash", "/v1/orders"],
    ["no leading slash before a rest", "v1/*", "path-without-leading-slash", "/v1/*"],
    ["a lone `*`", "*", "path-without-leading-slash", "/*"],
    ["white space before the slash", " /v1", "path-without-leading-slash", "/v1"],
    ["a regular expression", "/v1/:id{[0-9]+}", "path-with-regexp", "/v1/:id"],
    ["a regular expression in the middle", "/v1/:id{[0-9]+}/items", "path-with-regexp", "/v1/:id/items"],
    ["an optional segment", "/v1/:id?", "path-with-question-mark", "/v1/:id"],
    ["a query", "/v1?page=1", "path-with-question-mark", "/v1"],
    ["`**` at the end", "/v1/**", "path-with-double-star", "/v1/*"],
    ["`**` in the middle", "/v1/**/items", "path-with-double-star", undefined],
    ["`**` alone", "/**", "path-with-double-star", "/*"],
    ["`*` after other characters", "/v1*", "path-wildcard-misplaced", undefined],
    ["`*` before other characters", "/v1/*.json", "path-wildcard-misplaced", undefined],
    ["`*` between other characters", "/v1/a*b/items", "path-wildcard-misplaced", undefined],
    ["a trailing slash", "/v1/", "path-with-empty-segment", "/v1/*"],
    ["a trailing slash after a rest", "/v1/*/", "path-with-empty-segment", "/v1/*/*"],
    ["a double slash", "/v1//orders", "path-with-empty-segment", "/v1/orders"],
    ["a double slash at the start", "//v1", "path-with-empty-segment", "/v1"],
    ["slashes alone", "//", "path-with-empty-segment", "/"],
    ["a `.` segment", "/v1/./orders", "path-with-dot-segment", "/v1/orders"],
    ["a `..` segment", "/v1/../orders", "path-with-dot-segment", "/orders"],
    ["a `..` at the end", "/v1/..", "path-with-dot-segment", "/"],
    ["an encoded `.` segment", "/v1/%2e/orders", "path-with-dot-segment", "/v1/orders"],
    ["an encoded `..` segment", "/v1/%2E%2e/orders", "path-with-dot-segment", "/orders"],
    ["a half-encoded `..` segment", "/v1/.%2E/orders", "path-with-dot-segment", "/orders"],
    ["a parameter with other characters", "/v1/:id.json", "path-parameter-invalid", "/v1/:id"],
    ["a parameter without a name", "/v1/:", "path-parameter-invalid", undefined],
    ["a parameter that is not ASCII", "/v1/:näme", "path-parameter-invalid", "/v1/:n"],
    ["a literal that is not ASCII", "/café", "path-not-serialized", "/caf%C3%A9"],
    ["a space", "/a b", "path-not-serialized", "/a%20b"],
    ["a quotation mark", '/a"b', "path-not-serialized", "/a%22b"],
    ["a fragment", "/v1#orders", "path-not-serialized", "/v1"],
    ["a backslash", "/v1\\orders", "path-not-serialized", "/v1/orders"],
    ["a tab", "/v\t1", "path-not-serialized", "/v1"],
    ["white space at the end", "/v1 ", "path-not-serialized", "/v1"],
    ["a lone surrogate", "/\ud800", "path-not-serialized", "/%EF%BF%BD"],
  ])("%s: %s", (_, text, code, suggestion) => {
    expect(parsePathPattern(text)).toBeUndefined();
    expect(diagnosePath(text)).toBe(code);
    expect(suggest({ code: code as IssueCode, pointer: "", found: text })).toBe(suggestion);
  });

  it("a long one without taking long", () => {
    expect(parsePathPattern(`/${"{".repeat(30_000)}`)).toBeUndefined();
  });
});

describe("parsePathPattern", () => {
  const texts = fc.oneof(
    pathPatternTexts,
    fc
      .tuple(
        pathPatternTexts,
        fc.nat({ max: 12 }),
        fc.constantFrom("/", "*", ":", ".", "..", "%2e", "{", "?", "é", " ", "\\"),
      )
      .map(([text, place, scrap]) => text.slice(0, place) + scrap + text.slice(place)),
    fc.string(),
    anyTexts.map((text) => `/${text}`),
  );

  it("accepts every pattern of the syntax", () => {
    fc.assert(
      fc.property(pathPatternTexts, (text) => {
        expect(parsePathPattern(text)).toBeDefined();
      }),
    );
  });

  it("accepts only paths that the URL parser gives back as they are", () => {
    fc.assert(
      fc.property(texts, (text) => {
        if (parsePathPattern(text) !== undefined) expect(new URL(`https://api.example.com${text}`).pathname).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });

  it("suggests nothing that it would refuse", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const result = parsePathPattern(text);
        const suggestion =
          result === undefined ? suggest({ code: diagnosePath(text), pointer: "", found: text }) : undefined;
        if (suggestion !== undefined) expect(parsePathPattern(suggestion)).toBeDefined();
      }),
      { numRuns: 3000 },
    );
  });
});
