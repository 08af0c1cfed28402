import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readsOneWay } from "../../../src/core/compare/rule-pairs.ts";
import { isCrossOrigin } from "../../../src/core/decision.ts";
import type { Expectation } from "../../../src/core/expect/expectations.ts";
import { judgeExpectation } from "../../../src/core/expect/judge-expectation.ts";
import { type ExplainedRequest, explain, isGood } from "../../../src/core/explain/explain.ts";
import { explainedPolicy } from "../../../src/core/explain/explained-policy.ts";
import { AllowedOrigins } from "../../../src/core/origin-matcher.ts";
import { originTexts, patternTexts } from "../../support/arbitraries.ts";
import { policyDocuments } from "../../support/page-arbitraries.ts";
import { APP, documentWith } from "../../support/policies.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");
const ADMIN = "https://admin.example.com";

function judge(
  expectation: Expectation,
  document: object | undefined,
  lists: Record<string, string[]> = {},
  hostname = "api.example.com",
) {
  const policy = explainedPolicy("p.json", document && JSON.stringify(document));
  const contents = (name: string) => (lists[name] === undefined ? undefined : new Set(lists[name]));
  return judgeExpectation(expectation, { policy, hostname, contents }, NOW);
}

describe("judgeExpectation", () => {
  const document = documentWith(
    { paths: ["/admin/*"], allowOrigins: [ADMIN], allowCredentials: true, allowMethods: ["GET", "PUT"] },
    { paths: ["/v1/:id/secret"], allowOrigins: [{ list: "staff" }] },
    { paths: ["/v1/*"], allowOrigins: [APP, "https://*.partners.example"], allowHeaders: ["authorization"] },
  );

  it.each<[string, Expectation]>([
    ["a grant", { origin: APP, can: "GET /v1/7", with: ["authorization"] }],
    ["a grant to all that a pattern matches", { origin: "https://eu-*.partners.example", can: "POST /v1/:id" }],
    ["a denial of the origin", { origin: "https://evil.example", cannot: "/admin/*" }],
    ["a denial of the method", { origin: ADMIN, cannot: "DELETE /admin/*" }],
    ["a denial of credentials", { origin: APP, cannot: "GET /v1/7", credentials: true }],
    ["that nobody can but some", { nobody: "GET /admin/*", except: [ADMIN] }],
    [
      "that nobody can but a wildcard and a list",
      { nobody: "/*", except: ["https://*.example.com", "https://*.partners.example", { list: "staff" }] },
    ],
    ["that nobody can, for its method", { nobody: "DELETE /*" }],
    ["that nobody can, where there is no rule", { nobody: "/v2/*" }],
    ["that nobody can, on a path with a second reading", { nobody: "/v1%2F7" }],
  ])("finds that %s holds", (_, expectation) => {
    expect(judge(expectation, document)).toEqual({ kind: "holds" });
  });

  it.each<[string, Expectation, object]>([
    ["of the origin", { origin: "https://evil.example", can: "GET /v1/7" }, { reason: "origin-not-allowed" }],
    [
      "of some that a pattern matches",
      { origin: "https://*.example", can: "GET /v1/7" },
      { reason: "origin-not-allowed" },
    ],
    ["on some paths", { origin: ADMIN, can: "GET /*" }, { reason: "origin-not-allowed" }],
    ["without a rule", { origin: ADMIN, can: "GET /v2" }, { reason: "no-rule" }],
    ["of a header", { origin: APP, can: "GET /v1/7", with: ["x-a"] }, { reason: "header-not-allowed" }],
    ["on a path with a second reading", { origin: APP, can: "GET /v1%2F7" }, { reason: "ambiguous-path" }],
  ])("finds a denial %s, and explains it", (_, expectation, denial) => {
    expect(judge(expectation, document)).toMatchObject({ kind: "fails", explanation: { decisive: { denial } } });
  });

  it.each<[string, Expectation, string, string]>([
    ["to one that should not", { origin: APP, cannot: "GET /v1/*" }, APP, "/v1"],
    ["to one of a pattern", { origin: "https://*.example.com", cannot: "PUT /admin/:id" }, ADMIN, "/admin/any"],
    [
      "to more than the exceptions",
      { nobody: "/v1/7", except: [APP, "https://a.partners.example"] },
      "https://any.any.partners.example",
      "/v1/7",
    ],
    [
      "by a list that is no exception",
      { nobody: "GET /v1/7/secret", except: [APP] },
      "https://staff.list.invalid",
      "/v1/7/secret",
    ],
  ])("finds a grant %s, and explains it", (_, expectation, origin, path) => {
    const judgement = judge(expectation, document);
    if (judgement.kind !== "fails") return expect.unreachable(judgement.kind);
    const { request, outcome } = judgement.explanation;
    expect([request.origin, request.url.pathname]).toEqual([origin, path]);
    expect(outcome).toSatisfy(isGood);
  });

  it("judges a policy that cannot be used as what it is: nobody can do anything", () => {
    expect(judge({ nobody: "/*" }, { rules: [] }).kind).toBe("holds");
    expect(judge({ origin: APP, can: "GET /" }, { rules: [] })).toMatchObject({
      kind: "fails",
      explanation: { decisive: { denial: { reason: "policy-unavailable" } } },
    });
  });

  it("tries a hostname that a wildcard's policy serves", () => {
    const judgement = judge({ nobody: "/admin/*" }, document, {}, "*.example.com");
    expect(judgement.kind === "fails" && judgement.explanation.request.url.href).toBe("wss://any.example.com/admin");
  });

  it("takes no page for the API's own that a wildcard's policy serves elsewhere", () => {
    const any = "https://any.example.com";
    const on = (expectation: Expectation, ...allowOrigins: string[]) =>
      judge(expectation, documentWith({ allowOrigins }), {}, "*.example.com");
    const judgement = on({ nobody: "GET /*" }, any);
    if (judgement.kind !== "fails") return expect.unreachable(judgement.kind);
    const { origin, url } = judgement.explanation.request;
    expect([origin, url.href]).toEqual([any, "https://other.example.com/"]);
    expect(on({ nobody: "GET /*" }, "http://other.example.com", any).kind).toBe("fails");
    expect(on({ origin: any, can: "DELETE /*" }, APP)).toMatchObject({
      kind: "fails",
      explanation: { decisive: { denial: { reason: "origin-not-allowed" } } },
    });
  });

  it("does not judge what hangs on a list of unknown content, and does where it is known", () => {
    const can: Expectation = { origin: "https://me.example", can: "GET /v1/7/secret" };
    const { can: what = "", origin = "" } = can;
    expect(judge(can, document).kind).toBe("not-known");
    expect(judge({ origin, cannot: what }, document).kind).toBe("not-known");
    expect(judge(can, document, { staff: ["https://me.example"] }).kind).toBe("holds");
    expect(judge({ origin, cannot: what }, document, { staff: ["https://me.example"] }).kind).toBe("fails");
    expect(judge({ origin, cannot: what }, document, { staff: [] }).kind).toBe("holds");
  });

  it("passes over the API's own pages, which need no CORS", () => {
    const own = documentWith({ allowOrigins: ["https://api.example.com"] });
    expect(judge({ nobody: "/*" }, own).kind).toBe("holds");
    expect(judge({ origin: "https://api.example.com", can: "DELETE /" }, own).kind).toBe("holds");
  });

  it("judges no policy as what it is: nobody can do anything", () => {
    expect(judge({ nobody: "/*" }, undefined).kind).toBe("holds");
    expect(judge({ origin: APP, can: "GET /" }, undefined)).toMatchObject({
      kind: "fails",
      explanation: { decisive: { denial: { reason: "no-policy" } } },
    });
  });
});

describe("for any policy and expectation", () => {
  const paths = fc.constantFrom("/*", "/a/*", "/a/:x", "/a", "/:x/b", "/c");
  const methods = fc.constantFrom("GET ", "PUT ", "PATCH ", "");
  const sent = fc.record({
    path: fc.constantFrom("/", "/a", "/a/", "/a/b", "/x/b", "/c", "/a/b/c").filter(readsOneWay),
    origin: fc.oneof(
      fc.constantFrom("https://a.com", "https://x.a.com", "https://xy.a.com", "https://a.com:8443", "null"),
      originTexts,
    ),
    method: fc.constantFrom("GET", "PUT", "PATCH"),
  });
  const cases = fc.record({
    document: policyDocuments,
    about: fc.tuple(methods, paths).map((parts) => parts.join("")),
    path: paths,
    origin: fc.oneof(
      patternTexts,
      fc.constantFrom("*", "null", "https://a.com", "https://*.a.com", "https://xy*.a.com"),
    ),
    except: fc.uniqueArray(
      fc.constantFrom("https://a.com", "https://*.a.com", "https://a.com:*", "null", "https://x.a.com"),
      { minLength: 1 },
    ),
    credentials: fc.boolean(),
    asked: fc.array(sent, { minLength: 15, maxLength: 15 }),
  });
  const matches = (patterns: readonly string[], origin: string) =>
    new AllowedOrigins(patterns.map((pattern) => ({ pattern, endsAt: undefined }))).judge(origin, NOW) === "allowed";
  const isUnder = (pattern: string, path: string) =>
    isGood(explainIt(documentWith({ paths: [pattern], allowOrigins: ["*"] }), path, APP, "GET", false).outcome);

  function explainIt(document: object, path: string, origin: string, method: string, hasCredentials: boolean) {
    const url = new URL(`https://api.example.com${path}`);
    const request: ExplainedRequest = { url, origin, method, headers: [], hasCredentials };
    return explain(explainedPolicy("p.json", JSON.stringify(document)), request, NOW);
  }

  it("no request contradicts what holds", () => {
    let held = 0;
    fc.assert(
      fc.property(cases, ({ document, about, path, origin, except, credentials, asked }) => {
        const expectations: Expectation[] = [
          { nobody: about, except, credentials },
          { origin, cannot: about, credentials },
          { origin, can: `GET ${path}`, credentials },
        ];
        for (const expectation of expectations) {
          if (judge(expectation, document).kind !== "holds") continue;
          held++;
          const [method = "", pattern = ""] = (expectation.can ?? about).includes(" ")
            ? (expectation.can ?? about).split(" ")
            : ["", about];
          for (const request of asked) {
            const isAbout =
              expectation.origin === undefined
                ? !matches(except, request.origin)
                : matches([expectation.origin], request.origin);
            if (!isAbout || !isUnder(pattern, request.path) || (method !== "" && method !== request.method)) continue;
            const { outcome, requestClass } = explainIt(
              document,
              request.path,
              request.origin,
              request.method,
              credentials,
            );
            if (!isCrossOrigin(requestClass)) continue;
            expect(isGood(outcome), JSON.stringify({ expectation, request, document })).toBe(
              expectation.can !== undefined,
            );
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(held).toBeGreaterThan(50);
  });
});
