import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diagnose } from "../../src/core/explain/diagnose.ts";
import { MAX_DOCUMENT_BYTES, parsePolicy } from "../../src/core/parse-policy.ts";
import { anyTexts } from "../support/arbitraries.ts";
import { APP, documentWith, suggested } from "../support/policies.ts";

function issuesOf(document: unknown): readonly object[] {
  const parsed = parsePolicy(JSON.stringify(document));
  return parsed.ok ? [] : parsed.issues.map(suggested);
}

describe("parsePolicy accepts", () => {
  it("the shortest document, and fills in every default", () => {
    expect(parsePolicy('{"rules":[{"name":"api","allowOrigins":["https://app.example.com"]}]}')).toStrictEqual({
      ok: true,
      document: {
        mode: "enforce",
        upstreamTimeout: 30,
        dangerouslyAllow: [],
        rules: [
          {
            name: "api",
            paths: ["/*"],
            allowOrigins: ["https://app.example.com"],
            allowMethods: ["GET", "HEAD", "POST"],
            allowHeaders: [],
            exposeHeaders: [],
            allowCredentials: false,
            maxAge: 7200,
            onDenied: "block",
            timingAllowOrigin: false,
            isolation: false,
            dangerouslyAllow: [],
          },
        ],
      },
    });
  });

  it("every field, and keeps it as written", () => {
    const document = {
      $schema: "./policy.schema.json",
      mode: "enforce",
      upstream: "https://origin.example.net/prefix",
      upstreamTimeout: 12.5,
      dangerouslyAllow: ["insecure-upstream"],
      rules: [
        {
          name: "orders",
          paths: ["/v1/orders/*", "/v1/orders-of/:customer"],
          allowOrigins: ["https://shop.example.com", "https://*.partners.example.com", "http://intranet.example.com"],
          allowMethods: ["GET", "PUT", "DELETE"],
          allowHeaders: ["Authorization", "content-type"],
          exposeHeaders: ["ETag"],
          allowCredentials: true,
          maxAge: 600,
          onDenied: "forward",
          upstream: "http://orders.example.net",
          timingAllowOrigin: true,
          resourcePolicy: "cross-origin",
          rateLimit: "RATE_LIMITER",
          isolation: true,
          dangerouslyAllow: ["insecure-origin", "public-suffix-wildcard", "null-origin"],
        },
      ],
    };
    expect(parsePolicy(JSON.stringify(document))).toEqual({ ok: true, document });
  });

  it.each([
    [
      "empty lists where they may be empty",
      { allowMethods: [], allowHeaders: [], exposeHeaders: [], dangerouslyAllow: [] },
    ],
    ["a rule name of one letter", { name: "a" }],
    ["a rule name of 64 characters", { name: `a${"-".repeat(62)}9` }],
    ["maxAge 0", { maxAge: 0 }],
    ["maxAge 86400", { maxAge: 86400 }],
    ["onDenied block", { onDenied: "block" }],
    ["resourcePolicy same-origin", { resourcePolicy: "same-origin" }],
    ["resourcePolicy same-site", { resourcePolicy: "same-site" }],
    ["an origin with an end", { allowOrigins: [{ origin: APP, expires: "2027-01-31", owner: "growth", note: "…" }] }],
    ["an origin as an entry without an end", { allowOrigins: [{ origin: APP }] }],
  ])("%s", (_, rule) => {
    expect(issuesOf(documentWith(rule))).toEqual([]);
  });

  it.each([
    ["upstreamTimeout 1", { upstreamTimeout: 1 }],
    ["upstreamTimeout 300", { upstreamTimeout: 300 }],
    ["an empty dangerouslyAllow", { dangerouslyAllow: [] }],
    ["the mode report-only", { mode: "report-only" }],
  ])("%s", (_, fields) => {
    expect(issuesOf({ ...fields, ...documentWith({}) })).toEqual([]);
  });
});

describe("parsePolicy refuses what is no document:", () => {
  it.each(["", " ", "{", "undefined", "{'rules': []}", '{"rules": [],}', "// comment\n{}", "\ufeff{}"])(
    "%j",
    (text) => {
      expect(parsePolicy(text)).toEqual({
        ok: false,
        issues: [{ code: "document-not-json", pointer: "", found: expect.any(String) }],
      });
    },
  );

  it.each(["null", "1", '"x"', "true"])("%s", (text) => {
    expect(parsePolicy(text)).toMatchObject({
      ok: false,
      issues: [{ code: "wrong-type", pointer: "", expected: "object" }],
    });
  });

  it("a list", () => {
    expect(issuesOf([])).toContainEqual({ code: "wrong-type", pointer: "", expected: "object" });
  });

  it("without quoting more than 400 characters of it", () => {
    const parsed = parsePolicy(`{"rules":[{"name":"${"x".repeat(5000)}`);
    expect(JSON.stringify(parsed).length).toBeLessThan(600);
  });
});

describe("parsePolicy parses up to 8 MiB", () => {
  const MOST = 8 * 1024 * 1024;

  /** A usable document that takes exactly so many bytes of UTF-8. */
  function documentOf(bytes: number, filler: string): string {
    const text = JSON.stringify({ $schema: "", ...documentWith({}) });
    const width = new TextEncoder().encode(filler).length;
    const room = bytes - text.length;
    const padding = filler.repeat(Math.floor(room / width)) + "x".repeat(room % width);
    return text.replace('"$schema":""', `"$schema":"${padding}"`);
  }

  it.each([
    ["of one byte each", "x"],
    ["of two", "é"],
    ["of three", "語"],
    ["of four", "😀"],
  ])("in characters %s", (_, filler) => {
    expect(MAX_DOCUMENT_BYTES).toBe(MOST);
    const text = documentOf(MOST, filler);
    expect(new TextEncoder().encode(text).length).toBe(MOST);
    expect(parsePolicy(text).ok).toBe(true);
    expect(parsePolicy(`${text} `)).toEqual({
      ok: false,
      issues: [{ code: "document-too-large", pointer: "", expected: "at most 8388608 bytes" }],
    });
  });
});

describe("parsePolicy refuses a document", () => {
  it.each<[string, object, object[]]>([
    ["without rules", {}, [{ code: "field-missing", pointer: "", expected: "rules" }]],
    ["with no rule", { rules: [] }, [{ code: "list-empty", pointer: "/rules" }]],
    ["with rules that are no list", { rules: {} }, [{ code: "wrong-type", pointer: "/rules", expected: "array" }]],
    [
      "with rules that are no objects",
      { rules: ["x", 1, null] },
      [
        { code: "wrong-type", pointer: "/rules/0", found: "x", expected: "object" },
        { code: "wrong-type", pointer: "/rules/1", found: 1, expected: "object" },
        { code: "wrong-type", pointer: "/rules/2", expected: "object" },
      ],
    ],
    [
      "with an empty rule",
      { rules: [{}] },
      [
        { code: "field-missing", pointer: "/rules/0", expected: "name" },
        { code: "field-missing", pointer: "/rules/0", expected: "allowOrigins" },
      ],
    ],
    [
      "in a mode that there is not",
      { mode: "off", ...documentWith({}) },
      [{ code: "value-unknown", pointer: "/mode", found: "off", expected: '"enforce" or "report-only"' }],
    ],
    [
      "with fields of the wrong type",
      {
        $schema: 1,
        mode: 2,
        upstream: null,
        upstreamTimeout: "30",
        dangerouslyAllow: "insecure-upstream",
        ...documentWith({}),
      },
      [
        { code: "wrong-type", pointer: "/$schema", found: 1, expected: "string" },
        { code: "value-unknown", pointer: "/mode", found: 2, expected: expect.any(String) },
        { code: "wrong-type", pointer: "/upstream", expected: "string" },
        { code: "wrong-type", pointer: "/upstreamTimeout", found: "30", expected: "number" },
        { code: "wrong-type", pointer: "/dangerouslyAllow", found: "insecure-upstream", expected: "array" },
      ],
    ],
    [
      "that waits less than a second for its upstream",
      { upstreamTimeout: 0.5, ...documentWith({}) },
      [{ code: "number-out-of-range", pointer: "/upstreamTimeout", found: 0.5, expected: "1 to 300" }],
    ],
    [
      "that waits more than 300 seconds for its upstream",
      { upstreamTimeout: 301, ...documentWith({}) },
      [{ code: "number-out-of-range", pointer: "/upstreamTimeout", found: 301, expected: "1 to 300" }],
    ],
    [
      "that acknowledges a rule's danger, or one that there is not",
      { dangerouslyAllow: ["null-origin", "everything"], ...documentWith({}) },
      [
        { code: "value-unknown", pointer: "/dangerouslyAllow/0", found: "null-origin", expected: expect.any(String) },
        { code: "value-unknown", pointer: "/dangerouslyAllow/1", found: "everything", expected: expect.any(String) },
      ],
    ],
    [
      "with unknown fields, those without a likeness among them",
      { Upstream: "https://x.example", rule: [], "a/b~c": 1, ...documentWith({}) },
      [
        { code: "field-unknown", pointer: "/Upstream", found: "Upstream", suggestion: "upstream" },
        { code: "field-unknown", pointer: "/rule", found: "rule", suggestion: "rules" },
        { code: "field-unknown", pointer: "/a~1b~0c", found: "a/b~c" },
      ],
    ],
  ])("%s", (_, document, issues) => {
    expect(issuesOf(document)).toEqual(issues);
  });

  it("and says which fields there are", () => {
    const parsed = parsePolicy(JSON.stringify({ ...documentWith({}), rule: 1 }));
    expect(parsed.ok ? [] : parsed.issues).toEqual([
      {
        code: "field-unknown",
        pointer: "/rule",
        found: "rule",
        expected: "$schema mode upstream upstreamTimeout dangerouslyAllow rules",
      },
    ]);
  });

  it("with a field that objects inherit", () => {
    expect(parsePolicy(`{"__proto__":{},"constructor":1,${JSON.stringify(documentWith({})).slice(1)}`)).toEqual({
      ok: false,
      issues: [
        { code: "field-unknown", pointer: "/__proto__", found: "__proto__", expected: expect.any(String) },
        { code: "field-unknown", pointer: "/constructor", found: "constructor", expected: expect.any(String) },
      ],
    });
  });
});

describe("parsePolicy refuses a rule", () => {
  it.each<[string, object, object[]]>([
    ["with no path", { paths: [] }, [{ code: "list-empty", pointer: "/rules/0/paths" }]],
    ["with no origin", { allowOrigins: [] }, [{ code: "list-empty", pointer: "/rules/0/allowOrigins" }]],
    [
      "with a maxAge below 0",
      { maxAge: -1 },
      [{ code: "number-out-of-range", pointer: "/rules/0/maxAge", found: -1, expected: "a whole number, 0 to 86400" }],
    ],
    [
      "with a maxAge over a day",
      { maxAge: 86401 },
      [
        {
          code: "number-out-of-range",
          pointer: "/rules/0/maxAge",
          found: 86401,
          expected: "a whole number, 0 to 86400",
        },
      ],
    ],
    [
      "with a maxAge that is no whole number",
      { maxAge: 1.5 },
      [{ code: "number-out-of-range", pointer: "/rules/0/maxAge", found: 1.5, expected: "a whole number, 0 to 86400" }],
    ],
    [
      "with fields of the wrong type",
      {
        paths: "/*",
        allowMethods: "GET",
        allowCredentials: "true",
        maxAge: "600",
        timingAllowOrigin: 1,
        upstream: 8080,
      },
      [
        { code: "wrong-type", pointer: "/rules/0/paths", found: "/*", expected: "array" },
        { code: "wrong-type", pointer: "/rules/0/allowMethods", found: "GET", expected: "array" },
        { code: "wrong-type", pointer: "/rules/0/allowCredentials", found: "true", expected: "boolean" },
        { code: "wrong-type", pointer: "/rules/0/maxAge", found: "600", expected: "number" },
        { code: "wrong-type", pointer: "/rules/0/timingAllowOrigin", found: 1, expected: "boolean" },
        { code: "wrong-type", pointer: "/rules/0/upstream", found: 8080, expected: "string" },
      ],
    ],
    [
      "with elements of the wrong type",
      { allowOrigins: [APP, 7], allowMethods: [null], allowHeaders: [["x-a"]], exposeHeaders: [{}] },
      [
        { code: "wrong-type", pointer: "/rules/0/allowOrigins/1", found: 7, expected: "string or object" },
        { code: "wrong-type", pointer: "/rules/0/allowMethods/0", expected: "string" },
        { code: "wrong-type", pointer: "/rules/0/allowHeaders/0", expected: "string" },
        { code: "wrong-type", pointer: "/rules/0/exposeHeaders/0", expected: "string" },
      ],
    ],
    [
      "with values that there are not",
      { onDenied: "allow", resourcePolicy: "none", dangerouslyAllow: ["insecure-upstream", "null-origin"] },
      [
        { code: "value-unknown", pointer: "/rules/0/onDenied", found: "allow", expected: expect.any(String) },
        { code: "value-unknown", pointer: "/rules/0/resourcePolicy", found: "none", expected: expect.any(String) },
        {
          code: "value-unknown",
          pointer: "/rules/0/dangerouslyAllow/0",
          found: "insecure-upstream",
          expected: expect.any(String),
        },
      ],
    ],
    [
      "with an origin in an entry that is wrong",
      {
        allowOrigins: [
          {},
          { origin: 7, owner: 8, note: null },
          { origin: "https://Trial.example.org", expires: "tomorrow", Owner: "growth" },
          [],
        ],
      },
      [
        { code: "field-missing", pointer: "/rules/0/allowOrigins/0", expected: "origin" },
        { code: "wrong-type", pointer: "/rules/0/allowOrigins/1/origin", found: 7, expected: "string" },
        { code: "wrong-type", pointer: "/rules/0/allowOrigins/1/owner", found: 8, expected: "string" },
        { code: "wrong-type", pointer: "/rules/0/allowOrigins/1/note", expected: "string" },
        {
          code: "origin-upper-case",
          pointer: "/rules/0/allowOrigins/2/origin",
          found: "https://Trial.example.org",
          suggestion: "https://trial.example.org",
        },
        {
          code: "date-invalid",
          pointer: "/rules/0/allowOrigins/2/expires",
          found: "tomorrow",
          expected: expect.any(String),
        },
        { code: "field-unknown", pointer: "/rules/0/allowOrigins/2/Owner", found: "Owner", suggestion: "owner" },
        { code: "wrong-type", pointer: "/rules/0/allowOrigins/3", expected: expect.any(String) },
      ],
    ],
    [
      "with a huge list that is misnamed, or an origin too",
      { allowOrigins: [{ list: "Customers" }, { list: "customers", origin: "https://a.example" }] },
      [
        {
          code: "name-invalid",
          pointer: "/rules/0/allowOrigins/0/list",
          found: "Customers",
          expected: "^[a-z][a-z0-9-]{0,63}$",
        },
        { code: "field-unknown", pointer: "/rules/0/allowOrigins/1/list", found: "list" },
      ],
    ],
    [
      "with a rate limit that no binding can be called",
      { rateLimit: "rate limiter" },
      [
        {
          code: "name-invalid",
          pointer: "/rules/0/rateLimit",
          found: "rate limiter",
          expected: "^[A-Za-z_]\\w{0,63}$",
        },
      ],
    ],
    [
      "with fields spelled in other ways",
      { allowedOrigins: [], allow_methods: [], "expose-headers": [], MaxAge: 1, path: "/", allowCredential: true },
      [
        {
          code: "field-unknown",
          pointer: "/rules/0/allowedOrigins",
          found: "allowedOrigins",
          suggestion: "allowOrigins",
        },
        {
          code: "field-unknown",
          pointer: "/rules/0/allow_methods",
          found: "allow_methods",
          suggestion: "allowMethods",
        },
        {
          code: "field-unknown",
          pointer: "/rules/0/expose-headers",
          found: "expose-headers",
          suggestion: "exposeHeaders",
        },
        { code: "field-unknown", pointer: "/rules/0/MaxAge", found: "MaxAge", suggestion: "maxAge" },
        { code: "field-unknown", pointer: "/rules/0/path", found: "path", suggestion: "paths" },
        {
          code: "field-unknown",
          pointer: "/rules/0/allowCredential",
          found: "allowCredential",
          suggestion: "allowCredentials",
        },
      ],
    ],
    [
      "with a document's field",
      { mode: "enforce", upstreamTimeout: 3 },
      [
        { code: "field-unknown", pointer: "/rules/0/mode", found: "mode" },
        { code: "field-unknown", pointer: "/rules/0/upstreamTimeout", found: "upstreamTimeout" },
      ],
    ],
  ])("%s", (_, rule, issues) => {
    expect(issuesOf(documentWith(rule))).toEqual(issues);
  });

  it.each(["", "Orders", "1st", "-a", "a_b", "a b", "a.b", "ä", "a\n", "a".repeat(65)])("by the name %j", (name) => {
    expect(issuesOf(documentWith({ name }))).toEqual([
      { code: "name-invalid", pointer: "/rules/0/name", found: name, expected: "^[a-z][a-z0-9-]{0,63}$" },
    ]);
  });

  it("and quotes 400 characters whole", () => {
    expect(issuesOf(documentWith({ name: "x".repeat(400) }))).toMatchObject([{ found: "x".repeat(400) }]);
  });

  it("and quotes no more than 400 characters", () => {
    expect(issuesOf(documentWith({ name: "x".repeat(1000) }))).toEqual([
      {
        code: "name-invalid",
        pointer: "/rules/0/name",
        found: `${"x".repeat(400)}…`,
        expected: "^[a-z][a-z0-9-]{0,63}$",
      },
    ]);
  });
});

describe("parsePolicy reports all issues at once", () => {
  it("an object before its fields, whichever was looked at first", () => {
    const wrongPaths = { paths: 7, allowMethods: [] };
    expect(issuesOf({ rules: [wrongPaths] })).toEqual([
      { code: "field-missing", pointer: "/rules/0", expected: "name" },
      { code: "field-missing", pointer: "/rules/0", expected: "allowOrigins" },
      { code: "wrong-type", pointer: "/rules/0/paths", found: 7, expected: "array" },
    ]);
    expect(issuesOf(documentWith({ allowOrigins: [{ Note: "x" }] }))).toEqual([
      { code: "field-missing", pointer: "/rules/0/allowOrigins/0", expected: "origin" },
      { code: "field-unknown", pointer: "/rules/0/allowOrigins/0/Note", found: "Note", suggestion: "note" },
    ]);
  });

  it("each with what is known of it, and nothing else", () => {
    expect(parsePolicy(JSON.stringify(documentWith({ allowOrigins: ["x"] })))).toStrictEqual({
      ok: false,
      issues: [{ code: "origin-invalid", pointer: "/rules/0/allowOrigins/0", found: "x" }],
    });
  });

  it("in document order, whatever kind they are of", () => {
    const text = `{
      "surprise": 1,
      "rules": [
        {
          "maxAge": 86401,
          "allowOrigins": ["*", "https://App.example.com", 7, "https://example.com/"],
          "surprise": 2,
          "allowCredentials": true,
          "paths": ["v1", "/v1/"],
          "name": "Orders",
          "exposeHeaders": ["set-cookie", "*"],
          "allowMethods": ["get", "TRACE", "A B"],
          "allowHeaders": ["cookie", "access-control-allow-origin", "x y"],
          "onDenied": "ignore",
          "upstream": "ftp://x"
        },
        { "paths": ["/*"], "allowOrigins": [] },
        { "name": "a", "allowOrigins": ["null"], "paths": ["/a", "/b/*"] }
      ],
      "upstreamTimeout": 0,
      "upstream": "http://user:secret@intranet.example/?a#b"
    }`;
    const parsed = parsePolicy(text);
    expect(parsed.ok ? [] : parsed.issues.map(diagnose).map(({ code, pointer }) => `${pointer} ${code}`)).toEqual([
      "/surprise field-unknown",
      "/rules/0/maxAge number-out-of-range",
      "/rules/0/allowOrigins/0 origin-any-beside-others",
      "/rules/0/allowOrigins/0 origin-any-with-credentials",
      "/rules/0/allowOrigins/1 origin-upper-case",
      "/rules/0/allowOrigins/2 wrong-type",
      "/rules/0/allowOrigins/3 origin-with-path",
      "/rules/0/surprise field-unknown",
      "/rules/0/paths/0 path-without-leading-slash",
      "/rules/0/paths/1 path-with-empty-segment",
      "/rules/0/name name-invalid",
      "/rules/0/exposeHeaders/0 header-not-exposable",
      "/rules/0/exposeHeaders/1 header-any-beside-names",
      "/rules/0/allowMethods/0 method-lower-case",
      "/rules/0/allowMethods/1 method-forbidden",
      "/rules/0/allowMethods/2 method-invalid",
      "/rules/0/allowHeaders/0 header-forbidden",
      "/rules/0/allowHeaders/1 header-of-response",
      "/rules/0/allowHeaders/2 header-invalid",
      "/rules/0/onDenied value-unknown",
      "/rules/0/upstream upstream-invalid",
      "/rules/1 field-missing",
      "/rules/1/allowOrigins list-empty",
      "/rules/2 rule-unreachable",
      "/rules/2/allowOrigins/0 origin-null",
      "/upstreamTimeout number-out-of-range",
      "/upstream upstream-with-user-info",
      "/upstream upstream-with-fragment",
      "/upstream upstream-with-query",
      "/upstream upstream-insecure",
    ]);
  });

  it("of many rules by their number, not by its spelling", () => {
    const rules = Array.from({ length: 12 }, (_, index) => ({ name: `r-${index}`, paths: [`/${index}/`] }));
    expect(issuesOf(documentWith(...rules))).toEqual(
      rules.map((_, index) => ({
        code: "path-with-empty-segment",
        pointer: `/rules/${index}/paths/0`,
        found: `/${index}/`,
        suggestion: `/${index}/*`,
      })),
    );
  });

  // Garbage in KV must not keep an isolate from its requests.
  it.each([
    ["unknown fields", Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`x${index}`, 1]))],
    ["bad origins", documentWith({ allowOrigins: Array(3000).fill("HTTPS://example.com/") })],
    ["rules", documentWith(...Array(3000).fill({ name: "X", paths: [""], allowMethods: ["get"] }))],
  ])("of thousands of %s without taking long", (_, document) => {
    const text = JSON.stringify(document);
    expect(parsePolicy(text).ok).toBe(false);
  });
});

describe("parsePolicy never throws", () => {
  it("over a rule's name that cannot become a text", () => {
    const covered = documentWith({ name: { toString: null } }, { name: "b" });
    expect(issuesOf(covered).map((issue) => ({ ...issue, expected: undefined }))).toEqual([
      { code: "wrong-type", pointer: "/rules/0/name", expected: undefined },
      { code: "rule-unreachable", pointer: "/rules/1", found: "b", expected: undefined },
    ]);
  });

  it.each([
    ["lists", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["objects", `${'{"rules":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["lists in a rule", `{"rules":[{"name":${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`],
  ])("over deeply nested %s", (_, text) => {
    expect(parsePolicy(text).ok).toBe(false);
  });

  it("whatever the text", () => {
    fc.assert(
      fc.property(anyTexts, (text) => {
        expect(parsePolicy(text).ok).toBe(false);
      }),
    );
  });

  it("whatever the JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed = parsePolicy(JSON.stringify(value));
        expect(parsed).toMatchObject({ ok: false, issues: expect.arrayContaining([expect.any(Object)]) });
      }),
      { numRuns: 500 },
    );
  });

  const FULL = {
    $schema: "s",
    mode: "enforce",
    upstream: "https://origin.example.net",
    upstreamTimeout: 30,
    dangerouslyAllow: ["insecure-upstream"],
    ...documentWith(
      {
        paths: ["/v1/*"],
        allowMethods: ["GET", "PUT"],
        allowHeaders: ["x-a"],
        exposeHeaders: ["etag"],
        allowCredentials: true,
        maxAge: 600,
        onDenied: "forward",
        upstream: "https://rule.example.net",
        timingAllowOrigin: true,
        resourcePolicy: "same-site",
        dangerouslyAllow: ["null-origin"],
      },
      { paths: ["/v2/:id", "/v3"], allowOrigins: ["*"] },
      { allowOrigins: ["https://*.example.com", "http://localhost:*"] },
    ),
  };

  /** Every place of a JSON value, as the keys that lead there. */
  function placesOf(value: unknown): (string | number)[][] {
    if (typeof value !== "object" || value === null) return [[]];
    const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
    return [[], ...entries.flatMap(([key, inner]) => placesOf(inner).map((place) => [key, ...place]))];
  }

  function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
    if (key === undefined) return by;
    const copy: Record<string | number, unknown> = Array.isArray(value)
      ? ([...value] as unknown as Record<number, unknown>)
      : { ...(value as Record<string, unknown>) };
    copy[key] = replaced(copy[key], rest, by);
    return copy;
  }

  const awkward = fc.oneof(
    fc.jsonValue(),
    anyTexts,
    fc.constantFrom<unknown>(null, [], {}, "*", "null", "", 0, -1, 1e21, true, [[]], { toString: null }, { name: "x" }),
    fc.constantFrom<unknown>(undefined, FULL, FULL.rules, FULL.rules[0], { __proto__: null, valueOf: 1, toString: 1 }),
  );
  const mutations = fc.array(fc.tuple(fc.constantFrom(...placesOf(FULL)), awkward), { minLength: 1, maxLength: 3 });

  it("whatever is wrong with a document, and says where", () => {
    expect(parsePolicy(JSON.stringify(FULL)).ok).toBe(true);
    fc.assert(
      fc.property(mutations, (changes) => {
        // The longest place first: no change can remove the place of a later one.
        const ordered = changes.toSorted(([a], [b]) => b.length - a.length);
        const document = ordered.reduce<unknown>((value, [place, by]) => replaced(value, place, by), FULL);
        const parsed = parsePolicy(JSON.stringify(document) ?? "");
        if (parsed.ok) return;
        expect(parsed.issues.length).toBeGreaterThan(0);
        for (const { pointer } of parsed.issues) expect(pointer).toMatch(/^(?:\/.*)?$/s);
      }),
      { numRuns: 1500 },
    );
  });
});
