/** The model itself, clause by clause. That browsers do the same is shown by test/browser/model-replay.test.ts. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  converse,
  fetchAsPage,
  openWebSocket,
  type PageFetch,
  type Sent,
} from "../support/browser-model/browser-model.ts";
import {
  type Answer,
  extractList,
  judgePreflight,
  passesCorsCheck,
  passesResourcePolicyCheck,
  passesTimingCheck,
  type Verdict,
} from "../support/browser-model/checks.ts";
import {
  isForbiddenHeader,
  isSafelistedHeader,
  normalizeMethod,
  unsafeHeaderNames,
} from "../support/browser-model/names.ts";
import { PreflightCache } from "../support/browser-model/preflight-cache.ts";

const PAGE = "https://foo.test";
const API = "https://bar.test/";

type Fields = Readonly<Record<string, string>>;

function answered(fields: Fields, status = 200): Answer {
  return { status, headers: Object.entries(fields) };
}

const OPEN = { "access-control-allow-origin": PAGE };
const CREDENTIALS = { "access-control-allow-credentials": "true" };

function asked(page: Partial<PageFetch> = {}): PageFetch {
  return { origin: PAGE, url: API, method: "GET", headers: [], mode: "cors", credentials: "omit", ...page };
}

/** A fetch against answers in turn; the last one is given for ever. */
function fetched(page: Partial<PageFetch>, answers: readonly Answer[], cache?: PreflightCache) {
  const sent: Sent[] = [];
  const verdict: Verdict = converse(fetchAsPage(asked(page), cache), (request) => {
    sent.push(request);
    return answers[Math.min(sent.length, answers.length) - 1] ?? answered({});
  });
  return { verdict, sent, lines: sent.map(({ method, url }) => `${method} ${url}`) };
}

it("the model imports nothing but itself", () => {
  const folder = new URL("../support/browser-model/", import.meta.url);
  for (const file of readdirSync(folder)) {
    const imports = [...readFileSync(new URL(file, folder), "utf8").matchAll(/from "([^"]+)"/g)].map(
      ([, path]) => path,
    );
    for (const path of imports) expect(path).toMatch(/^\.\/[a-z-]+\.ts$/);
  }
  const meaning = readFileSync(new URL("../support/policy-meaning.ts", import.meta.url), "utf8");
  expect(meaning).not.toContain("import ");
});

describe("passesCorsCheck", () => {
  // The table of https://fetch.spec.whatwg.org/#cors-protocol-and-credentials
  it.each<[credentials: "omit" | "include", origin: string, allowed: string | undefined, shared: boolean]>([
    ["omit", "*", undefined, true],
    ["omit", "*", "true", true],
    ["omit", "https://rabbit.invalid/", undefined, false],
    ["omit", "https://rabbit.invalid", undefined, true],
    ["include", "*", "true", false],
    ["include", "https://rabbit.invalid", "true", true],
    ["include", "https://rabbit.invalid", "True", false],
    ["include", "https://rabbit.invalid", undefined, false],
    ["omit", "null", undefined, false],
    ["omit", "https://rabbit.invalid, https://rabbit.invalid", undefined, false],
    ["omit", "HTTPS://rabbit.invalid", undefined, false],
  ])(
    "with credentials mode %s, allow-origin %s and allow-credentials %s: %s",
    (credentials, origin, allowed, shared) => {
      const fields = {
        "access-control-allow-origin": origin,
        ...(allowed !== undefined && { "access-control-allow-credentials": allowed }),
      };
      expect(passesCorsCheck("https://rabbit.invalid", credentials === "include", answered(fields))).toBe(shared);
    },
  );

  it("fails without the field, and with two lines of it", () => {
    expect(passesCorsCheck(PAGE, false, answered({}))).toBe(false);
    const twice = {
      status: 200,
      headers: [
        ["Access-Control-Allow-Origin", PAGE],
        ["access-control-allow-origin", PAGE],
      ] as const,
    };
    expect(passesCorsCheck(PAGE, false, twice)).toBe(false);
  });
});

it.each([
  ["put", "PUT"],
  ["Get", "GET"],
  ["patch", "patch"],
  ["query", "query"],
])("normalizeMethod of %s is %s", (method, normalized) => {
  expect(normalizeMethod(method)).toBe(normalized);
});

it.each([
  ["Cookie", "a=b", true],
  ["sec-fetch-site", "none", true],
  ["X-HTTP-Method-Override", "put, TRACE", true],
  ["x-method-override", "PUT", false],
  ["authorization", "Bearer t", false],
])("isForbiddenHeader of %s: %s is %s", (name, value, forbidden) => {
  expect(isForbiddenHeader(name, value)).toBe(forbidden);
});

it.each([
  ["Accept", "text/html", true],
  ["accept", "(x)", false],
  ["accept", "a".repeat(128), true],
  ["accept", "a".repeat(129), false],
  ["accept-language", "de, en;q=0.5", true],
  ["content-language", "de_DE", false],
  ["content-type", "text/plain; charset=utf-8", true],
  ["content-type", "TEXT/PLAIN", true],
  ["content-type", "application/json", false],
  ["content-type", 'text/plain; x="y"', false],
  ["range", "bytes=0-", true],
  ["range", "bytes=5-4", false],
  ["range", "bytes=-5", false],
  ["x-a", "1", false],
])("isSafelistedHeader of %s: %s is %s", (name, value, safelisted) => {
  expect(isSafelistedHeader(name, value)).toBe(safelisted);
});

it("unsafeHeaderNames are lower-case, sorted, each once, and all of them beyond 1024 bytes", () => {
  expect(
    unsafeHeaderNames([
      ["X-B", "1"],
      ["accept", "a"],
      ["X-A", "1"],
      ["x-b", "2"],
    ]),
  ).toEqual(["x-a", "x-b"]);
  const long: [string, string][] = Array.from({ length: 9 }, () => ["accept", "a".repeat(120)]);
  expect(unsafeHeaderNames(long)).toEqual(["accept"]);
  expect(unsafeHeaderNames(long.slice(1))).toEqual([]);
});

it.each<[string | undefined, readonly string[] | null | "failure"]>([
  [undefined, null],
  ["", []],
  ["GET ,, PUT", ["GET", "PUT"]],
  ["GET PUT", "failure"],
  ["{}", "failure"],
])("extractList of %j is %j", (value, list) => {
  expect(
    extractList(
      answered(value === undefined ? {} : { "access-control-allow-methods": value }),
      "access-control-allow-methods",
    ),
  ).toEqual(list);
});

describe("judgePreflight", () => {
  const methods = (value: string) => ({ "access-control-allow-methods": value });
  const headers = (value: string) => ({ "access-control-allow-headers": value });

  it.each<[string, Fields, number, boolean, string, string[], Verdict | undefined]>([
    ["goes on for a method listed", methods("PUT"), 204, false, "PUT", [], undefined],
    ["goes on for a safelisted method, listed or not", {}, 299, false, "POST", [], undefined],
    ["goes on for `*`", { ...methods("*"), ...headers("*") }, 200, false, "PUT", ["x-a"], undefined],
    ["goes on for a header listed in any case", headers("X-A"), 200, false, "GET", ["x-a"], undefined],
    ["stops at a status that is not ok", {}, 304, false, "GET", [], { kind: "error", step: "preflight-status" }],
    ["stops at a redirect", {}, 302, false, "GET", [], { kind: "error", step: "preflight-status" }],
    [
      "stops at a list that is none",
      methods("PUT;"),
      200,
      false,
      "GET",
      [],
      { kind: "error", step: "preflight-lists" },
    ],
    [
      "stops at a method in another case",
      methods("put"),
      200,
      false,
      "PUT",
      [],
      { kind: "error", step: "preflight-method", culprit: "PUT" },
    ],
    [
      "takes `*` for itself with credentials",
      { ...CREDENTIALS, ...methods("*") },
      200,
      true,
      "PUT",
      [],
      { kind: "error", step: "preflight-method", culprit: "PUT" },
    ],
    [
      "stops at a header not listed",
      headers("x-b"),
      200,
      false,
      "GET",
      ["x-a"],
      { kind: "error", step: "preflight-header", culprit: "x-a" },
    ],
    [
      "never takes `*` for authorization",
      headers("*"),
      200,
      false,
      "GET",
      ["authorization"],
      { kind: "error", step: "preflight-header", culprit: "authorization" },
    ],
    ["takes authorization beside `*`", headers("*, Authorization"), 200, false, "GET", ["authorization"], undefined],
  ])("%s", (_, fields, status, isCredentialed, method, names, expected) => {
    const lines = names.map((line) => [line, "1"] as const);
    const verdict = judgePreflight(
      { origin: PAGE, isCredentialed },
      method,
      lines,
      answered({ ...OPEN, ...fields }, status),
    );
    expect(verdict).toEqual(expected);
  });
});

describe("fetchAsPage", () => {
  it("asks first for an unsafe method and names, sorted and joined without a space", () => {
    const { sent, verdict } = fetched(
      {
        method: "put",
        headers: [
          ["X-B", "1"],
          ["X-A", "1"],
        ],
      },
      [
        answered({ ...OPEN, "access-control-allow-methods": "PUT", "access-control-allow-headers": "x-a, x-b" }),
        answered(OPEN),
      ],
    );
    expect(sent[0]).toEqual({
      isPreflight: true,
      method: "OPTIONS",
      url: API,
      headers: [
        ["accept", "*/*"],
        ["access-control-request-method", "PUT"],
        ["access-control-request-headers", "x-a,x-b"],
        ["origin", PAGE],
      ],
      hasCredentials: false,
    });
    expect(sent[1]).toMatchObject({
      method: "PUT",
      headers: [
        ["origin", PAGE],
        ["x-b", "1"],
        ["x-a", "1"],
      ],
    });
    expect(verdict).toMatchObject({ kind: "read", status: 200 });
  });

  it("sends nothing after a preflight that fails, nor for a forbidden method", () => {
    expect(fetched({ method: "PUT" }, [answered(OPEN)]).lines).toEqual([`OPTIONS ${API}`]);
    expect(fetched({ method: "trace" }, [answered(OPEN)])).toMatchObject({ sent: [], verdict: { step: "method" } });
  });

  it("reads any status where the CORS check passes, and nothing where it fails", () => {
    expect(fetched({}, [answered(OPEN, 500)]).verdict).toMatchObject({ kind: "read", status: 500 });
    expect(fetched({}, [answered({})]).verdict).toEqual({ kind: "error", step: "cors-check" });
  });

  it("sends no origin and checks nothing on the page's own origin", () => {
    const { verdict, sent } = fetched({ url: `${PAGE}/x`, credentials: "same-origin" }, [
      answered({ "set-cookie": "a", "x-a": "1" }),
    ]);
    expect(verdict).toEqual({ kind: "read", url: `${PAGE}/x`, status: 200, names: ["x-a"] });
    expect(sent).toMatchObject([{ headers: [], hasCredentials: true }]);
    expect(fetched({ url: `${PAGE}/x`, method: "PUT" }, [answered({})]).sent).toMatchObject([
      { headers: [["origin", PAGE]] },
    ]);
  });

  it("lets script read the safelisted names and those exposed, `*` without credentials alone", () => {
    const own = { ...OPEN, ...CREDENTIALS, "content-type": "a/b", etag: "1", "x-a": "1", "set-cookie": "a=b" };
    const namesOf = (exposed: string, credentials: PageFetch["credentials"] = "omit") => {
      const { verdict } = fetched({ credentials }, [answered({ ...own, "access-control-expose-headers": exposed })]);
      return verdict.kind === "read" ? verdict.names : verdict;
    };
    expect(namesOf("")).toEqual(["content-type"]);
    expect(namesOf("ETag, set-cookie, x-none")).toEqual(["content-type", "etag"]);
    expect(namesOf("*")).toEqual([
      "access-control-allow-credentials",
      "access-control-allow-origin",
      "access-control-expose-headers",
      "content-type",
      "etag",
      "x-a",
    ]);
    expect(namesOf("*", "include")).toEqual(["content-type"]);
    expect(namesOf("etag x-a")).toEqual(["content-type"]);
  });

  it("tells script nothing in mode no-cors, sends an origin with POST alone, and drops other headers", () => {
    const page = {
      mode: "no-cors",
      headers: [
        ["x-a", "1"],
        ["accept", "a/b"],
        ["range", "bytes=0-1"],
      ],
    } as const;
    expect(fetched(page, [answered({})])).toMatchObject({
      verdict: { kind: "opaque" },
      sent: [{ headers: [["accept", "a/b"]] }],
    });
    expect(fetched({ ...page, method: "POST" }, [answered({})]).sent[0]?.headers[0]).toEqual(["origin", PAGE]);
    expect(fetched({ ...page, method: "PUT" }, []).verdict).toMatchObject({ kind: "error", step: "method" });
    expect(
      fetched({ mode: "no-cors", method: "POST", url: "http://bar.test/" }, [answered({})]).sent[0]?.headers,
    ).toEqual([["origin", "null"]]);
  });

  describe("on a redirect", () => {
    const to = (location: string, status = 302) => answered({ ...OPEN, location }, status);
    const NULL = answered({ "access-control-allow-origin": "null" });

    it("follows where the CORS check passes, and becomes `null` from one foreign origin to another", () => {
      const { verdict, sent } = fetched({}, [to("https://baz.test/"), NULL]);
      expect(sent[1]).toMatchObject({ url: "https://baz.test/", headers: [["origin", "null"]] });
      expect(verdict).toMatchObject({ kind: "read", url: "https://baz.test/" });
      expect(fetched({}, [to("/x"), answered(OPEN)]).sent[1]?.headers).toEqual([["origin", PAGE]]);
      expect(fetched({}, [answered({ location: "/x" }, 302)]).verdict).toEqual({ kind: "error", step: "cors-check" });
    });

    it("stays cross-origin on the way back to the page's own origin", () => {
      expect(fetched({}, [to(`${PAGE}/back`), answered({})]).verdict).toEqual({ kind: "error", step: "cors-check" });
    });

    it.each(["https://user:password@bar.test/", "ftp://bar.test/", "https://"])("stops at %s", (location) => {
      expect(fetched({}, [to(location)]).verdict).toEqual({ kind: "error", step: "redirect" });
    });

    it("stops after twenty", () => {
      const { verdict, sent } = fetched({}, [to("/again")]);
      expect(verdict).toEqual({ kind: "error", step: "redirect" });
      expect(sent.length).toBe(21);
    });

    it("turns POST into GET after 301 to 303, and loses authorization at another origin", () => {
      const page = { method: "POST", headers: [["content-type", "text/plain"]] } as const;
      for (const status of [301, 302, 303]) {
        expect(fetched(page, [to("/x", status), answered(OPEN)]).sent[1]).toMatchObject({
          method: "GET",
          headers: [["origin", PAGE]],
        });
      }
      expect(fetched(page, [to("/x", 307), answered(OPEN)]).sent[1]).toMatchObject({ method: "POST" });
      const secret = { url: `${PAGE}/x`, headers: [["Authorization", "t"]] } as const;
      expect(fetched(secret, [to("https://bar.test/"), answered(OPEN)]).sent[1]?.headers).toEqual([["origin", PAGE]]);
    });
  });

  describe("with a preflight cache", () => {
    const grant = (fields: Fields = {}) =>
      answered({
        ...OPEN,
        ...CREDENTIALS,
        "access-control-allow-methods": "PUT, PATCH",
        "access-control-allow-headers": "x-a",
        ...fields,
      });
    const PUT = { method: "PUT" } as const;

    it("asks once for all that the lists name, on one URL and origin", () => {
      const cache = new PreflightCache();
      expect(fetched(PUT, [grant()], cache).sent.length).toBe(2);
      expect(fetched({ method: "PATCH", headers: [["X-A", "1"]] }, [grant()], cache).sent.length).toBe(1);
      expect(fetched({ ...PUT, url: `${API}other` }, [grant()], cache).sent.length).toBe(2);
      expect(fetched({ method: "DELETE" }, [grant()], cache).lines).toEqual([`OPTIONS ${API}`]);
      // What failed is forgotten, for all methods.
      expect(fetched(PUT, [grant()], cache).sent.length).toBe(2);
    });

    it("asks again with credentials after an answer without, and not the other way round", () => {
      const cache = new PreflightCache();
      fetched(PUT, [grant()], cache);
      expect(fetched({ ...PUT, credentials: "include" }, [grant()], cache).sent.length).toBe(2);
      expect(fetched(PUT, [grant()], cache).sent.length).toBe(1);
    });

    it.each([
      ["60", 59, 1],
      ["60", 60, 2],
      ["0", 0, 2],
      ["soon", 4, 1],
      ["soon", 5, 2],
      ["99999", 7199, 1],
      ["99999", 7200, 2],
    ])("with max-age %s, %i seconds later sends %i", (maxAge, later, count) => {
      let now = 0;
      const cache = new PreflightCache(() => now);
      fetched(PUT, [grant({ "access-control-max-age": maxAge })], cache);
      now = later;
      expect(fetched(PUT, [grant()], cache).sent.length).toBe(count);
    });
  });
});

it.each([
  ["*", true],
  [PAGE, true],
  [`https://a.test, ${PAGE}`, true],
  ["https://a.test", false],
])("passesTimingCheck of %s is %s", (value, passes) => {
  expect(passesTimingCheck(PAGE, answered({ "timing-allow-origin": value }))).toBe(passes);
});

it.each([
  ["same-origin", API, false],
  ["same-origin", `${PAGE}/x`, true],
  ["same-site", API, false],
  ["same-site", "https://api.foo.test/", true],
  ["same-site", "http://api.foo.test/", true],
  ["cross-origin", API, true],
  ["Same-Origin", API, true],
])("passesResourcePolicyCheck of %s at %s is %s", (policy, url, passes) => {
  expect(passesResourcePolicyCheck(PAGE, url, answered({ "cross-origin-resource-policy": policy }))).toBe(passes);
  if (policy === "same-site" && url.startsWith("https:")) {
    expect(
      passesResourcePolicyCheck("http://foo.test", url, answered({ "cross-origin-resource-policy": policy })),
    ).toBe(false);
  }
});

it.each([
  [101, true],
  [403, false],
])("openWebSocket sends the origin; status %i opens it: %s", (status, opens) => {
  let sent: Sent | undefined;
  const isOpen = converse(openWebSocket(PAGE, API), (request) => {
    sent = request;
    return answered({}, status);
  });
  expect(isOpen).toBe(opens);
  expect(sent?.headers[0]).toEqual(["origin", PAGE]);
});
