import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { otherReadings } from "../../src/core/path-readings.ts";

/** The readings that differ from the path itself, each once. */
function differentReadings(pathname: string): string[] {
  return [...new Set(otherReadings(pathname))].filter((reading) => reading !== pathname).sort();
}

/** The path as the gateway sees it. */
function serialized(path: string): string {
  return new URL(`https://api.example.com${path}`).pathname;
}

describe("otherReadings finds none", () => {
  it.each([
    "/",
    "/v1/orders",
    "/v1/orders/",
    "/v1/orders.json;a=1,b=2",
    "/v1/orders..;a/x",
    "/v1/...;/x",
    "/caf%C3%A9",
    "/caf%c3%a9",
    "/%E2%80%AE",
    "/%ff",
    "/%80",
    "/100%",
    "/%zz",
    "/%2",
  ])("for %s", (path) => {
    expect(serialized(path)).toBe(path);
    expect(differentReadings(path)).toEqual([]);
  });
});

it.each(["/", "/v1/orders", "/v1/orders..;a/x", "/v1/x.;a", "/caf%C3%A9"])("otherReadings are none for %s", (path) => {
  expect(otherReadings(path)).toEqual([]);
});

describe("otherReadings reads", () => {
  it.each([
    ["an encoded letter", "/v1/%61dmin", ["/v1/admin"]],
    ["an encoded `/`", "/v1%2Fadmin", ["/v1/admin"]],
    ["an encoded `/` in lower case", "/v1%2fadmin", ["/v1/admin"]],
    ["an encoded `\\`", "/v1%5Cadmin", ["/v1/admin"]],
    ["an encoded `.`", "/v1/admin%2ejson", ["/v1/admin.json"]],
    ["dot segments behind an encoded `/`", "/v1/..%2fadmin", ["/admin"]],
    ["encoded dot segments behind an encoded `/`", "/v1/%2e%2e%2fadmin", ["/admin"]],
    ["dot segments behind an encoded `\\`", "/v1/..%5cadmin", ["/admin"]],
    ["dot segments between encoded slashes", "/v1%2f..%2fadmin", ["/admin"]],
    ["an encoded `?`, which ends the path", "/v1%3Fadmin", ["/v1"]],
    ["an encoded `#`, which ends the path", "/v1%23admin", ["/v1"]],
    ["what is after an encoded `?` not at all", "/v1%3f/../admin%2f", ["/admin/"]],
    ["dot segments before an encoded `?`", "/v1/..%2fadmin%3fx", ["/admin", "/admin%3fx"]],
    ["dot segments before an encoded `#`", "/v1/..%2fadmin%23x", ["/admin", "/admin%23x"]],
    ["an encoded `%`, once", "/v1%2561", ["/v1%61"]],
    ["doubly encoded dots, which the URL parser takes for dots", "/v1/%252e%252e/admin", ["/admin"]],
    ["a doubly encoded `/`, once", "/v1%252Fadmin", ["/v1%2Fadmin"]],
    ["a letter beside a byte that stays", "/%63af%C3%A9", ["/caf%C3%A9"]],
    ["an encoded space, encoded again", "/a%20b/%61", ["/a%20b/a"]],
    ["an encoded line feed, which the URL parser drops", "/v1/ad%0Amin", ["/v1/admin"]],
    ["a double slash", "/v1//admin", ["/v1/admin"]],
    ["a double slash at the start", "//admin", ["/admin"]],
    ["a double slash at the end", "/v1//", ["/v1/"]],
    ["a run of slashes", "/v1////admin", ["/v1/admin"]],
    ["an encoded second slash", "/v1/%2Fadmin", ["/v1//admin", "/v1/admin"]],
    ["two encoded slashes", "/v1%2F%2Fadmin", ["/v1//admin", "/v1/admin"]],
    ["two encoded backslashes", "/v1%5c%5cadmin", ["/v1//admin", "/v1/admin"]],
    ["a double slash beside encoding", "/v1//%61dmin", ["/v1/%61dmin", "/v1//admin", "/v1/admin"]],
    ["an encoded slash as the whole path", "/%2F", ["/", "//"]],
    ["a dot segment with a path parameter, which Java servers take for a dot segment", "/v1/..;/admin", ["/admin"]],
    ["a parameter of some length", "/v1/..;a=1;b/admin", ["/admin"]],
    ["a single dot with a parameter", "/v1/.;/admin", ["/v1/admin"]],
    ["a dot segment with a parameter at the end", "/v1/x/..;", ["/v1/"]],
  ])("%s: %s", (_, path, readings) => {
    expect(differentReadings(serialized(path))).toEqual(readings);
  });

  it.each([
    ["/v1/..%3b/admin"],
    ["/v1/..;%2fadmin"],
    ["/v1/%2e%2e;/admin"],
    ["/v1/%252e%252e;/admin"],
    ["/v1/..%3bx%2fadmin"],
    ["/v1/..%5cx/..;/..;/admin"],
  ])("a dot segment with a path parameter beside encoding: %s", (path) => {
    expect(otherReadings(serialized(path))).toContain("/admin");
  });

  // Merged first, `..` removes `v1`; removed first, it takes the empty segment. nginx, for one, merges as it decodes.
  it.each([
    ["/v1//..;/admin"],
    ["/v1//..%2fadmin"],
    ["/v1/%2f..%2fadmin"],
    ["/v1%2f%2f..%2fadmin"],
    ["/v1%5c%5c..%5cadmin"],
    ["/v1/%2f%2e%2e%2fadmin"],
  ])("a run of slashes before dot segments as servers do that merge first: %s", (path) => {
    expect(otherReadings(serialized(path))).toContain("/admin");
  });
});

// Merged as `/` alone, with the rest left for a server behind it: one empty segment stays, and takes one of the two `..`.
it.each([["/x/a//%5c..%2f..%2fb"], ["/x/a//%09/..%2f..%2fb"]])(
  "otherReadings reads runs of slashes as servers do that merge before they parse: %s",
  (path) => {
    expect(otherReadings(path)).toContain("/x/b");
  },
);

describe("otherReadings", () => {
  const paths = fc
    .array(
      fc.constantFrom(
        "/",
        "/",
        "a",
        "b",
        ".",
        "..",
        "\\",
        "%2f",
        "%5C",
        "%2e",
        "%2E%2e",
        "%3f",
        "%23",
        "%25",
        "%252e",
        "%C3",
        ";",
        "%",
      ),
      { maxLength: 12 },
    )
    .map((parts) => serialized(`/${parts.join("")}`));

  it("gives paths as the URL parser serializes them, because rules are written so", () => {
    fc.assert(
      fc.property(paths, (path) => {
        for (const reading of otherReadings(path)) expect(serialized(reading)).toBe(reading);
      }),
      { numRuns: 2000 },
    );
  });

  it("gives decoded and parsed again, with slashes merged, and both", () => {
    fc.assert(
      fc.property(paths, (path) => {
        const ascii = path.replace(/%[0-7][0-9a-f]/gi, (byte) => decodeURIComponent(byte));
        const decoded = serialized(ascii);
        const expected = [decoded, path.replaceAll(/\/+/g, "/"), decoded.replaceAll(/\/+/g, "/")];
        const found = new Set([path, ...otherReadings(path)]);
        for (const reading of expected) expect(found).toContain(reading);
      }),
      { numRuns: 2000 },
    );
  });
});
