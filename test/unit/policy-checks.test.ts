import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../src/core/parse-policy.ts";
import { APP, documentWith, type SuggestedIssue, suggested } from "../support/policies.ts";

function issuesOf(document: object): readonly SuggestedIssue[] {
  const parsed = parsePolicy(JSON.stringify(document));
  return parsed.ok ? [] : parsed.issues.map(suggested);
}

/** The issues of a document with this one rule. */
function issuesOfRule(rule: object): readonly SuggestedIssue[] {
  return issuesOf(documentWith(rule));
}

const ORIGIN = "/rules/0/allowOrigins";

describe("allowOrigins", () => {
  it.each([
    ["*", ["*"], {}],
    ["`null` by its name", ["null"], { dangerouslyAllow: ["null-origin"] }],
    ["`null` beside others", ["null", APP], { dangerouslyAllow: ["null-origin"] }],
    ["http without credentials", ["http://app.example.com", "http://*.example.com"], {}],
    [
      "http with credentials by its name",
      ["http://app.example.com"],
      { allowCredentials: true, dangerouslyAllow: ["insecure-origin"] },
    ],
    ["https with credentials", [APP, "https://*.example.com", "https://pr-*.example.com"], { allowCredentials: true }],
    ["apps with credentials", ["capacitor://localhost", "chrome-extension://abcdef"], { allowCredentials: true }],
    ["a wildcard over a public suffix, which only the CLI knows", ["https://*.com"], { allowCredentials: true }],
    [
      "loopback with credentials",
      [
        "http://localhost",
        "http://localhost:*",
        "http://app.localhost:3000",
        "http://*.localhost",
        "http://127.0.0.1",
        "http://127.1.2.3:*",
        "http://[::1]:3000",
      ],
      { allowCredentials: true },
    ],
    ["the same origin twice", [APP, APP], {}],
  ])("may be %s", (_, allowOrigins, rule) => {
    expect(issuesOfRule({ allowOrigins, ...rule })).toEqual([]);
  });

  it.each<[string, string[], object, SuggestedIssue[]]>([
    ["`*` beside others", [APP, "*"], {}, [{ code: "origin-any-beside-others", pointer: `${ORIGIN}/1`, found: "*" }]],
    [
      "`*` twice",
      ["*", "*"],
      {},
      [
        { code: "origin-any-beside-others", pointer: `${ORIGIN}/0`, found: "*" },
        { code: "origin-any-beside-others", pointer: `${ORIGIN}/1`, found: "*" },
      ],
    ],
    [
      "`*` beside `null`",
      ["*", "null"],
      { dangerouslyAllow: ["null-origin"] },
      [{ code: "origin-any-beside-others", pointer: `${ORIGIN}/0`, found: "*" }],
    ],
    [
      "`*` with credentials",
      ["*"],
      { allowCredentials: true },
      [{ code: "origin-any-with-credentials", pointer: `${ORIGIN}/0`, found: "*" }],
    ],
    [
      "`*` with credentials, whatever is acknowledged",
      ["*"],
      { allowCredentials: true, dangerouslyAllow: ["insecure-origin", "public-suffix-wildcard", "null-origin"] },
      [{ code: "origin-any-with-credentials", pointer: `${ORIGIN}/0`, found: "*" }],
    ],
    [
      "`null` that is not acknowledged",
      [APP, "null"],
      {},
      [{ code: "origin-null", pointer: `${ORIGIN}/1`, found: "null", expected: "null-origin" }],
    ],
    [
      "`null` with another danger acknowledged",
      ["null"],
      { dangerouslyAllow: ["insecure-origin"] },
      [{ code: "origin-null", pointer: `${ORIGIN}/0`, found: "null", expected: "null-origin" }],
    ],
    [
      "`null` with credentials, although acknowledged",
      ["null"],
      { allowCredentials: true, dangerouslyAllow: ["null-origin"] },
      [{ code: "origin-null-with-credentials", pointer: `${ORIGIN}/0`, found: "null" }],
    ],
    [
      "`null` with credentials that is not acknowledged either",
      ["null"],
      { allowCredentials: true },
      [
        { code: "origin-null-with-credentials", pointer: `${ORIGIN}/0`, found: "null" },
        { code: "origin-null", pointer: `${ORIGIN}/0`, found: "null", expected: "null-origin" },
      ],
    ],
    ...[
      ["http with credentials", "http://app.example.com", "https://app.example.com"],
      ["http under a wildcard with credentials", "http://*.example.com", "https://*.example.com"],
      ["http under a label's wildcard with credentials", "http://pr-*.example.com", "https://pr-*.example.com"],
      ["http of any port with credentials", "http://app.example.com:*", "https://app.example.com:*"],
      ["http of a private address with credentials", "http://192.168.0.1:8080", "https://192.168.0.1:8080"],
      ["http of a host that only looks like loopback", "http://localhost.example.com", "https://localhost.example.com"],
      ["http of the port of https with credentials", "http://app.example.com:443", "https://app.example.com"],
    ].map(([what = "", found = "", suggestion = ""]): [string, string[], object, SuggestedIssue[]] => [
      what,
      [found],
      { allowCredentials: true, dangerouslyAllow: ["null-origin"] },
      [{ code: "origin-insecure", pointer: `${ORIGIN}/0`, found, suggestion, expected: "insecure-origin" }],
    ]),
    [
      "a pattern that is none, with the right spelling",
      [APP, "https://Example.com/"],
      {},
      [
        {
          code: "origin-with-path",
          pointer: `${ORIGIN}/1`,
          found: "https://Example.com/",
          suggestion: "https://example.com",
        },
      ],
    ],
    [
      "a pattern that is none, without one",
      ["https://*.*.com"],
      {},
      [{ code: "origin-wildcard-misplaced", pointer: `${ORIGIN}/0`, found: "https://*.*.com" }],
    ],
  ])("may not be %s", (_, allowOrigins, rule, issues) => {
    expect(issuesOfRule({ allowOrigins, ...rule })).toEqual(issues);
    const entries = allowOrigins.map((origin) => ({ origin }));
    const inEntries = issues.map((issue) => ({ ...issue, pointer: `${issue.pointer}/origin` }));
    expect(issuesOfRule({ allowOrigins: entries, ...rule })).toEqual(inEntries);
  });

  it.each([
    "2027-02-29",
    "2027-13-01",
    "2027-00-10",
    "2027-01-32",
    "2027-1-31",
    "31.01.2027",
    "2027-01-31T00:00:00Z",
    "",
  ])("may not end on %j", (expires) => {
    expect(issuesOfRule({ allowOrigins: [APP, { origin: "https://trial.example.org", expires }] })).toEqual([
      { code: "date-invalid", pointer: `${ORIGIN}/1/expires`, found: expires, expected: "a day as 2027-01-31" },
    ]);
  });

  it.each(["2027-01-31", "2028-02-29", "1999-12-31"])("may end on %s", (expires) => {
    expect(issuesOfRule({ allowOrigins: [{ origin: APP, expires }] })).toEqual([]);
  });
});

describe("allowMethods", () => {
  it.each([[["GET"]], [["*"]], [["*", "PUT"]], [["PURGE", "X-CUSTOM", "M-SEARCH"]], [["OPTIONS"]], [[]]])(
    "may be %j",
    (allowMethods) => {
      expect(issuesOfRule({ allowMethods })).toEqual([]);
    },
  );

  it.each<[string, SuggestedIssue]>([
    ["CONNECT", { code: "method-forbidden", pointer: "/rules/0/allowMethods/1", found: "CONNECT" }],
    ["TRACE", { code: "method-forbidden", pointer: "/rules/0/allowMethods/1", found: "TRACE" }],
    ["TRACK", { code: "method-forbidden", pointer: "/rules/0/allowMethods/1", found: "TRACK" }],
    ["trace", { code: "method-forbidden", pointer: "/rules/0/allowMethods/1", found: "trace" }],
    ["get", { code: "method-lower-case", pointer: "/rules/0/allowMethods/1", found: "get", suggestion: "GET" }],
    ["Patch", { code: "method-lower-case", pointer: "/rules/0/allowMethods/1", found: "Patch", suggestion: "PATCH" }],
    [
      "x-custom",
      { code: "method-lower-case", pointer: "/rules/0/allowMethods/1", found: "x-custom", suggestion: "X-CUSTOM" },
    ],
    ["", { code: "method-invalid", pointer: "/rules/0/allowMethods/1", found: "" }],
    ["GET, PUT", { code: "method-invalid", pointer: "/rules/0/allowMethods/1", found: "GET, PUT" }],
    ["PÜT", { code: "method-invalid", pointer: "/rules/0/allowMethods/1", found: "PÜT" }],
    ["PUT\r\nX: y", { code: "method-invalid", pointer: "/rules/0/allowMethods/1", found: "PUT\r\nX: y" }],
  ])("may not name %j", (method, issue) => {
    expect(issuesOfRule({ allowMethods: ["GET", method, "PUT"] })).toEqual([issue]);
  });
});

describe("allowHeaders", () => {
  it.each([
    [["*"]],
    [["*", "authorization"]],
    [["X-A", "x-a"]],
    [["content-type", "accept", "range"]],
    [["securely"]],
    [[]],
  ])("may be %j", (allowHeaders) => {
    expect(issuesOfRule({ allowHeaders })).toEqual([]);
  });

  it.each([
    ...["Accept-Charset", "Accept-Encoding", "Access-Control-Request-Headers", "Access-Control-Request-Method"],
    ...["Connection", "Content-Length", "Cookie", "Cookie2", "Date", "DNT", "Expect", "Host", "Keep-Alive", "Origin"],
    ...["Referer", "Set-Cookie", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via"],
    ...["Proxy-Authorization", "Sec-Fetch-Site", "cookie", "sec-"],
  ])("may not name %s, which only the browser sets", (found) => {
    expect(issuesOfRule({ allowHeaders: ["x-a", found] })).toEqual([
      { code: "header-forbidden", pointer: "/rules/0/allowHeaders/1", found },
    ]);
  });

  it.each([
    "Access-Control-Allow-Origin",
    "access-control-allow-credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
  ])("may not name %s, which belongs to responses", (found) => {
    expect(issuesOfRule({ allowHeaders: [found] })).toEqual([
      { code: "header-of-response", pointer: "/rules/0/allowHeaders/0", found },
    ]);
  });

  it.each(["", "x a", "x-a, x-b", "x-ä", "x-a:", "x\r\ny"])("may not name %j, which is no token", (found) => {
    expect(issuesOfRule({ allowHeaders: ["x-a", found] })).toEqual([
      { code: "header-invalid", pointer: "/rules/0/allowHeaders/1", found },
    ]);
  });
});

describe("exposeHeaders", () => {
  it.each([[["*"]], [["ETag", "x-a"]], [["content-length", "date"]], [[]]])("may be %j", (exposeHeaders) => {
    expect(issuesOfRule({ exposeHeaders })).toEqual([]);
    expect(issuesOfRule({ exposeHeaders, allowCredentials: true })).toEqual([]);
  });

  it.each<[string, string[], SuggestedIssue[]]>([
    [
      "set-cookie",
      ["etag", "set-cookie"],
      [{ code: "header-not-exposable", pointer: "/rules/0/exposeHeaders/1", found: "set-cookie" }],
    ],
    [
      "Set-Cookie in another case",
      ["Set-Cookie"],
      [{ code: "header-not-exposable", pointer: "/rules/0/exposeHeaders/0", found: "Set-Cookie" }],
    ],
    [
      "`*` beside names",
      ["etag", "*"],
      [{ code: "header-any-beside-names", pointer: "/rules/0/exposeHeaders/1", found: "*" }],
    ],
    [
      "`*` beside set-cookie",
      ["*", "set-cookie"],
      [
        { code: "header-any-beside-names", pointer: "/rules/0/exposeHeaders/0", found: "*" },
        { code: "header-not-exposable", pointer: "/rules/0/exposeHeaders/1", found: "set-cookie" },
      ],
    ],
    ["what is no token", ["e tag"], [{ code: "header-invalid", pointer: "/rules/0/exposeHeaders/0", found: "e tag" }]],
    ["what is empty", [""], [{ code: "header-invalid", pointer: "/rules/0/exposeHeaders/0", found: "" }]],
  ])("may not be %s", (_, exposeHeaders, issues) => {
    expect(issuesOfRule({ exposeHeaders })).toEqual(issues);
  });
});

describe("rule names", () => {
  it("may not be used twice", () => {
    const document = documentWith(
      { name: "a", paths: ["/1"] },
      { name: "b", paths: ["/2"] },
      { name: "a", paths: ["/3"] },
      { name: "a" },
    );
    expect(issuesOf(document)).toEqual([
      { code: "rule-name-duplicate", pointer: "/rules/2/name", found: "a" },
      { code: "rule-name-duplicate", pointer: "/rules/3/name", found: "a" },
    ]);
  });
});

it("rules without a name have no name in common", () => {
  const document = { rules: [{ paths: ["/1"], allowOrigins: [APP] }, { allowOrigins: [APP] }] };
  expect(issuesOf(document)).toEqual([
    { code: "field-missing", pointer: "/rules/0", expected: "name" },
    { code: "field-missing", pointer: "/rules/1", expected: "name" },
  ]);
});

describe("a rule that an earlier one covers", () => {
  it.each<[string, (string[] | undefined)[]]>([
    ["the same path", [["/a"], ["/a"]]],
    ["the default before the default", [undefined, undefined]],
    ["the default before any path", [undefined, ["/a/:x", "/b"]]],
    ["a rest before what is under it", [["/a/*"], ["/a", "/a/b", "/a/:x/*"]]],
    ["a parameter before a literal", [["/a/:x"], ["/a/b"]]],
    ["a `*` segment before a parameter", [["/a/*/c"], ["/a/:x/c"]]],
    [
      "one rule's two paths before two",
      [
        ["/a/*", "/b/*"],
        ["/a/x", "/b/y"],
      ],
    ],
  ])("is refused: %s", (_, [first, second]) => {
    const document = documentWith(
      { name: "one", ...(first && { paths: first }) },
      { name: "two", ...(second && { paths: second }) },
    );
    expect(issuesOf(document)).toEqual([
      { code: "rule-unreachable", pointer: "/rules/1", found: "two", expected: "one" },
    ]);
  });

  it("is told where the earlier one is, if it has no name", () => {
    expect(issuesOf({ rules: [{ allowOrigins: [APP] }, { name: "two", allowOrigins: [APP] }] })).toEqual([
      { code: "field-missing", pointer: "/rules/0", expected: "name" },
      { code: "rule-unreachable", pointer: "/rules/1", found: "two", expected: "/rules/0" },
    ]);
  });

  it("is told of the first rule that covers it", () => {
    const document = documentWith(
      { name: "one", paths: ["/b"] },
      { name: "two", paths: ["/a/*"] },
      { name: "three", paths: ["/a/:x/c", "/c/*"] },
      { name: "four", paths: ["/a/b"] },
      { name: "five" },
      { name: "six", paths: ["/a/c"] },
    );
    expect(issuesOf(document)).toEqual([
      { code: "rule-unreachable", pointer: "/rules/3", found: "four", expected: "two" },
      { code: "rule-unreachable", pointer: "/rules/5", found: "six", expected: "two" },
    ]);
  });

  it.each<[string, string[][]]>([
    ["a literal before a rest", [["/a/b"], ["/a/*"]]],
    ["a literal before a parameter", [["/a/b"], ["/a/:x"]]],
    ["one path of two", [["/a/*"], ["/a/b", "/c"]]],
    ["a path and the same with a rest", [["/a"], ["/a/*"]]],
    ["two rules that cover a path each", [["/a/*"], ["/b/*"], ["/a/x", "/b/y"]]],
    ["the root and everything", [["/"], ["/*"]]],
  ])("is only refused if one rule covers all its paths: %s", (_, paths) => {
    expect(issuesOf(documentWith(...paths.map((list) => ({ paths: list }))))).toEqual([]);
  });

  it("is not looked for where its own paths are wrong", () => {
    expect(issuesOf(documentWith({}, { paths: ["/a/"] }))).toEqual([
      { code: "path-with-empty-segment", pointer: "/rules/1/paths/0", found: "/a/", suggestion: "/a/*" },
    ]);
    expect(issuesOf(documentWith({ paths: ["/b"] }, { paths: ["/b", "/a/"] }))).toEqual([
      { code: "path-with-empty-segment", pointer: "/rules/1/paths/1", found: "/a/", suggestion: "/a/*" },
    ]);
  });
});

describe("paths", () => {
  it("may not be what no pattern is, each said with the right spelling", () => {
    expect(issuesOfRule({ paths: ["/ok", "v1", "/a/**", "/:"] })).toEqual([
      { code: "path-without-leading-slash", pointer: "/rules/0/paths/1", found: "v1", suggestion: "/v1" },
      { code: "path-with-double-star", pointer: "/rules/0/paths/2", found: "/a/**", suggestion: "/a/*" },
      { code: "path-parameter-invalid", pointer: "/rules/0/paths/3", found: "/:" },
    ]);
  });
});

describe.each([
  ["a document's upstream", "/upstream", (upstream: string) => ({ upstream, ...documentWith({}) })],
  ["a rule's upstream", "/rules/0/upstream", (upstream: string) => documentWith({ upstream })],
])("%s", (_, pointer, documentOf) => {
  it.each([
    "https://origin.example.net",
    "https://origin.example.net/",
    "https://origin.example.net:8443/prefix/",
    "HTTPS://Origin.example.net",
    "http://localhost:8788",
    "http://app.localhost",
    "http://127.0.0.1:8788",
    "http://127.9.9.9",
    "http://[::1]:8788",
    "https://origin.example.net/a//b@c",
  ])("may be %s", (upstream) => {
    expect(issuesOf(documentOf(upstream))).toEqual([]);
  });

  it.each<[string, Omit<SuggestedIssue, "pointer">[]]>([
    [
      "origin.example.net",
      [{ code: "upstream-invalid", found: "origin.example.net", suggestion: "https://origin.example.net" }],
    ],
    ["localhost:8788", [{ code: "upstream-invalid", found: "localhost:8788", suggestion: "https://localhost:8788" }]],
    [
      "//origin.example.net",
      [{ code: "upstream-invalid", found: "//origin.example.net", suggestion: "https://origin.example.net" }],
    ],
    ["", [{ code: "upstream-invalid", found: "" }]],
    ["https://", [{ code: "upstream-invalid", found: "https://" }]],
    ["ftp://origin.example.net", [{ code: "upstream-invalid", found: "ftp://origin.example.net" }]],
    ["ftp://a.example/http://b.example", [{ code: "upstream-invalid", found: "ftp://a.example/http://b.example" }]],
    ["ws://origin.example.net", [{ code: "upstream-invalid", found: "ws://origin.example.net" }]],
    ["https://origin.example.net:70000", [{ code: "upstream-invalid", found: "https://origin.example.net:70000" }]],
    ["https://origin.example.net?a=b", [{ code: "upstream-with-query", found: "https://origin.example.net?a=b" }]],
    ["https://origin.example.net/?", [{ code: "upstream-with-query", found: "https://origin.example.net/?" }]],
    ["https://origin.example.net#a", [{ code: "upstream-with-fragment", found: "https://origin.example.net#a" }]],
    ["https://origin.example.net/#", [{ code: "upstream-with-fragment", found: "https://origin.example.net/#" }]],
    ["https://origin.example.net/#?", [{ code: "upstream-with-fragment", found: "https://origin.example.net/#?" }]],
    [
      "https://origin.example.net/#ab?c",
      [{ code: "upstream-with-fragment", found: "https://origin.example.net/#ab?c" }],
    ],
    ["https:///user:pw@origin.example.net", [{ code: "upstream-with-user-info", found: "…@origin.example.net" }]],
    ["https://\t/user@origin.example.net", [{ code: "upstream-with-user-info", found: "…@origin.example.net" }]],
    ["https://@origin.example.net", [{ code: "upstream-with-user-info", found: "…@origin.example.net" }]],
    ["https://origin.example.net\\a@b", []],
    ["https://user@origin.example.net", [{ code: "upstream-with-user-info", found: "…@origin.example.net" }]],
    [
      "http://origin.example.net/api",
      [
        {
          code: "upstream-insecure",
          found: "http://origin.example.net/api",
          suggestion: "https://origin.example.net/api",
          expected: "insecure-upstream",
        },
      ],
    ],
    [
      "http://localhost.example.net",
      [
        {
          code: "upstream-insecure",
          found: "http://localhost.example.net",
          suggestion: "https://localhost.example.net",
          expected: "insecure-upstream",
        },
      ],
    ],
    [
      "http://10.0.0.1",
      [
        {
          code: "upstream-insecure",
          found: "http://10.0.0.1",
          suggestion: "https://10.0.0.1",
          expected: "insecure-upstream",
        },
      ],
    ],
  ])("may not be %j", (upstream, issues) => {
    expect(issuesOf(documentOf(upstream))).toEqual(issues.map((issue) => ({ ...issue, pointer })));
  });

  it("may be plain http where the document acknowledges it", () => {
    const document = { ...documentOf("http://origin.example.net"), dangerouslyAllow: ["insecure-upstream"] };
    expect(issuesOf(document)).toEqual([]);
  });

  it.each([
    "https://user:secret@origin.example.net",
    "https://:secret@origin.example.net",
    "https://user:secret@secret@origin.example.net",
    "https://user:sec/secret@origin.example.net",
    "http://user:secret@origin.example.net",
    "ftp://user:secret@origin.example.net",
    "https:/user:secret@origin.example.net",
    "user:secret@origin.example.net",
  ])("is refused without repeating its password, because issues are logged: %s", (upstream) => {
    const issues = issuesOf(documentOf(upstream));
    expect(issues.length).toBeGreaterThan(0);
    expect(JSON.stringify(issues)).not.toContain("secret");
  });
});

describe("suggestions", () => {
  const origins = fc.constantFrom(
    ...[
      "http://app.example.com",
      "http://*.example.com:8443",
      "http://a.example.com:*",
      "HTTP://a.example.com",
      "example.com",
    ],
    ...["https://example.com:0", "https://é.example", "http://127.1", "localhost:3000/", "*.example.com."],
  );
  const paths = fc.constantFrom("/a/", "a", "/a/**", "/a*", "/:a.b", "/é", "/a//b", "/./a", "/a?");
  const methods = fc.constantFrom("get", "Patch", "x-y");
  const upstreams = fc.constantFrom(
    "origin.example.net",
    "http://origin.example.net/a",
    "localhost:8788",
    "//a.example",
  );

  it("are accepted in the place of what they replace", () => {
    const rules = fc.record(
      { allowOrigins: fc.tuple(origins), paths: fc.tuple(paths), allowMethods: fc.tuple(methods), upstream: upstreams },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(rules, (rule) => {
        const document = documentWith({ ...rule, allowCredentials: true });
        for (const { pointer, suggestion } of issuesOf(document)) {
          if (suggestion === undefined) continue;
          const [, , , field = "", index] = pointer.split("/");
          const repaired = documentWith({
            ...rule,
            allowCredentials: true,
            dangerouslyAllow: ["insecure-origin"],
            [field]: index === undefined ? suggestion : [suggestion],
          });
          expect(issuesOf(repaired).filter((issue) => issue.pointer === pointer)).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
