import { describe, expect, it } from "vitest";
import type { RequestClass } from "../../src/core/classify.ts";
import { decide } from "../../src/core/decide.ts";
import {
  type Denial,
  decisionHeader,
  denyByRate,
  isCrossOrigin,
  type PolicyLookup,
  unusablePolicy,
} from "../../src/core/decision.ts";
import type { RuleDocument } from "../../src/core/document-schema.ts";
import { APP, documentWith, outcomeOf, policyFrom, policyWith, requestOf } from "../support/policies.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");
const OWN = "https://api.example.com";
const EVIL = "https://evil.example";
const TRIAL = "https://trial.example.org";
const PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/** What a decision has beside what it is about. */
const PLAIN = { exposesEachHeader: false, replacesTiming: false, keepsUpstreamFields: false, isReportOnly: false };

type Fields = Readonly<Record<string, string>>;

function found(...rules: Partial<RuleDocument>[]): PolicyLookup {
  return { kind: "found", policy: policyWith(...rules) };
}

function outcome(lookup: PolicyLookup, method: string, url: string, headers: Fields = {}) {
  return outcomeOf(decide(lookup, requestOf(method, url, headers), NOW));
}

/** The outcome of a preflight for one rule. */
function preflight(rule: Partial<RuleDocument>, method: string, names = "", origin = APP) {
  const requested: Fields = names === "" ? {} : { "access-control-request-headers": names };
  return outcome(found(rule), "OPTIONS", "/", { origin, "access-control-request-method": method, ...requested });
}

/** The outcome of a request for one rule. */
function request(rule: Partial<RuleDocument>, method: string, headers: Fields = {}) {
  return outcome(found(rule), method, "/", headers);
}

function answered(fields: Fields, denial?: Denial) {
  return {
    ...PLAIN,
    requestClass: "preflight",
    rule: "api",
    denial,
    action: "answer",
    forwardsCookie: false,
    fields,
    vary: PREFLIGHT_VARY,
  };
}

function refused(requestClass: RequestClass, denial: Denial, fields: Fields = {}, rule: string | undefined = "api") {
  const vary = requestClass === "preflight" ? PREFLIGHT_VARY : "Origin";
  return { ...PLAIN, requestClass, rule, denial, action: "refuse", forwardsCookie: false, fields, vary };
}

function proxied(requestClass: RequestClass, fields: Fields, rest: object) {
  return { ...PLAIN, requestClass, rule: "api", action: "proxy", fields, ...rest };
}

describe("decide checks in this order", () => {
  const policy = policyWith({
    paths: ["/v1/*"],
    allowOrigins: [APP, { origin: TRIAL, expires: "2027-01-14" }],
    allowMethods: ["PUT"],
    allowHeaders: ["x-a"],
  });
  const lookup: PolicyLookup = { kind: "found", policy };
  const wrong = { origin: "nonsense", "access-control-request-method": "D E", "access-control-request-headers": "x b" };

  it.each<[string, PolicyLookup, string, Fields, Denial | undefined]>([
    [
      "a policy that cannot be used",
      { kind: "unavailable", namesUpstream: true },
      "/v1%2fx",
      wrong,
      { reason: "policy-unavailable" },
    ],
    ["no policy", { kind: "none" }, "/v1%2fx", wrong, { reason: "no-policy" }],
    ["an ambiguous path", lookup, "/v1%2fx", wrong, { reason: "ambiguous-path" }],
    ["no rule", lookup, "/x", wrong, { reason: "no-rule" }],
    ["a malformed origin", lookup, "/v1", wrong, { reason: "origin-malformed" }],
    ["an opaque origin", lookup, "/v1", { ...wrong, origin: "null" }, { reason: "origin-opaque" }],
    ["an expired origin", lookup, "/v1", { ...wrong, origin: TRIAL }, { reason: "origin-expired" }],
    ["an origin that is not allowed", lookup, "/v1", { ...wrong, origin: EVIL }, { reason: "origin-not-allowed" }],
    ["a malformed method", lookup, "/v1", { ...wrong, origin: APP }, { reason: "request-malformed" }],
    [
      "a malformed header name before the method",
      lookup,
      "/v1",
      { ...wrong, origin: APP, "access-control-request-method": "DELETE" },
      { reason: "request-malformed" },
    ],
    [
      "the method before the header names",
      lookup,
      "/v1",
      { origin: APP, "access-control-request-method": "DELETE", "access-control-request-headers": "x-b" },
      { reason: "method-not-allowed", culprit: "DELETE" },
    ],
    [
      "the header names",
      lookup,
      "/v1",
      { origin: APP, "access-control-request-method": "PUT", "access-control-request-headers": "x-a,X-C,x-b" },
      { reason: "header-not-allowed", culprit: "x-c" },
    ],
    [
      "and then nothing more",
      lookup,
      "/v1",
      { origin: APP, "access-control-request-method": "PUT", "access-control-request-headers": "x-a" },
      undefined,
    ],
  ])("%s", (_, known, path, headers, denial) => {
    expect(outcome(known, "OPTIONS", path, headers).denial).toEqual(denial);
  });

  it.each<[string, PolicyLookup, string, string, Denial | undefined]>([
    [
      "a policy that cannot be used",
      { kind: "unavailable", namesUpstream: false },
      "/v1%2fx",
      "nonsense",
      { reason: "policy-unavailable" },
    ],
    ["no policy", { kind: "none" }, "/v1%2fx", "nonsense", { reason: "no-policy" }],
    ["an ambiguous path", lookup, "/v1%2fx", "nonsense", { reason: "ambiguous-path" }],
    ["no rule", lookup, "/x", "nonsense", { reason: "no-rule" }],
    ["a malformed origin", lookup, "/v1", "nonsense", { reason: "origin-malformed" }],
    ["an opaque origin", lookup, "/v1", "null", { reason: "origin-opaque" }],
    ["an expired origin", lookup, "/v1", TRIAL, { reason: "origin-expired" }],
    ["an origin that is not allowed", lookup, "/v1", EVIL, { reason: "origin-not-allowed" }],
    ["the method", lookup, "/v1", APP, { reason: "method-not-allowed", culprit: "DELETE" }],
  ])("on actual requests too: %s", (_, known, path, origin, denial) => {
    expect(outcome(known, "DELETE", path, { origin }).denial).toEqual(denial);
  });
});

describe("decide grants a preflight", () => {
  it.each<[string, Partial<RuleDocument>, string, string, Fields]>([
    [
      "with the defaults",
      {},
      "POST",
      "",
      {
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "GET, HEAD, POST",
        "access-control-max-age": "7200",
      },
    ],
    [
      "with the rule's whole lists in written order and spelling, whatever was asked",
      { allowMethods: ["PUT", "GET", "DELETE"], allowHeaders: ["X-B", "content-type", "authorization"], maxAge: 600 },
      "DELETE",
      "x-b",
      {
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "PUT, GET, DELETE",
        "access-control-allow-headers": "X-B, content-type, authorization",
        "access-control-max-age": "600",
      },
    ],
    [
      "with credentials",
      { allowMethods: ["PUT"], allowHeaders: ["x-a"], allowCredentials: true },
      "PUT",
      "x-a",
      {
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "PUT",
        "access-control-allow-headers": "x-a",
        "access-control-max-age": "7200",
      },
    ],
    [
      "without a field for an empty list",
      { allowHeaders: [], allowMethods: ["GET"], maxAge: 0 },
      "GET",
      "",
      { "access-control-allow-origin": APP, "access-control-allow-methods": "GET", "access-control-max-age": "0" },
    ],
    [
      "for HEAD under GET",
      { allowMethods: ["GET"] },
      "HEAD",
      "",
      { "access-control-allow-origin": APP, "access-control-allow-methods": "GET", "access-control-max-age": "7200" },
    ],
    [
      "under `*` methods and headers without credentials, as `*`",
      { allowMethods: ["*"], allowHeaders: ["*"] },
      "PURGE",
      "x-a,x-b",
      {
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "*",
        "access-control-allow-headers": "*",
        "access-control-max-age": "7200",
      },
    ],
    [
      "under `*` and authorization without credentials",
      { allowMethods: ["GET"], allowHeaders: ["*", "Authorization"] },
      "GET",
      "authorization,x-a",
      {
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "GET",
        "access-control-allow-headers": "*, authorization",
        "access-control-max-age": "7200",
      },
    ],
    [
      "under `*` with credentials, naming what was asked alone, in lower case, each once",
      { allowMethods: ["*"], allowHeaders: ["*"], allowCredentials: true },
      "PURGE",
      "X-B, x-a,,X-b",
      {
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "PURGE",
        "access-control-allow-headers": "x-b, x-a",
        "access-control-max-age": "7200",
      },
    ],
    [
      "under `*` with credentials where no header was asked",
      { allowMethods: ["*"], allowHeaders: ["*", "authorization"], allowCredentials: true },
      "DELETE",
      "",
      {
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "DELETE",
        "access-control-max-age": "7200",
      },
    ],
    [
      "under `*` and authorization with credentials",
      { allowMethods: ["PUT"], allowHeaders: ["*", "authorization"], allowCredentials: true },
      "PUT",
      "authorization,x-a",
      {
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "PUT",
        "access-control-allow-headers": "authorization, x-a",
        "access-control-max-age": "7200",
      },
    ],
    [
      "with `*` among the methods alone, and credentials",
      { allowMethods: ["*"], allowHeaders: ["X-A", "x-b"], allowCredentials: true },
      "DELETE",
      "x-a",
      {
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "DELETE",
        "access-control-allow-headers": "X-A, x-b",
        "access-control-max-age": "7200",
      },
    ],
    [
      "under a `*` rule, for every origin alike",
      { allowOrigins: ["*"], allowMethods: ["PUT"] },
      "PUT",
      "",
      { "access-control-allow-origin": "*", "access-control-allow-methods": "PUT", "access-control-max-age": "7200" },
    ],
    [
      "with what every response under the rule has",
      { allowMethods: ["PUT"], resourcePolicy: "cross-origin" },
      "PUT",
      "",
      {
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "PUT",
        "access-control-max-age": "7200",
        "cross-origin-resource-policy": "cross-origin",
      },
    ],
    [
      "without what only other responses have",
      { allowMethods: ["PUT"], exposeHeaders: ["etag"] },
      "PUT",
      "",
      { "access-control-allow-origin": APP, "access-control-allow-methods": "PUT", "access-control-max-age": "7200" },
    ],
  ])("%s", (_, rule, method, names, fields) => {
    expect(preflight(rule, method, names)).toEqual(answered(fields));
  });

  it.each([
    ["a wildcard", { allowOrigins: ["https://*.example.com"] }, "https://a.b.example.com", "https://a.b.example.com"],
    [
      "`null`",
      { allowOrigins: ["null"], dangerouslyAllow: ["null-origin"] } satisfies Partial<RuleDocument>,
      "null",
      "null",
    ],
    ["`*`, an opaque one", { allowOrigins: ["*"] }, "null", "*"],
  ])("of an origin under %s", (_, rule, origin, allowed) => {
    expect(preflight({ allowMethods: ["PUT"], ...rule }, "PUT", "", origin)).toEqual(
      answered({
        "access-control-allow-origin": allowed,
        "access-control-allow-methods": "PUT",
        "access-control-max-age": "7200",
      }),
    );
  });

  it("until the last day of an origin is over, in UTC", () => {
    const lookup = found({ allowOrigins: [{ origin: TRIAL, expires: "2027-01-31" }] });
    const asked = requestOf("OPTIONS", "/", { origin: TRIAL, "access-control-request-method": "POST" });
    expect(decide(lookup, asked, Date.parse("2027-01-31T23:59:59.999Z")).denial).toBeUndefined();
    expect(decide(lookup, asked, Date.parse("2027-02-01T00:00:00.000Z")).denial).toEqual({ reason: "origin-expired" });
  });

  it("up to the bounds of what it may ask for, and not beyond", () => {
    const rule = { allowMethods: ["*"], allowHeaders: ["*"] };
    const names = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}`).join(",");
    expect(preflight(rule, "PUT", names(128)).denial).toBeUndefined();
    expect(preflight(rule, "PUT", names(129)).denial).toEqual({ reason: "request-malformed" });
    expect(preflight(rule, "PUT", "x".repeat(8192)).denial).toBeUndefined();
    expect(preflight(rule, "PUT", "x".repeat(8193)).denial).toEqual({ reason: "request-malformed" });
    expect(preflight(rule, "P".repeat(8192)).denial).toBeUndefined();
    expect(preflight(rule, "P".repeat(8193)).denial).toEqual({ reason: "request-malformed" });
  });
});

describe("decide answers a preflight that it denies like a grant", () => {
  const rule: Partial<RuleDocument> = { allowMethods: ["GET", "PUT"], allowHeaders: ["X-A", "x-b"], maxAge: 60 };
  const fields = {
    "access-control-allow-origin": APP,
    "access-control-allow-methods": "GET, PUT",
    "access-control-allow-headers": "X-A, x-b",
    "access-control-max-age": "60",
  };

  it("for its method, so that the browser names it", () => {
    expect(preflight(rule, "DELETE")).toEqual(answered(fields, { reason: "method-not-allowed", culprit: "DELETE" }));
  });

  it("for its method in another case", () => {
    expect(preflight(rule, "put")).toEqual(answered(fields, { reason: "method-not-allowed", culprit: "put" }));
  });

  it("for a safelisted method in a case that no browser sends, which it would refuse", () => {
    expect(preflight({ ...rule, allowMethods: ["PUT"] }, "Post").action).toBe("answer");
  });

  it("for a header name", () => {
    expect(preflight(rule, "PUT", "x-a,X-C")).toEqual(
      answered(fields, { reason: "header-not-allowed", culprit: "x-c" }),
    );
  });

  it("for a header name with a safelisted method", () => {
    expect(preflight(rule, "GET", "x-c")).toEqual(answered(fields, { reason: "header-not-allowed", culprit: "x-c" }));
  });

  it("for a method although the headers are `*`", () => {
    expect(preflight({ ...rule, allowHeaders: ["*"] }, "DELETE", "x-a")).toEqual(
      answered({ ...fields, "access-control-allow-headers": "*" }, { reason: "method-not-allowed", culprit: "DELETE" }),
    );
  });

  it("for a method although the headers are `*` with credentials, naming the headers", () => {
    expect(preflight({ ...rule, allowHeaders: ["*"], allowCredentials: true }, "DELETE", "X-A,authorization")).toEqual(
      answered(
        { ...fields, "access-control-allow-credentials": "true", "access-control-allow-headers": "x-a" },
        { reason: "method-not-allowed", culprit: "DELETE" },
      ),
    );
  });

  it("for a header name although the methods are `*` with credentials, naming the method", () => {
    expect(preflight({ ...rule, allowMethods: ["*"], allowCredentials: true }, "DELETE", "x-c")).toEqual(
      answered(
        { ...fields, "access-control-allow-credentials": "true", "access-control-allow-methods": "DELETE" },
        { reason: "header-not-allowed", culprit: "x-c" },
      ),
    );
  });

  it("for everything under empty lists, with no field for them", () => {
    const empty = { ...rule, allowMethods: [], allowHeaders: [] };
    expect(preflight(empty, "DELETE", "x-a")).toEqual(
      answered(
        { "access-control-allow-origin": APP, "access-control-max-age": "60" },
        { reason: "method-not-allowed", culprit: "DELETE" },
      ),
    );
  });

  it("under a `*` rule", () => {
    expect(preflight({ ...rule, allowOrigins: ["*"] }, "DELETE", "", EVIL)).toEqual(
      answered({ ...fields, "access-control-allow-origin": "*" }, { reason: "method-not-allowed", culprit: "DELETE" }),
    );
  });
});

describe("decide refuses a preflight with nothing about CORS", () => {
  it.each<[string, Partial<RuleDocument>, string, string, Denial]>([
    [
      "for GET, after which a browser would go on",
      { allowMethods: ["PUT"] },
      "GET",
      "",
      { reason: "method-not-allowed", culprit: "GET" },
    ],
    ["for HEAD", { allowMethods: ["PUT"] }, "HEAD", "", { reason: "method-not-allowed", culprit: "HEAD" }],
    ["for POST", { allowMethods: ["GET"] }, "POST", "", { reason: "method-not-allowed", culprit: "POST" }],
    [
      "for GET under HEAD alone",
      { allowMethods: ["HEAD"] },
      "GET",
      "",
      { reason: "method-not-allowed", culprit: "GET" },
    ],
    ["for GET under no methods", { allowMethods: [] }, "GET", "", { reason: "method-not-allowed", culprit: "GET" }],
    [
      "for a safelisted method and a header name",
      { allowMethods: ["PUT"] },
      "POST",
      "x-a",
      { reason: "method-not-allowed", culprit: "POST" },
    ],
    [
      "for authorization under `*`",
      { allowHeaders: ["*"] },
      "POST",
      "authorization",
      { reason: "header-not-allowed", culprit: "authorization" },
    ],
    [
      "for authorization under `*`, in any case and place",
      { allowHeaders: ["*", "x-a"] },
      "POST",
      "x-a,X-B, AUTHORIZATION",
      { reason: "header-not-allowed", culprit: "authorization" },
    ],
    [
      "for authorization under `*` with credentials",
      { allowHeaders: ["*"], allowMethods: ["*"], allowCredentials: true },
      "PUT",
      "x-a,authorization",
      { reason: "header-not-allowed", culprit: "authorization" },
    ],
    ["for a malformed method", { allowMethods: ["*"] }, "P T", "", { reason: "request-malformed" }],
    ["for an empty method", { allowMethods: ["*"] }, "", "", { reason: "request-malformed" }],
    ["for a list of methods", { allowMethods: ["GET", "PUT"] }, "GET, PUT", "", { reason: "request-malformed" }],
    ["for a malformed header name", { allowHeaders: ["*"] }, "POST", "x-a,x b", { reason: "request-malformed" }],
  ])("%s", (_, rule, method, names, denial) => {
    expect(preflight(rule, method, names)).toEqual(refused("preflight", denial));
  });

  it.each<[string, Partial<RuleDocument>, string, Denial]>([
    ["for another origin", {}, EVIL, { reason: "origin-not-allowed" }],
    ["for another origin with credentials", { allowCredentials: true }, EVIL, { reason: "origin-not-allowed" }],
    [
      "for another origin although denied requests are forwarded",
      { onDenied: "forward" },
      EVIL,
      { reason: "origin-not-allowed" },
    ],
    ["for an opaque origin", {}, "null", { reason: "origin-opaque" }],
    [
      "for a malformed origin under `*`",
      { allowOrigins: ["*"] },
      "https://evil.example/",
      { reason: "origin-malformed" },
    ],
    ["for a malformed origin that is allowed otherwise", {}, `${APP}:443`, { reason: "origin-malformed" }],
    ["for an origin of two", {}, `${APP}, ${APP}`, { reason: "origin-malformed" }],
    [
      "for an expired origin",
      { allowOrigins: [{ origin: TRIAL, expires: "2027-01-14" }] },
      TRIAL,
      { reason: "origin-expired" },
    ],
  ])("%s", (_, rule, origin, denial) => {
    expect(preflight(rule, "POST", "", origin)).toEqual(refused("preflight", denial));
  });

  it.each<[string, PolicyLookup, string, Denial]>([
    ["without a usable policy", { kind: "unavailable", namesUpstream: false }, "/", { reason: "policy-unavailable" }],
    ["without a policy", { kind: "none" }, "/", { reason: "no-policy" }],
    ["without a rule", found({ paths: ["/v1"], onDenied: "forward" }), "/v2", { reason: "no-rule" }],
    ["on an ambiguous path", found({ paths: ["/v1/*"], onDenied: "forward" }), "/v1%2f", { reason: "ambiguous-path" }],
  ])("%s", (_, lookup, path, denial) => {
    const headers = { origin: APP, "access-control-request-method": "GET" };
    expect(outcome(lookup, "OPTIONS", path, headers)).toEqual({ ...refused("preflight", denial), rule: undefined });
  });

  it("but with what every response under the rule has", () => {
    expect(preflight({ resourcePolicy: "same-site", timingAllowOrigin: true }, "POST", "", EVIL)).toEqual({
      ...refused("preflight", { reason: "origin-not-allowed" }, { "cross-origin-resource-policy": "same-site" }),
      replacesTiming: true,
    });
  });
});

describe("decide grants an actual request", () => {
  it.each<[string, Partial<RuleDocument>, string, string, Fields, object]>([
    [
      "with the defaults",
      {},
      "GET",
      APP,
      { "access-control-allow-origin": APP },
      { vary: "Origin", forwardsCookie: false },
    ],
    [
      "for HEAD under GET",
      { allowMethods: ["GET"] },
      "HEAD",
      APP,
      { "access-control-allow-origin": APP },
      { vary: "Origin", forwardsCookie: false },
    ],
    [
      "for any method under `*`",
      { allowMethods: ["*"] },
      "PURGE",
      APP,
      { "access-control-allow-origin": APP },
      { vary: "Origin", forwardsCookie: false },
    ],
    [
      "for OPTIONS where it is listed",
      { allowMethods: ["OPTIONS"] },
      "OPTIONS",
      APP,
      { "access-control-allow-origin": APP },
      { vary: "Origin", forwardsCookie: false },
    ],
    [
      "with credentials",
      { allowCredentials: true },
      "POST",
      APP,
      { "access-control-allow-origin": APP, "access-control-allow-credentials": "true" },
      { vary: "Origin", forwardsCookie: true },
    ],
    [
      "with exposed headers in written order and spelling",
      { exposeHeaders: ["X-Total", "etag"] },
      "GET",
      APP,
      { "access-control-allow-origin": APP, "access-control-expose-headers": "X-Total, etag" },
      { vary: "Origin", forwardsCookie: false },
    ],
    [
      "with every header exposed",
      { exposeHeaders: ["*"] },
      "GET",
      APP,
      { "access-control-allow-origin": APP, "access-control-expose-headers": "*" },
      { vary: "Origin", forwardsCookie: false },
    ],
    [
      "with every header exposed and credentials, name by name",
      { exposeHeaders: ["*"], allowCredentials: true },
      "GET",
      APP,
      { "access-control-allow-origin": APP, "access-control-allow-credentials": "true" },
      { vary: "Origin", forwardsCookie: true, exposesEachHeader: true },
    ],
    [
      "with timing and resource policy",
      { timingAllowOrigin: true, resourcePolicy: "cross-origin" },
      "GET",
      APP,
      {
        "access-control-allow-origin": APP,
        "timing-allow-origin": APP,
        "cross-origin-resource-policy": "cross-origin",
      },
      { vary: "Origin", forwardsCookie: false, replacesTiming: true },
    ],
    [
      "under a wildcard, with the origin itself",
      { allowOrigins: ["https://*.example.com"] },
      "GET",
      "https://a.example.com",
      { "access-control-allow-origin": "https://a.example.com" },
      { vary: "Origin", forwardsCookie: false },
    ],
    [
      "of an opaque origin under `null`",
      { allowOrigins: ["null"], dangerouslyAllow: ["null-origin"] },
      "GET",
      "null",
      { "access-control-allow-origin": "null" },
      { vary: "Origin", forwardsCookie: false },
    ],
    [
      "under a `*` rule, as a cache can keep it for all",
      { allowOrigins: ["*"], timingAllowOrigin: true },
      "GET",
      EVIL,
      { "access-control-allow-origin": "*", "timing-allow-origin": "*" },
      { vary: "", forwardsCookie: false, replacesTiming: true },
    ],
    [
      "of an opaque origin under a `*` rule",
      { allowOrigins: ["*"] },
      "GET",
      "null",
      { "access-control-allow-origin": "*" },
      { vary: "", forwardsCookie: false },
    ],
  ])("%s", (_, rule, method, origin, fields, rest) => {
    expect(request(rule, method, { origin })).toEqual(proxied("actual", fields, rest));
  });

  it.each(["cookie", "authorization"])("under a `*` rule with %s, which no cache may keep for all", (name) => {
    expect(request({ allowOrigins: ["*"] }, "GET", { origin: EVIL, [name]: "x" })).toEqual(
      proxied("actual", { "access-control-allow-origin": "*" }, { vary: "Origin", forwardsCookie: false }),
    );
  });

  it("under a `*` rule with an end until then", () => {
    const headers = { origin: EVIL };
    expect(request({ allowOrigins: [{ origin: "*", expires: "2027-01-15" }] }, "GET", headers)).toEqual(
      proxied("actual", { "access-control-allow-origin": "*" }, { vary: "", forwardsCookie: false }),
    );
    expect(request({ allowOrigins: [{ origin: "*", expires: "2027-01-14" }] }, "GET", headers)).toEqual(
      refused("actual", { reason: "origin-expired" }),
    );
  });

  it("whatever header names it asks for or carries", () => {
    const headers = { origin: APP, "access-control-request-headers": "x b", "x-secret": "1", authorization: "x" };
    expect(request({ allowHeaders: [] }, "GET", headers).denial).toBeUndefined();
  });
});

describe("decide refuses an actual request", () => {
  it.each<[string, Partial<RuleDocument>, string, Denial]>([
    ["of another origin", { allowCredentials: true, exposeHeaders: ["etag"] }, EVIL, { reason: "origin-not-allowed" }],
    ["of another scheme", {}, "http://app.example.com", { reason: "origin-not-allowed" }],
    ["of an opaque origin", {}, "null", { reason: "origin-opaque" }],
    ["of a malformed origin", {}, "https://APP.example.com", { reason: "origin-malformed" }],
    ["of a malformed origin under `*`", { allowOrigins: ["*"] }, "file://", { reason: "origin-malformed" }],
    [
      "of an expired origin",
      { allowOrigins: [{ origin: TRIAL, expires: "2027-01-14" }] },
      TRIAL,
      { reason: "origin-expired" },
    ],
    [
      "of another origin although every header is exposed",
      { exposeHeaders: ["*"], allowCredentials: true },
      EVIL,
      { reason: "origin-not-allowed" },
    ],
  ])("%s", (_, rule, origin, denial) => {
    expect(request(rule, "GET", { origin })).toEqual(refused("actual", denial));
  });

  it.each(["GET", "HEAD", "POST", "DELETE", "OPTIONS", "put"])(
    "for its method %s, so that the page can read why",
    (method) => {
      const rule: Partial<RuleDocument> = { allowMethods: ["PUT"], allowCredentials: true, exposeHeaders: ["etag"] };
      expect(request(rule, method, { origin: APP })).toEqual(
        refused(
          "actual",
          { reason: "method-not-allowed", culprit: method },
          {
            "access-control-allow-origin": APP,
            "access-control-allow-credentials": "true",
            "access-control-expose-headers": "etag",
          },
        ),
      );
    },
  );

  it("for its method, with every header exposed name by name", () => {
    const rule = { allowMethods: ["PUT"], allowCredentials: true, exposeHeaders: ["*"], timingAllowOrigin: true };
    expect(request(rule, "GET", { origin: APP })).toEqual({
      ...refused(
        "actual",
        { reason: "method-not-allowed", culprit: "GET" },
        { "access-control-allow-origin": APP, "access-control-allow-credentials": "true", "timing-allow-origin": APP },
      ),
      exposesEachHeader: true,
      replacesTiming: true,
    });
  });

  it("for its method under a `*` rule", () => {
    expect(request({ allowOrigins: ["*"] }, "DELETE", { origin: EVIL })).toEqual(
      refused("actual", { reason: "method-not-allowed", culprit: "DELETE" }, { "access-control-allow-origin": "*" }),
    );
  });

  it("with what every response under the rule has", () => {
    expect(request({ resourcePolicy: "same-origin", timingAllowOrigin: true }, "GET", { origin: EVIL })).toEqual({
      ...refused("actual", { reason: "origin-not-allowed" }, { "cross-origin-resource-policy": "same-origin" }),
      replacesTiming: true,
    });
  });

  it.each<[string, PolicyLookup, string, Denial]>([
    ["without a usable policy", { kind: "unavailable", namesUpstream: true }, "/", { reason: "policy-unavailable" }],
    ["without a policy", { kind: "none" }, "/", { reason: "no-policy" }],
    ["without a rule", found({ paths: ["/v1"], onDenied: "forward" }), "/v2", { reason: "no-rule" }],
    [
      "on an ambiguous path",
      found({ paths: ["/v1/*"], onDenied: "forward" }, { onDenied: "forward" }),
      "/v1%2f",
      { reason: "ambiguous-path" },
    ],
  ])("%s, always", (_, lookup, path, denial) => {
    expect(outcome(lookup, "GET", path, { origin: APP })).toEqual({ ...refused("actual", denial), rule: undefined });
  });
});

describe("decide forwards a denied actual request where the rule says so, with nothing about CORS", () => {
  it.each<[string, Partial<RuleDocument>, string, string, Denial]>([
    ["of another origin", {}, "POST", EVIL, { reason: "origin-not-allowed" }],
    ["of an opaque origin", {}, "GET", "null", { reason: "origin-opaque" }],
    ["of a malformed origin", {}, "GET", "nonsense", { reason: "origin-malformed" }],
    [
      "of another method",
      { allowMethods: ["GET"] },
      "DELETE",
      APP,
      { reason: "method-not-allowed", culprit: "DELETE" },
    ],
    [
      "of another origin with credentials",
      { allowCredentials: true, exposeHeaders: ["*"] },
      "GET",
      EVIL,
      { reason: "origin-not-allowed" },
    ],
    [
      "of another method under a `*` rule",
      { allowOrigins: ["*"] },
      "DELETE",
      EVIL,
      { reason: "method-not-allowed", culprit: "DELETE" },
    ],
  ])("%s", (_, rule, method, origin, denial) => {
    expect(request({ onDenied: "forward", ...rule }, method, { origin })).toEqual(
      proxied("actual", {}, { denial, vary: "Origin", forwardsCookie: true }),
    );
  });

  it("but with what every response under the rule has", () => {
    const rule: Partial<RuleDocument> = { onDenied: "forward", resourcePolicy: "same-site", timingAllowOrigin: true };
    expect(request(rule, "GET", { origin: EVIL })).toEqual(
      proxied(
        "actual",
        { "cross-origin-resource-policy": "same-site" },
        { denial: { reason: "origin-not-allowed" }, vary: "Origin", forwardsCookie: true, replacesTiming: true },
      ),
    );
  });
});

describe("decide on a load of another site without CORS, under an isolated rule", () => {
  const IMAGE = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" };
  const NAVIGATION = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  const VARY = "Origin, Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Fetch-Site";
  const denial: Denial = { reason: "cross-site-blocked" };

  it.each<[string, Partial<RuleDocument>, string, Fields]>([
    ["an image", {}, "GET", IMAGE],
    ["an image with a cookie", {}, "GET", { ...IMAGE, cookie: "a=b" }],
    ["a script under `*`", { allowOrigins: ["*"] }, "GET", { ...IMAGE, "sec-fetch-dest": "script" }],
    ["an embedded document", {}, "GET", { ...NAVIGATION, "sec-fetch-dest": "embed" }],
    ["an object", {}, "GET", { ...NAVIGATION, "sec-fetch-dest": "object" }],
  ])("refuses %s", (_, rule, method, headers) => {
    expect(request({ isolation: true, ...rule }, method, headers)).toEqual({
      ...refused("non-cors", denial),
      vary: VARY,
    });
  });

  it("refuses a no-cors POST of an origin that is not allowed, which would be forwarded otherwise", () => {
    const headers = { ...IMAGE, origin: EVIL };
    expect(request({ isolation: true, onDenied: "forward" }, "POST", headers)).toEqual({
      ...refused("actual", denial),
      vary: VARY,
    });
    expect(request({ onDenied: "forward" }, "POST", headers)).toMatchObject({ action: "proxy" });
  });

  it.each<[string, Fields]>([
    ["without fetch metadata", {}],
    ["of the same site", { ...IMAGE, "sec-fetch-site": "same-site" }],
    ["of the same origin", { ...IMAGE, "sec-fetch-site": "same-origin" }],
    ["of the address bar", { ...IMAGE, "sec-fetch-site": "none" }],
    ["that navigates", NAVIGATION],
    ["into a frame", { ...NAVIGATION, "sec-fetch-dest": "iframe" }],
  ])("lets a request pass %s", (_, headers) => {
    expect(request({ isolation: true }, "GET", headers)).toEqual(
      proxied("non-cors", {}, { vary: VARY, forwardsCookie: true }),
    );
  });

  it("grants a no-cors POST of an allowed origin", () => {
    expect(request({ isolation: true }, "POST", { ...IMAGE, origin: APP })).toEqual(
      proxied("actual", { "access-control-allow-origin": APP }, { vary: VARY, forwardsCookie: false }),
    );
  });

  it("forwards one of an allowed origin with another method, as the rule says", () => {
    const rule: Partial<RuleDocument> = { isolation: true, onDenied: "forward", allowMethods: ["GET"] };
    expect(request(rule, "POST", { ...IMAGE, origin: APP })).toMatchObject({
      action: "proxy",
      denial: { reason: "method-not-allowed" },
    });
  });

  it("forwards a form of another site, which navigates, as the rule says", () => {
    const headers = { ...NAVIGATION, origin: EVIL };
    expect(request({ isolation: true, onDenied: "forward" }, "POST", headers)).toMatchObject({
      action: "proxy",
      denial: { reason: "origin-not-allowed" },
    });
  });

  it("answers a preflight without more in `Vary`", () => {
    expect(preflight({ isolation: true }, "GET")).toMatchObject({ action: "answer", vary: PREFLIGHT_VARY });
  });

  it("shares one answer under `*`, by fetch metadata alone", () => {
    expect(request({ isolation: true, allowOrigins: ["*"] }, "GET", {})).toMatchObject({
      vary: "Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Fetch-Site",
    });
  });

  it.each(["/a%2fb", "/a%2Fb", "//a/b", "/open/%2e%2e/a/b"])(
    "refuses one whose path %s an upstream may read as one under the rule",
    (path) => {
      const lookup = found({ paths: ["/a/*"], isolation: true }, { name: "open" });
      expect(outcome(lookup, "GET", path, IMAGE)).toMatchObject({ action: "refuse", denial });
    },
  );

  it("lets one pass under another rule", () => {
    const lookup = found({ paths: ["/a/*"], isolation: true }, { name: "open" });
    expect(outcome(lookup, "GET", "/b%2fa", IMAGE)).toMatchObject({ action: "proxy", vary: "Origin" });
  });

  it("only says so under a policy that only reports", () => {
    const policy = policyFrom({ mode: "report-only", ...documentWith({ isolation: true }) });
    const decision = decide({ kind: "found", policy }, requestOf("GET", "/", IMAGE), NOW);
    expect(decision).toMatchObject({ action: "proxy", denial, forwardsCookie: true });
    expect(decisionHeader(decision)).toBe("denied;reason=cross-site-blocked;rule=api;report-only");
  });
});

describe("a rate limit", () => {
  const rule: Partial<RuleDocument> = { rateLimit: "RATE_LIMITER", resourcePolicy: "same-site" };
  const limited = (fields: Partial<RuleDocument>, method: string, headers: Fields) =>
    decide(found({ ...rule, ...fields }), requestOf(method, "/", headers), NOW);
  const asked = { origin: APP, "access-control-request-method": "GET" };

  it.each<[string, Partial<RuleDocument>, string, Fields, string | undefined]>([
    ["a granted request", {}, "GET", { origin: APP }, "RATE_LIMITER"],
    ["a WebSocket", {}, "GET", { origin: APP, upgrade: "websocket" }, "RATE_LIMITER"],
    ["a denied request that is forwarded", { onDenied: "forward" }, "GET", { origin: EVIL }, "RATE_LIMITER"],
    ["a preflight", {}, "OPTIONS", asked, undefined],
    ["a denied preflight", {}, "OPTIONS", { ...asked, origin: EVIL }, undefined],
    ["a denied request", {}, "GET", { origin: EVIL }, undefined],
    ["a request without Origin", {}, "GET", {}, undefined],
    ["a same-origin request", {}, "GET", { origin: OWN }, undefined],
  ])("counts %s or not", (_, fields, method, headers, limit) => {
    expect(limited(fields, method, headers).rateLimit).toBe(limit);
    // A policy that only reports counts what it would count if it were enforced.
    const policy = policyFrom({ mode: "report-only", ...documentWith({ ...rule, ...fields }) });
    expect(decide({ kind: "found", policy }, requestOf(method, "/", headers), NOW).rateLimit).toBe(limit);
  });

  it("is none where the rule names none", () => {
    expect(decide(found({}), requestOf("GET", "/", { origin: APP }), NOW).rateLimit).toBe(undefined);
  });

  it("that is used up refuses, with the CORS fields of the grant", () => {
    const decision = denyByRate(limited({ allowCredentials: true, exposeHeaders: ["etag"] }, "GET", { origin: APP }));
    expect(outcomeOf(decision)).toEqual({
      ...PLAIN,
      requestClass: "actual",
      rule: "api",
      action: "refuse",
      denial: { reason: "rate-limited" },
      rateLimit: "RATE_LIMITER",
      forwardsCookie: true,
      fields: {
        "access-control-allow-origin": APP,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "etag",
        "cross-origin-resource-policy": "same-site",
      },
      vary: "Origin",
    });
    expect(decisionHeader(decision)).toBe("denied;reason=rate-limited;rule=api");
  });

  it("that is used up tells an origin that is not allowed nothing about CORS", () => {
    const decision = denyByRate(limited({ onDenied: "forward" }, "GET", { origin: EVIL }));
    expect(outcomeOf(decision)).toMatchObject({
      action: "refuse",
      fields: { "cross-origin-resource-policy": "same-site" },
    });
  });

  it("that is used up is only said under a policy that only reports", () => {
    const policy = policyFrom({ mode: "report-only", ...documentWith(rule) });
    const decision = denyByRate(decide({ kind: "found", policy }, requestOf("GET", "/", { origin: APP }), NOW));
    expect(decision).toMatchObject({ action: "proxy", response: { keepsUpstreamFields: true } });
    expect(decisionHeader(decision)).toBe("denied;reason=rate-limited;rule=api;report-only");
  });
});

describe("decide on a WebSocket", () => {
  const upgrade = { upgrade: "WebSocket" };

  it("grants it whatever the methods are", () => {
    expect(request({ allowMethods: [] }, "GET", { origin: APP, ...upgrade })).toEqual(
      proxied("websocket", { "access-control-allow-origin": APP }, { vary: "Origin", forwardsCookie: false }),
    );
  });

  it("forwards its cookies under a rule with credentials", () => {
    expect(request({ allowCredentials: true }, "GET", { origin: APP, cookie: "a=b", ...upgrade })).toEqual(
      proxied(
        "websocket",
        { "access-control-allow-origin": APP, "access-control-allow-credentials": "true" },
        { vary: "Origin", forwardsCookie: true },
      ),
    );
  });

  it("does not forward its cookies under a `*` rule", () => {
    expect(request({ allowOrigins: ["*"] }, "GET", { origin: EVIL, cookie: "a=b", ...upgrade })).toEqual(
      proxied("websocket", { "access-control-allow-origin": "*" }, { vary: "Origin", forwardsCookie: false }),
    );
  });

  it.each<[string, Partial<RuleDocument>, string, Denial]>([
    ["of another origin", {}, EVIL, { reason: "origin-not-allowed" }],
    [
      "of another origin, although denied requests are forwarded",
      { onDenied: "forward" },
      EVIL,
      { reason: "origin-not-allowed" },
    ],
    ["of an opaque origin", { onDenied: "forward" }, "null", { reason: "origin-opaque" }],
    [
      "of a malformed origin under `*`",
      { allowOrigins: ["*"], onDenied: "forward" },
      "nonsense",
      { reason: "origin-malformed" },
    ],
  ])("refuses one %s", (_, rule, origin, denial) => {
    expect(request(rule, "GET", { origin, ...upgrade })).toEqual(refused("websocket", denial));
  });

  it.each<[string, PolicyLookup, string, Denial]>([
    ["without a policy", { kind: "none" }, "/", { reason: "no-policy" }],
    ["without a usable policy", { kind: "unavailable", namesUpstream: false }, "/", { reason: "policy-unavailable" }],
    ["without a rule", found({ paths: ["/v1"] }), "/v2", { reason: "no-rule" }],
    ["on an ambiguous path", found({ paths: ["/v1/*"] }), "/v1%2f", { reason: "ambiguous-path" }],
  ])("refuses one %s", (_, lookup, path, denial) => {
    expect(outcome(lookup, "GET", path, { origin: APP, ...upgrade })).toEqual({
      ...refused("websocket", denial),
      rule: undefined,
    });
  });

  it("from its own origin lets it pass", () => {
    expect(request({ allowOrigins: [EVIL] }, "GET", { origin: OWN, ...upgrade })).toEqual(
      proxied("same-origin", {}, { vary: "Origin", forwardsCookie: true }),
    );
  });
});

describe.each<[RequestClass, Fields]>([
  ["non-cors", {}],
  ["same-origin", { origin: OWN }],
  ["same-origin", { origin: EVIL, "sec-fetch-site": "same-origin" }],
])("decide lets a %s request pass (%j)", (requestClass, headers) => {
  it.each<[string, Partial<RuleDocument>, string]>([
    ["under a rule that names other origins", {}, "GET"],
    ["with a method that is not allowed", { allowMethods: [] }, "DELETE"],
    ["under a rule with credentials and exposed headers", { allowCredentials: true, exposeHeaders: ["*"] }, "GET"],
    ["under `null`", { allowOrigins: ["null"], dangerouslyAllow: ["null-origin"] }, "GET"],
    ["under a wildcard", { allowOrigins: ["https://*.example.com"] }, "GET"],
  ])("%s, with `Vary` alone", (_, rule, method) => {
    expect(request(rule, method, { ...headers, cookie: "a=b" })).toEqual(
      proxied(requestClass, {}, { vary: "Origin", forwardsCookie: true }),
    );
  });

  it("with what every response under the rule has", () => {
    expect(request({ resourcePolicy: "same-origin", timingAllowOrigin: true }, "GET", headers)).toEqual(
      proxied(
        requestClass,
        { "cross-origin-resource-policy": "same-origin" },
        { vary: "Origin", forwardsCookie: true, replacesTiming: true },
      ),
    );
  });

  it.each<[string, PolicyLookup]>([
    ["without a policy", { kind: "none" }],
    ["without a usable policy", { kind: "unavailable", namesUpstream: true }],
    ["without a rule", found({ paths: ["/v1"], allowOrigins: ["*"] })],
  ])("%s", (_, lookup) => {
    expect(outcome(lookup, "GET", "/x", headers)).toEqual({
      ...proxied(requestClass, {}, { vary: "Origin", forwardsCookie: true }),
      rule: undefined,
    });
  });

  it.each<[string, Partial<RuleDocument>, string, Fields]>([
    ["GET", {}, "GET", { "access-control-allow-origin": "*" }],
    ["HEAD under GET", { allowMethods: ["GET"] }, "HEAD", { "access-control-allow-origin": "*" }],
    ["a method under `*`", { allowMethods: ["*"] }, "DELETE", { "access-control-allow-origin": "*" }],
    [
      "all its fields",
      { exposeHeaders: ["etag"], timingAllowOrigin: true, resourcePolicy: "cross-origin" },
      "GET",
      {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "etag",
        "timing-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
      },
    ],
  ])("as a `*` rule answers a stranger, without `Vary`: %s", (_, rule, method, fields) => {
    expect(request({ allowOrigins: ["*"], ...rule }, method, headers)).toEqual(
      proxied(requestClass, fields, {
        vary: "",
        forwardsCookie: true,
        replacesTiming: rule.timingAllowOrigin === true,
      }),
    );
  });

  it.each<[string, Partial<RuleDocument>[], string, string, Fields]>([
    ["with a cookie", [{}], "GET", "/", { cookie: "a=b" }],
    ["with an empty cookie", [{}], "GET", "/", { cookie: "" }],
    ["with authorization", [{}], "GET", "/", { authorization: "Bearer x" }],
    ["with a method that is not allowed", [{}], "DELETE", "/", {}],
    ["with OPTIONS that is not allowed", [{}], "OPTIONS", "/", { "access-control-request-method": "GET" }],
    ["on an ambiguous path", [{ paths: ["/a/*"] }, { name: "other", allowOrigins: [APP] }], "GET", "/a/..%2fb", {}],
    ["after the end of `*`", [{ allowOrigins: [{ origin: "*", expires: "2027-01-14" }] }], "GET", "/", {}],
  ])("under a `*` rule like under any other: %s", (_, [rule, ...others], method, path, own) => {
    const lookup = found({ allowOrigins: ["*"], ...rule }, ...others);
    expect(outcome(lookup, method, path, { ...headers, ...own })).toEqual(
      proxied(requestClass, {}, { vary: "Origin", forwardsCookie: true }),
    );
  });

  it("on an ambiguous path under the rule for the path as it stands", () => {
    const lookup = found({ paths: ["/a/*"], resourcePolicy: "same-site" }, { name: "other" });
    expect(outcome(lookup, "GET", "/a/..%2fb", headers)).toEqual(
      proxied(requestClass, { "cross-origin-resource-policy": "same-site" }, { vary: "Origin", forwardsCookie: true }),
    );
  });
});

describe("decide denies a cross-origin request on an ambiguous path", () => {
  const lookup = found(
    { name: "admin", paths: ["/admin/*"], allowOrigins: ["https://admin.example.com"] },
    { name: "files", paths: ["/files/*"], allowOrigins: ["*"] },
    { name: "root", paths: ["/", "/index"], allowOrigins: ["*"] },
  );

  it.each([
    "/files/%2e%2e%2fadmin",
    "/files/..%2fadmin",
    "/files/..%2Fadmin/x",
    "/files/..%5cadmin",
    "/files/x/..%2f..%2fadmin",
    "/files%2f..%2fadmin",
    "/files/%252e%252e/admin",
    "/files/..;/admin",
    "/files/..%3bx/admin",
    "/files%3f",
    "/files%23/x",
    "/files%2f",
    "/%66iles",
    "//files/x",
    "//admin",
    "/admin%2fx",
    "/admin%3fx",
    "/adm%69n",
    "/%2fadmin",
    "/x/%2e%2e%2ffiles",
    "/x/..%2f",
    "/%2f",
    "//",
    "/files/%2f..%2fadmin",
    "/files//..%2fadmin",
    "/files/..%2f/%2fadmin",
  ])("%s", (path) => {
    for (const origin of [EVIL, "https://admin.example.com"]) {
      expect(outcome(lookup, "GET", path, { origin })).toEqual({
        ...refused("actual", { reason: "ambiguous-path" }),
        rule: undefined,
      });
    }
  });

  it.each([
    ["/files/a%2fb", "files"],
    ["/files/a%5cb", "files"],
    ["/files/%2e", "files"],
    ["/files/a%2ejson", "files"],
    ["/files/a%3fb", "files"],
    ["/files/a%23b", "files"],
    ["/files/%252e%252e", undefined],
    ["/files//a", "files"],
    ["/files/a//", "files"],
    ["/files/%C3%A9", "files"],
    ["/files/100%", "files"],
    ["/files/..;/files/x", "files"],
    ["/files/../files/x", "files"],
    ["/files/%2e%2e/files", "files"],
    ["/files\\x", "files"],
  ])("but not %s, where all readings are under one rule", (path, rule) => {
    const { denial, rule: applied } = outcome(lookup, "GET", path, { origin: EVIL });
    expect({ denial, applied }).toEqual(
      rule === undefined
        ? { denial: { reason: "ambiguous-path" }, applied: undefined }
        : { denial: undefined, applied: rule },
    );
  });

  it("but calls a path that is under no rule in any reading what it is", () => {
    expect(outcome(lookup, "GET", "/x%2fy//z", { origin: EVIL }).denial).toEqual({ reason: "no-rule" });
  });
});

describe("decide under a policy that only reports", () => {
  const reporting: PolicyLookup = {
    kind: "found",
    policy: policyFrom({
      mode: "report-only",
      ...documentWith({ paths: ["/v1/*"], timingAllowOrigin: true, resourcePolicy: "same-site" }),
    }),
  };
  const preflightHeaders = { origin: APP, "access-control-request-method": "DELETE" };

  it.each<[string, RequestClass, string, string, Fields, Denial | undefined, string | undefined]>([
    ["a granted request", "actual", "GET", "/v1", { origin: APP }, undefined, "api"],
    ["a denied request", "actual", "GET", "/v1", { origin: EVIL }, { reason: "origin-not-allowed" }, "api"],
    ["a request without a rule", "actual", "GET", "/x", { origin: APP }, { reason: "no-rule" }, undefined],
    ["an ambiguous path", "actual", "GET", "/v1%2f", { origin: APP }, { reason: "ambiguous-path" }, undefined],
    [
      "a preflight",
      "preflight",
      "OPTIONS",
      "/v1",
      { ...preflightHeaders, "access-control-request-method": "GET" },
      undefined,
      "api",
    ],
    [
      "a denied preflight",
      "preflight",
      "OPTIONS",
      "/v1",
      preflightHeaders,
      { reason: "method-not-allowed", culprit: "DELETE" },
      "api",
    ],
    [
      "a denied WebSocket",
      "websocket",
      "GET",
      "/v1",
      { origin: EVIL, upgrade: "websocket" },
      { reason: "origin-not-allowed" },
      "api",
    ],
    ["a request without Origin", "non-cors", "GET", "/v1", {}, undefined, "api"],
    ["a same-origin request", "same-origin", "GET", "/v1", { origin: OWN }, undefined, "api"],
  ])("proxies %s as if there were no gateway", (_, requestClass, method, path, headers, denial, rule) => {
    expect(outcome(reporting, method, path, { ...headers, cookie: "a=b" })).toEqual({
      ...PLAIN,
      requestClass,
      rule,
      denial,
      action: "proxy",
      forwardsCookie: true,
      fields: {},
      vary: "",
      keepsUpstreamFields: true,
      isReportOnly: true,
    });
  });
});

describe("decisionHeader", () => {
  function said(lookup: PolicyLookup, method: string, path: string, headers: Fields): string | undefined {
    return decisionHeader(decide(lookup, requestOf(method, path, headers), NOW));
  }

  const policy = policyWith({
    name: "orders",
    paths: ["/v1/*"],
    allowOrigins: [APP, { origin: TRIAL, expires: "2027-01-14" }],
  });
  const lookup: PolicyLookup = { kind: "found", policy };
  it("says how old a policy is that is older than it should be", () => {
    const asked = [{ ...lookup, version: 7, staleSeconds: 90 }, "GET", "/v1/a", { origin: APP }] as const;
    expect(said(...asked)).toBe("granted;rule=orders;version=7;stale=90");
    expect(said({ ...asked[0], staleSeconds: 0 }, "GET", "/v1/a", { origin: APP })).toBe(
      "granted;rule=orders;version=7",
    );
  });

  const preflightOf = (method: string, names: string) => ({
    origin: APP,
    "access-control-request-method": method,
    "access-control-request-headers": names,
  });

  it.each<[string, PolicyLookup, string, string, Fields]>([
    ["granted;rule=orders", lookup, "GET", "/v1", { origin: APP }],
    ["granted;rule=orders", lookup, "OPTIONS", "/v1", preflightOf("POST", "")],
    ["granted;rule=orders", lookup, "GET", "/v1", { origin: APP, upgrade: "websocket" }],
    ["granted;rule=orders;version=7", { ...lookup, version: 7 }, "GET", "/v1", { origin: APP }],
    ["granted;rule=orders;version=0", { ...lookup, version: 0 }, "GET", "/v1", { origin: APP }],
    ["denied;reason=policy-unavailable", { kind: "unavailable", namesUpstream: false }, "GET", "/v1", { origin: APP }],
    ["denied;reason=no-policy", { kind: "none" }, "GET", "/v1", { origin: APP }],
    ["denied;reason=ambiguous-path", lookup, "GET", "/v1%2f", { origin: APP }],
    ["denied;reason=no-rule", lookup, "GET", "/x", { origin: APP }],
    ["denied;reason=no-rule;version=7", { ...lookup, version: 7 }, "GET", "/x", { origin: APP }],
    ["denied;reason=origin-malformed;rule=orders", lookup, "GET", "/v1", { origin: "a;b" }],
    ["denied;reason=origin-opaque;rule=orders", lookup, "GET", "/v1", { origin: "null" }],
    ["denied;reason=origin-expired;rule=orders", lookup, "GET", "/v1", { origin: TRIAL }],
    ["denied;reason=origin-not-allowed;rule=orders", lookup, "GET", "/v1", { origin: EVIL }],
    ["denied;reason=request-malformed;rule=orders", lookup, "OPTIONS", "/v1", preflightOf("POST", "x b")],
    ["denied;reason=method-not-allowed;rule=orders", lookup, "DELETE", "/v1", { origin: APP }],
    ["denied;reason=method-not-allowed;rule=orders", lookup, "OPTIONS", "/v1", preflightOf("DELETE", "")],
    ["denied;reason=header-not-allowed;rule=orders", lookup, "OPTIONS", "/v1", preflightOf("POST", "x-a")],
    [
      "denied;reason=header-not-allowed;rule=orders;version=12",
      { ...lookup, version: 12 },
      "OPTIONS",
      "/v1",
      preflightOf("POST", "x-a"),
    ],
  ])("is %s", (value, known, method, path, headers) => {
    expect(said(known, method, path, headers)).toBe(value);
  });

  it("says that a policy only reports, last", () => {
    const reporting: PolicyLookup = {
      kind: "found",
      policy: policyFrom({ mode: "report-only", ...documentWith({ name: "orders" }) }),
      version: 3,
    };
    expect(said(reporting, "GET", "/", { origin: EVIL })).toBe(
      "denied;reason=origin-not-allowed;rule=orders;version=3;report-only",
    );
  });
});

describe("unusablePolicy", () => {
  it("knows whether the text may have named an upstream", () => {
    expect(unusablePolicy('{"upstream":')).toEqual({ kind: "unavailable", namesUpstream: true });
    expect(unusablePolicy('{"upstreams')).toEqual({ kind: "unavailable", namesUpstream: false });
  });
});

it("decide lets a load of another site pass where there is no policy", () => {
  const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
  const decision = decide({ kind: "none" }, requestOf("GET", "/", headers), NOW);
  expect(decision).toMatchObject({ action: "proxy", denial: undefined, requestClass: "non-cors" });
});

describe("isCrossOrigin", () => {
  it.each<[RequestClass, boolean]>([
    ["non-cors", false],
    ["same-origin", false],
    ["preflight", true],
    ["websocket", true],
    ["actual", true],
  ])("of %s is %s", (requestClass, expected) => {
    expect(isCrossOrigin(requestClass)).toBe(expected);
  });
});
