import { describe, expect, it } from "vitest";
import { describeExpectation, parseExpectations } from "../../../src/core/expect/expectations.ts";
import { suggested } from "../../support/policies.ts";

function issuesOf(...expect: unknown[]) {
  const parsed = parseExpectations(JSON.stringify({ expect }));
  return parsed.ok ? [] : parsed.issues.map(suggested);
}

describe("parseExpectations", () => {
  it("accepts what an origin can, cannot, and what nobody can but some", () => {
    expect(
      issuesOf(
        { origin: "https://shop.example.com", can: "PUT /v1/orders/7", with: ["authorization"], credentials: true },
        { origin: "https://*.example.net", cannot: "GET /admin/*" },
        { origin: "null", cannot: "/*", credentials: false },
        { nobody: "/admin/:id", except: ["https://admin.example.com", { list: "staff" }] },
        { origin: "https://a.example", cannot: "GET  /a", with: ["x-a"] },
      ),
    ).toEqual([]);
  });

  it("keeps them as written", () => {
    const document = { $schema: "./expectations.schema.json", expect: [{ nobody: "/*" }] };
    expect(parseExpectations(JSON.stringify(document))).toEqual({ ok: true, document });
  });

  it("refuses what is of another type", () => {
    const parsed = parseExpectations(JSON.stringify({ $schema: 1, expect: [null, { origin: 2, can: 3 }] }));
    expect(parsed.ok ? [] : parsed.issues).toEqual([
      { code: "wrong-type", pointer: "/$schema", found: 1, expected: "string" },
      { code: "wrong-type", pointer: "/expect/0", expected: "object" },
      { code: "wrong-type", pointer: "/expect/1/origin", found: 2, expected: "string" },
      { code: "wrong-type", pointer: "/expect/1/can", found: 3, expected: "string" },
    ]);
    expect(issuesOf({ origin: "https://a.example", cannot: { toString: 1 }, with: ["x-a"] })).toEqual([
      { code: "wrong-type", pointer: "/expect/0/cannot", expected: "string" },
    ]);
  });

  it.each(["please GET /v1", "GET /v1 please", "GET/v1", "GET", "", " /v1"])("refuses %j for a request", (can) => {
    expect(issuesOf({ origin: "https://a.example", can })).toEqual([
      {
        code: "expectation-request-invalid",
        pointer: "/expect/0/can",
        found: can,
        expected: 'a method and a path, as "PUT /v1/orders/*"',
      },
    ]);
  });

  it.each([
    ["can", 'a method and a path, as "PUT /v1/orders/*"'],
    ["cannot", 'a method and a path, as "PUT /v1/orders/*", or a path for any method'],
  ])(
    "refuses * for the method that an origin %s use: it would be judged as a method of that name",
    (verb, expected) => {
      expect(issuesOf({ origin: "https://a.example", [verb]: "* /admin/*" })).toEqual([
        { code: "expectation-request-invalid", pointer: `/expect/0/${verb}`, found: "* /admin/*", expected },
      ]);
    },
  );

  it("refuses * for a header: it would be judged as a header of that name", () => {
    expect(issuesOf({ origin: "https://a.example", cannot: "GET /", with: ["x-a", "*"] })).toEqual([
      { code: "expectation-header-any", pointer: "/expect/0/with" },
    ]);
  });

  it.each<[string, object]>([
    ["without a verb", { origin: "https://a.example" }],
    ["with two", { origin: "https://a.example", can: "GET /", cannot: "PUT /" }],
    ["without an origin", { can: "GET /" }],
    ["about nobody with an origin", { origin: "https://a.example", nobody: "GET /" }],
    ["with an exception where nobody is meant", { origin: "https://a.example", cannot: "GET /", except: ["*"] }],
    ["by any method with a header", { origin: "https://a.example", cannot: "/a", with: ["x-a"] }],
    ["by any method with credentials", { nobody: "/", credentials: true }],
  ])("refuses one %s", (_, expectation) => {
    expect(issuesOf(expectation)).toEqual([{ code: "expectation-unclear", pointer: "/expect/0" }]);
  });

  it("reports everything at once, with its place and the right spelling", () => {
    expect(
      issuesOf(
        { origin: "https://A.example/", can: "put /v1/**", wiht: ["x-a"] },
        { origin: "https://a.example", can: "/v1", with: ["x a", "cookie"] },
        { nobody: "GET v1", except: ["a.example", { list: "Staff" }] },
      ),
    ).toEqual([
      {
        code: "origin-with-path",
        pointer: "/expect/0/origin",
        found: "https://A.example/",
        suggestion: "https://a.example",
      },
      { code: "method-lower-case", pointer: "/expect/0/can", found: "put", suggestion: "PUT" },
      { code: "path-with-double-star", pointer: "/expect/0/can", found: "/v1/**", suggestion: "/v1/*" },
      { code: "field-unknown", pointer: "/expect/0/wiht", found: "wiht" },
      {
        code: "expectation-request-invalid",
        pointer: "/expect/1/can",
        found: "/v1",
        expected: 'a method and a path, as "PUT /v1/orders/*"',
      },
      { code: "header-invalid", pointer: "/expect/1/with/0", found: "x a" },
      { code: "header-forbidden", pointer: "/expect/1/with/1", found: "cookie" },
      {
        code: "expectation-request-invalid",
        pointer: "/expect/2/nobody",
        found: "GET v1",
        expected: 'a method and a path, as "PUT /v1/orders/*", or a path for any method',
      },
      {
        code: "origin-without-scheme",
        pointer: "/expect/2/except/0",
        found: "a.example",
        suggestion: "https://a.example",
      },
      { code: "name-invalid", pointer: "/expect/2/except/1/list", found: "Staff", expected: "^[a-z][a-z0-9-]{0,63}$" },
    ]);
  });

  it.each(["", "[]", "{}", '{"expect": []}', '{"expect": [7]}', '{"expect": "x"}', "nonsense"])(
    "refuses %j and does not throw",
    (text) => {
      expect(parseExpectations(text).ok).toBe(false);
    },
  );
});

describe("describeExpectation", () => {
  it.each([
    [
      { origin: "https://a.example", can: "PUT /v1", with: ["x-a"], credentials: true },
      "https://a.example can PUT /v1 with x-a, credentials",
    ],
    [{ origin: "*", cannot: "/admin/*" }, "any origin cannot use any method on /admin/*"],
    [
      { nobody: "GET /", except: ["https://a.example", { list: "staff" }] },
      "nobody can GET /, but https://a.example, the list staff",
    ],
  ])("says %j", (expectation, sentence) => {
    expect(describeExpectation(expectation)).toBe(sentence);
  });
});
