import { describe, expect, it } from "vitest";
import {
  checkCors,
  checkPreflight,
  isForbiddenHeader,
  isForbiddenMethod,
  isMixedContent,
  normalizeMethod,
  type PageRequest,
  type PageResponse,
  preflightCauses,
  preflightFields,
} from "../../../src/core/explain/browser.ts";
import { describeRefusal } from "../../../src/core/explain/describe-refusal.ts";
import { APP } from "../../support/policies.ts";

type Fields = Readonly<Record<string, string>>;

function received(fields: Fields, status = 200): PageResponse {
  return { status, header: (name) => fields[name] ?? null };
}

function asked(request: Partial<PageRequest> = {}): PageRequest {
  return { origin: APP, method: "GET", headers: [], hasCredentials: false, ...request };
}

const OPEN = { "access-control-allow-origin": APP };
const CREDENTIALS = { "access-control-allow-credentials": "true" };
const methods = (value: string) => ({ "access-control-allow-methods": value });
const headers = (value: string) => ({ "access-control-allow-headers": value });

describe("normalizeMethod", () => {
  it.each(["delete", "get", "head", "options", "post", "put"])("turns %s to upper case", (method) => {
    expect(normalizeMethod(method)).toBe(method.toUpperCase());
  });

  it.each(["patch", "Patch", "query", "chicken", "PATCH"])("leaves %s as it is", (method) => {
    expect(normalizeMethod(method)).toBe(method);
  });
});

it.each(["CONNECT", "trace", "Track"])("isForbiddenMethod: no page can send %s", (method) => {
  expect(isForbiddenMethod(method)).toBe(true);
  expect(isForbiddenMethod(`${method}S`)).toBe(false);
});

it.each([
  ["cookie", "a=b", true],
  ["sec-anything", "", true],
  ["x-http-method-override", "TRACE", true],
  ["x-http-method", "GET, trace", true],
  ["x-method-override", "CONNECT", true],
  ["x-method-override", "PUT", false],
  ["x-trace", "TRACE", false],
])("isForbiddenHeader of %s: %s is %s", (name, value, expected) => {
  expect(isForbiddenHeader(name, value)).toBe(expected);
});

describe("isMixedContent", () => {
  it.each([
    [APP, "http://api.example.com/", true],
    [APP, "ws://api.example.com/", true],
    [APP, "https://api.example.com/", false],
    [APP, "wss://api.example.com/", false],
    [APP, "http://localhost:8787/", false],
    [APP, "http://127.0.0.1/", false],
    [APP, "http://[::1]/", false],
    ["http://app.example.com", "http://api.example.com/", false],
    ["null", "http://api.example.com/", false],
  ])("of %s asking for %s is %s", (origin, url, expected) => {
    expect(isMixedContent(origin, new URL(url))).toBe(expected);
  });
});

describe("preflightCauses", () => {
  it.each([
    ["GET", [], []],
    ["HEAD", [["accept", "text/html"]], []],
    ["POST", [["content-type", "text/plain"]], []],
    ["PUT", [], [{ kind: "method", method: "PUT" }]],
    ["OPTIONS", [], [{ kind: "method", method: "OPTIONS" }]],
    ["patch", [], [{ kind: "method", method: "patch" }]],
    ["GET", [["x-a", "1"]], [{ kind: "header", name: "x-a" }]],
    [
      "POST",
      [["content-type", "application/json"]],
      [{ kind: "value", name: "content-type", value: "application/json" }],
    ],
    ["GET", Array.from({ length: 9 }, () => ["accept", "x".repeat(128)] as const), [{ kind: "size" }]],
    [
      "DELETE",
      [
        ["authorization", "x"],
        ["accept", "a"],
        ["range", "bytes=-5"],
      ],
      [
        { kind: "method", method: "DELETE" },
        { kind: "header", name: "authorization" },
        { kind: "value", name: "range", value: "bytes=-5" },
      ],
    ],
  ] as const)("of %s with %j", (method, sent, causes) => {
    expect(preflightCauses(method, sent)).toEqual(causes);
  });
});

describe("preflightFields", () => {
  it("asks for the method, and for unsafe header names sorted and joined without a space", () => {
    const sent = [
      ["x-b", "1"],
      ["content-type", "application/json"],
      ["accept", "text/html"],
    ] as const;
    expect(preflightFields(asked({ method: "PUT", headers: sent }))).toEqual([
      ["origin", APP],
      ["access-control-request-method", "PUT"],
      ["access-control-request-headers", "content-type,x-b"],
    ]);
  });

  it("names no headers where none need asking", () => {
    expect(preflightFields(asked({ method: "PUT", headers: [["accept", "text/html"]] }))).toEqual([
      ["origin", APP],
      ["access-control-request-method", "PUT"],
    ]);
  });
});

describe("checkCors lets the page read", () => {
  it.each([
    ["its origin", OPEN, false],
    ["`*`", { "access-control-allow-origin": "*" }, false],
    ["its origin with credentials", { ...OPEN, ...CREDENTIALS }, true],
    ["its origin with credentials that are not asked for", { ...OPEN, ...CREDENTIALS }, false],
  ])("%s", (_, fields, hasCredentials) => {
    expect(checkCors(asked({ hasCredentials }), received(fields, 500))).toBeUndefined();
  });

  it("`null` for an opaque origin", () => {
    expect(checkCors(asked({ origin: "null" }), received({ "access-control-allow-origin": "null" }))).toBeUndefined();
  });
});

describe("checkCors refuses", () => {
  it.each<[string, Fields, boolean, object]>([
    ["nothing", {}, false, { code: "allow-origin-missing" }],
    ["an empty field", { "access-control-allow-origin": "" }, false, { code: "allow-origin-other", found: "" }],
    [
      "another origin",
      { "access-control-allow-origin": "https://a.example" },
      false,
      { code: "allow-origin-other", found: "https://a.example" },
    ],
    [
      "upper case",
      { "access-control-allow-origin": "https://APP.example.com" },
      false,
      { code: "allow-origin-other", found: "https://APP.example.com" },
    ],
    [
      "its origin twice",
      { "access-control-allow-origin": `${APP}, ${APP}` },
      false,
      { code: "allow-origin-other", found: `${APP}, ${APP}` },
    ],
    [
      "`*` with credentials",
      { "access-control-allow-origin": "*", ...CREDENTIALS },
      true,
      { code: "allow-origin-any-with-credentials" },
    ],
    ["credentials unsaid", OPEN, true, { code: "allow-credentials-missing", found: null }],
    [
      "credentials misspelled",
      { ...OPEN, "access-control-allow-credentials": "True" },
      true,
      { code: "allow-credentials-missing", found: "True" },
    ],
  ])("%s", (_, fields, hasCredentials, refusal) => {
    expect(checkCors(asked({ hasCredentials }), received(fields))).toEqual(refusal);
  });
});

describe("checkPreflight goes on", () => {
  it.each<[string, Partial<PageRequest>, Fields]>([
    ["for a method that is listed", { method: "PUT" }, methods("GET, PUT")],
    ["for a method that `*` covers", { method: "PUT" }, methods("*")],
    ["for a safelisted method that is not listed", { method: "POST", headers: [["x-a", "1"]] }, headers("x-a")],
    ["for headers in any case", { headers: [["x-a", "1"]] }, headers("X-A")],
    ["for headers that `*` covers", { headers: [["x-a", "1"]] }, headers("*")],
    ["for authorization beside `*`", { headers: [["authorization", "x"]] }, headers("*, Authorization")],
    ["for lists with empty elements and tabs", { method: "PUT" }, methods(",\t PUT \t,,")],
    ["for safelisted headers that are not listed", { method: "PUT", headers: [["accept", "a"]] }, methods("PUT")],
  ])("%s", (_, request, fields) => {
    expect(checkPreflight(asked(request), received({ ...OPEN, ...fields }, 204))).toBeUndefined();
  });

  it.each([200, 204, 299])("after status %i", (status) => {
    expect(checkPreflight(asked({ method: "PUT" }), received({ ...OPEN, ...methods("PUT") }, status))).toBeUndefined();
  });
});

describe("checkPreflight refuses", () => {
  it.each<[string, Partial<PageRequest>, Fields, object]>([
    [
      "a method that is not listed",
      { method: "PUT" },
      methods("GET"),
      { code: "method-not-listed", culprit: "PUT", found: "GET" },
    ],
    ["a method with no list", { method: "PUT" }, {}, { code: "method-not-listed", culprit: "PUT", found: null }],
    [
      "a method in another case",
      { method: "patch" },
      methods("PATCH"),
      { code: "method-not-listed", culprit: "patch", found: "PATCH" },
    ],
    [
      "a method by `*` with credentials",
      { method: "PUT", hasCredentials: true },
      { ...CREDENTIALS, ...methods("*") },
      { code: "method-not-listed", culprit: "PUT", found: "*" },
    ],
    [
      "a header that is not listed",
      {
        headers: [
          ["x-b", "1"],
          ["x-a", "1"],
        ],
      },
      headers("x-b"),
      { code: "header-not-listed", culprit: "x-a", found: "x-b" },
    ],
    [
      "a header by `*` with credentials",
      { headers: [["x-a", "1"]], hasCredentials: true },
      { ...CREDENTIALS, ...headers("*") },
      { code: "header-not-listed", culprit: "x-a", found: "*" },
    ],
    [
      "authorization by `*`",
      { headers: [["authorization", "x"]] },
      headers("*"),
      { code: "authorization-not-listed", found: "*" },
    ],
    [
      "authorization that is not listed",
      { headers: [["authorization", "x"]] },
      headers("x-a"),
      { code: "header-not-listed", culprit: "authorization", found: "x-a" },
    ],
    [
      "a list of methods that is none",
      { method: "PUT" },
      methods("PUT;GET"),
      { code: "allow-methods-invalid", found: "PUT;GET" },
    ],
    [
      "a list of headers that is none",
      { method: "PUT" },
      { ...methods("PUT"), ...headers("a b") },
      { code: "allow-headers-invalid", found: "a b" },
    ],
  ])("%s", (_, request, fields, refusal) => {
    expect(checkPreflight(asked(request), received({ ...OPEN, ...fields }, 204))).toEqual(refusal);
  });

  it.each([301, 302, 303, 307, 308])("the redirect %i, whatever its fields", (status) => {
    const refusal = checkPreflight(asked({ method: "PUT" }), received({ ...OPEN, ...methods("PUT") }, status));
    expect(refusal).toEqual({ code: "preflight-redirected", found: status });
  });

  it.each([199, 300, 304, 404, 500])("status %i, whatever its fields", (status) => {
    const refusal = checkPreflight(asked({ method: "PUT" }), received({ ...OPEN, ...methods("PUT") }, status));
    expect(refusal).toEqual({ code: "preflight-status", found: status });
  });

  it("for the CORS check first, and for the method before headers", () => {
    expect(checkPreflight(asked({ method: "PUT" }), received({}, 403))).toEqual({ code: "allow-origin-missing" });
    expect(checkPreflight(asked({ method: "PUT", headers: [["x-a", "1"]] }), received(OPEN))).toMatchObject({
      code: "method-not-listed",
    });
  });
});

describe("describeRefusal", () => {
  it.each([
    [
      { code: "preflight-redirected", found: 302 },
      "the preflight is answered with a redirect (302), which browsers never follow",
    ],
    [{ code: "preflight-status", found: 404 }, "the preflight is answered with 404, and only 200 to 299 will do"],
    [{ code: "allow-origin-missing" }, "the answer has no Access-Control-Allow-Origin"],
    [
      { code: "allow-origin-any-with-credentials" },
      'Access-Control-Allow-Origin is "*", which is not enough for a request with credentials',
    ],
    [
      { code: "allow-credentials-missing", found: null },
      "the answer has no Access-Control-Allow-Credentials, and the request has credentials",
    ],
    [{ code: "allow-credentials-missing", found: "True" }, 'Access-Control-Allow-Credentials is "True", not "true"'],
    [{ code: "allow-methods-invalid", found: "A B" }, 'Access-Control-Allow-Methods is no list of methods: "A B"'],
    [{ code: "allow-headers-invalid", found: "x y" }, 'Access-Control-Allow-Headers is no list of header names: "x y"'],
    [
      { code: "authorization-not-listed", found: "*" },
      'authorization is not in Access-Control-Allow-Headers by name, and "*" does not cover it (Chromium lets it pass so far)',
    ],
    [{ code: "allow-origin-other", found: "a, b" }, 'Access-Control-Allow-Origin has more than one value, "a, b"'],
    [{ code: "allow-origin-other", found: "a" }, `Access-Control-Allow-Origin is "a", not the page's origin`],
    [
      { code: "method-not-listed", culprit: "PUT", found: "*" },
      'the method PUT is not in Access-Control-Allow-Methods (only "*", which counts for nothing with credentials)',
    ],
    [
      { code: "header-not-listed", culprit: "x-a", found: null },
      "the request header x-a is not in Access-Control-Allow-Headers (there is none)",
    ],
  ] as const)("of %j", (refusal, sentence) => {
    expect(describeRefusal(refusal, "the answer")).toBe(sentence);
  });
});
