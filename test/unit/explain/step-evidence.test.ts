import { describe, expect, it } from "vitest";
import { type ExplainedRequest, explain } from "../../../src/core/explain/explain.ts";
import { explainedPolicy } from "../../../src/core/explain/explained-policy.ts";
import { type Evidence, type StepName, tellFailed } from "../../../src/core/explain/step-evidence.ts";
import type { IsListed } from "../../../src/core/origin-matcher.ts";
import { APP, documentWith } from "../../support/policies.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");
const PLACE = "p.json";
const URL_OF_API = new URL("https://api.example.com/v1/x");

function explained(document: object, request: Partial<ExplainedRequest>, isListed?: IsListed) {
  const policy = explainedPolicy(PLACE, JSON.stringify(document), undefined, isListed);
  const full = { url: URL_OF_API, origin: APP, method: "GET", headers: [], hasCredentials: false, ...request };
  return { policy, explanation: explain(policy, full, NOW) };
}

/** What a step says, without its name and state. */
function evidenceOf(step: StepName, document: object, request: Partial<ExplainedRequest> = {}, isListed?: IsListed) {
  const { steps } = explained(document, request, isListed).explanation;
  const { name, state, ...evidence } = steps.find((one) => one.name === step) ?? { name: step, state: "none" };
  return evidence;
}

const MANY = Array.from({ length: 7 }, (_, index) => `x-${index}`);

describe("the evidence of a step that passed", () => {
  it.each<[string, StepName, object, Partial<ExplainedRequest>, Evidence]>([
    ["a policy", "policy", documentWith({}), {}, { evidence: PLACE }],
    [
      "a policy that only reports",
      "policy",
      { mode: "report-only", ...documentWith({}) },
      {},
      { evidence: `${PLACE}, report-only` },
    ],
    [
      "a rule",
      "rule",
      documentWith({ paths: ["/v2", "/v1/*"] }),
      {},
      { evidence: '"api" by its path "/v1/*"', matched: "/v1/*" },
    ],
    [
      "a rule with a rate limit",
      "rule",
      documentWith({ rateLimit: "LIMIT" }),
      {},
      { evidence: '"api" by its path "/*"; requests also count for the rate limit LIMIT', matched: "/*" },
    ],
    [
      "an origin by itself rather than by a wildcard",
      "origin",
      documentWith({ allowOrigins: ["https://other.example", "https://*.example.com", APP] }),
      {},
      { evidence: `${APP} is allowed by "${APP}"`, matched: APP },
    ],
    [
      "an origin by a wildcard",
      "origin",
      documentWith({ allowOrigins: ["https://other.example", "https://*.example.com"] }),
      {},
      { evidence: `${APP} is allowed by "https://*.example.com"`, matched: "https://*.example.com" },
    ],
    [
      "an origin that has an end",
      "origin",
      documentWith({ allowOrigins: [{ origin: APP, expires: "2027-01-31" }] }),
      {},
      { evidence: `${APP} is allowed by "${APP}" until 2027-01-31`, matched: APP },
    ],
    [
      "an origin that is there twice",
      "origin",
      documentWith({
        allowOrigins: [
          { origin: APP, expires: "2027-01-31" },
          { origin: "https://*.example.com", expires: "2027-02-28" },
          { origin: APP, expires: "2027-02-28" },
        ],
      }),
      {},
      { evidence: `${APP} is allowed by "${APP}" until 2027-02-28`, matched: APP },
    ],
    [
      "an origin that has an end where a wildcard has none",
      "origin",
      documentWith({ allowOrigins: [{ origin: APP, expires: "2027-01-31" }, "https://*.example.com"] }),
      {},
      { evidence: `${APP} is allowed by "https://*.example.com"`, matched: "https://*.example.com" },
    ],
    [
      "no headers",
      "headers",
      documentWith({ allowMethods: ["PUT"] }),
      { method: "PUT" },
      { evidence: "none that need asking" },
    ],
    [
      "many headers",
      "headers",
      documentWith({ allowHeaders: ["*"] }),
      { headers: MANY.map((name) => [name, ""] as const) },
      { evidence: "x-0, x-1, x-2, x-3, x-4 and 2 more allowed" },
    ],
    [
      "five headers",
      "headers",
      documentWith({ allowHeaders: ["*"] }),
      { headers: MANY.slice(0, 5).map((name) => [name, ""] as const) },
      { evidence: "x-0, x-1, x-2, x-3, x-4 allowed" },
    ],
  ])("names %s", (_, step, document, request, evidence) => {
    expect(evidenceOf(step, document, request)).toEqual(evidence);
  });

  it("names the list that has an origin, of those that the rule names", () => {
    const document = documentWith({ allowOrigins: [{ list: "partners" }, { list: "staff" }] });
    expect(evidenceOf("origin", document, {}, (list) => list === "staff")).toEqual({
      evidence: `${APP} is allowed by "the list staff"`,
      matched: "the list staff",
    });
  });
});

describe("the evidence of a step that failed", () => {
  const trial = { origin: APP, expires: "2027-01-14" };
  it.each<[string, StepName, object, Partial<ExplainedRequest>, Evidence]>([
    [
      "six faults of a policy, five of them in words",
      "policy",
      documentWith({ allowMethods: MANY.slice(0, 6).map((_, index) => `A ${index}`) }),
      {},
      {
        evidence: `${PLACE} cannot be used: ${[0, 1, 2, 3, 4].map((index) => `the method "A ${index}" is not a token`).join("; ")} and 1 more`,
      },
    ],
    [
      "the list that is not known",
      "policy",
      documentWith({ allowOrigins: [{ list: "staff" }] }),
      {},
      {
        evidence:
          'whether a list of the rule "api" has the origin is not known; ask the KV that has it: --local or --remote',
      },
    ],
    [
      "the reading that is under another rule, not the first there is",
      "path",
      documentWith({ paths: ["/admin"] }),
      { url: new URL("https://api.example.com/v1//..%2f..%2fadmin") },
      {
        evidence: '/v1//..%2f..%2fadmin is under no rule, but an upstream may read it as /admin, under the rule "api"',
        nearest: "/admin",
      },
    ],
    [
      "no origin that was meant, where none can be told",
      "origin",
      documentWith({}),
      { origin: "x y" },
      { evidence: 'no browser sends "x y"' },
    ],
    [
      "the origin that was meant",
      "origin",
      documentWith({}),
      { origin: `${APP}/` },
      { evidence: `no browser sends "${APP}/"; it would send "${APP}"`, nearest: APP },
    ],
    [
      "an origin whose time is over, without an owner",
      "origin",
      documentWith({ allowOrigins: [trial] }),
      {},
      { evidence: `${APP} was allowed until 2027-01-14`, nearest: APP },
    ],
    [
      "an origin whose time is over, twice",
      "origin",
      documentWith({ allowOrigins: [{ origin: APP, expires: "2026-12-31", owner: "growth" }, trial] }),
      {},
      { evidence: `${APP} was allowed until 2027-01-14`, nearest: APP },
    ],
    [
      "no origin that was near",
      "origin",
      documentWith({ allowOrigins: [trial] }),
      { origin: "http://app.example.com" },
      { evidence: 'the rule "api" does not allow http://app.example.com' },
    ],
    [
      "the nearest origin",
      "origin",
      documentWith({}),
      { origin: "http://app.example.com" },
      { evidence: `the rule "api" does not allow http://app.example.com; it does allow ${APP}`, nearest: APP },
    ],
    [
      "no origin where none is near",
      "origin",
      documentWith({}),
      { origin: "https://evil.test" },
      { evidence: 'the rule "api" does not allow https://evil.test' },
    ],
    [
      "that no method is allowed",
      "method",
      documentWith({ allowMethods: [] }),
      { method: "PUT" },
      { evidence: 'the rule "api" does not allow PUT; it allows none' },
    ],
    [
      "authorization among others, where `*` is not listed",
      "headers",
      documentWith({ allowHeaders: ["x-b"] }),
      { headers: [["authorization", ""]] },
      { evidence: 'the rule "api" does not allow authorization; it allows x-b' },
    ],
  ])("names %s", (_, step, document, request, evidence) => {
    expect(evidenceOf(step, document, request)).toEqual(evidence);
  });

  it.each([
    ["cross-site-blocked", 'the rule "api" is isolated: pages of other sites may load with CORS only'],
    ["rate-limited", 'the rate limit LIMIT of the rule "api" is used up for the moment'],
  ] as const)("of %s, which no page's request is denied by here, says so all the same", (reason, evidence) => {
    const { policy, explanation } = explained(documentWith({ rateLimit: "LIMIT", isolation: true }), {});
    const known = { policy, request: explanation.request, decision: explanation.decisive, now: NOW };
    expect(tellFailed({ reason }, known)).toEqual({ evidence });
  });
});
