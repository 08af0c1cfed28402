import { describe, expect, it } from "vitest";
import { describeOutcome } from "../../../src/core/explain/describe-outcome.ts";
import { expectedFields } from "../../../src/core/explain/expected-fields.ts";
import { type ExplainedRequest, type Explanation, explain, isGood } from "../../../src/core/explain/explain.ts";
import { explainedPolicy } from "../../../src/core/explain/explained-policy.ts";
import { APP, documentWith } from "../../support/policies.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");
const PLACE = "policies/api.example.com.json";
const HTTP_APP = "http://app.example.com";

function asked(request: Partial<ExplainedRequest> & { readonly path?: string } = {}): ExplainedRequest {
  const { path = "/v1/x", ...fields } = request;
  const url = new URL(`https://api.example.com${path}`);
  return { url, origin: APP, method: "GET", headers: [], hasCredentials: false, ...fields };
}

function explainUnder(document: object | undefined, request: ExplainedRequest, version?: number): Explanation {
  return explain(explainedPolicy(PLACE, document && JSON.stringify(document), version), request, NOW);
}

/** `name state` of each step, and the evidence of those that passed or failed. */
function stepsOf({ steps }: Explanation): string[] {
  return steps.map(({ name, state, evidence }) => `${name} ${state}${evidence === "" ? "" : `: ${evidence}`}`);
}

const NOT_REACHED = ["path", "rule", "origin", "request", "method", "headers"].map((name) => `${name} not-reached`);
const JSON_PUT = { method: "PUT", headers: [["content-type", "application/json"]] } as const;

describe("the steps of", () => {
  it("a grant with a preflight say by what each check passed", () => {
    const document = documentWith({
      paths: ["/v2/*", "/v1/:id"],
      allowOrigins: ["https://*.example.com", APP],
      allowMethods: ["*"],
      allowHeaders: ["content-type"],
    });
    expect(stepsOf(explainUnder(document, asked(JSON_PUT), 7))).toEqual([
      `policy passed: ${PLACE}, version 7`,
      "path passed: /v1/x",
      'rule passed: "api" by its path "/v1/:id"',
      `origin passed: ${APP} is allowed by "${APP}"`,
      "request passed: well-formed",
      'method passed: PUT is allowed by "*"',
      "headers passed: content-type allowed",
    ]);
  });

  it("a grant without a preflight leave the headers unchecked", () => {
    expect(stepsOf(explainUnder(documentWith({}), asked({ method: "HEAD" }))).slice(4)).toEqual([
      "request not-checked: not checked: the browser sends no preflight",
      "method passed: HEAD is allowed",
      "headers not-checked: not checked: the browser sends no preflight",
    ]);
  });

  it("HEAD say that GET implies it", () => {
    const steps = stepsOf(explainUnder(documentWith({ allowMethods: ["GET"] }), asked({ method: "HEAD" })));
    expect(steps).toContain('method passed: HEAD is allowed by "GET"');
  });

  it("a WebSocket check neither method nor headers", () => {
    const request = { ...asked(), url: new URL("wss://api.example.com/v1/x") };
    expect(stepsOf(explainUnder(documentWith({ allowMethods: [] }), request)).slice(4)).toEqual([
      "request not-checked: not checked for a WebSocket",
      "method not-checked: not checked for a WebSocket",
      "headers not-checked: not checked for a WebSocket",
    ]);
  });

  it("a same-origin request are none, and the browser asks nothing before", () => {
    const request = asked({ origin: "https://api.example.com", method: "PUT" });
    expect(explainUnder(documentWith({}), request)).toMatchObject({ steps: [], causes: [], preflight: undefined });
  });

  const trial = { origin: "https://trial.example.org", expires: "2027-01-14", owner: "growth" };
  it.each<[string, object | undefined, Partial<ExplainedRequest> & { path?: string }, string]>([
    ["no policy", undefined, {}, `policy failed: there is none for api.example.com: neither ${PLACE} nor a wildcard's`],
    ["an unusable policy", { rules: [] }, {}, `policy failed: ${PLACE} cannot be used: this list must not be empty`],
    [
      "an ambiguous path",
      documentWith({ paths: ["/admin"] }, { paths: ["/*"] }),
      { path: "/v1/..%2fadmin" },
      'path failed: /v1/..%2fadmin is under the rule "api-1", but an upstream may read it as /admin, under the rule "api"',
    ],
    [
      "no rule",
      documentWith({ paths: ["/a", "/b/*"] }),
      {},
      "rule failed: no rule is for /v1/x; the rules' paths are /a, /b/*",
    ],
    [
      "a malformed origin",
      documentWith({}),
      { origin: `${APP}/` },
      `origin failed: no browser sends "${APP}/"; it would send "${APP}"`,
    ],
    [
      "an opaque origin",
      documentWith({}),
      { origin: "null" },
      'origin failed: the origin is null (a sandboxed frame, a local file, or a redirect), which the rule "api" does not list',
    ],
    [
      "an expired origin",
      documentWith({ allowOrigins: [trial] }),
      { origin: trial.origin },
      "origin failed: https://trial.example.org was allowed until 2027-01-14 (owner: growth)",
    ],
    [
      "another origin",
      documentWith({}),
      { origin: "https://evil.example" },
      'origin failed: the rule "api" does not allow https://evil.example',
    ],
    [
      "an origin that is nearly right",
      documentWith({}),
      { origin: HTTP_APP },
      `origin failed: the rule "api" does not allow ${HTTP_APP}; it does allow ${APP}`,
    ],
    [
      "more headers than are read",
      documentWith({}),
      { headers: Array.from({ length: 129 }, (_, index) => [`x-${index}`, ""] as const) },
      "request failed: more is asked than the gateway reads: over 128 header names, over 8 KiB, or what is no name",
    ],
    [
      "a method",
      documentWith({ allowMethods: ["GET", "POST"] }),
      { method: "PUT" },
      'method failed: the rule "api" does not allow PUT; it allows GET, POST',
    ],
    [
      "headers",
      documentWith({ allowHeaders: ["x-b"] }),
      {
        headers: [
          ["x-c", ""],
          ["x-b", ""],
          ["x-a", ""],
        ],
      },
      'headers failed: the rule "api" does not allow x-a, x-c; it allows x-b',
    ],
    [
      "authorization under `*`",
      documentWith({ allowHeaders: ["*"] }),
      {
        headers: [
          ["authorization", ""],
          ["x-a", ""],
        ],
      },
      'headers failed: "*" covers every header but authorization, which must be listed beside it',
    ],
  ])("a denial for %s end with it", (_, document, request, failed) => {
    const steps = stepsOf(explainUnder(document, asked(request)));
    const index = steps.indexOf(failed);
    expect(steps[index], steps.join("\n")).toBe(failed);
    expect(steps.slice(0, index).every((step) => / (?:passed|not-checked)/.test(step))).toBe(true);
    expect(steps.slice(index + 1)).toEqual(NOT_REACHED.slice(index));
  });
});

describe("what comes of", () => {
  it.each<[string, object | undefined, Partial<ExplainedRequest>, object, boolean, string]>([
    [
      "a simple request that is granted",
      documentWith({}),
      {},
      { kind: "read" },
      true,
      "The browser sends the GET, and lets the page read the response.",
    ],
    [
      "a preflighted request with credentials that is granted",
      documentWith({ allowMethods: ["PUT"], allowCredentials: true }),
      { method: "PUT", hasCredentials: true },
      { kind: "read" },
      true,
      "The browser asks by a preflight, sends the PUT with credentials, and lets the page read the response.",
    ],
    [
      "a same-origin request",
      undefined,
      { origin: "https://api.example.com", method: "PUT" },
      { kind: "same-origin" },
      true,
      "The page and the URL have the same origin: the browser asks nothing and lets the page read the response.",
    ],
    [
      "a method that is denied but safelisted",
      documentWith({ allowMethods: ["PUT"] }),
      {},
      { kind: "denial-read" },
      false,
      "The browser sends the GET; the gateway denies it (method-not-allowed), and the page may read that 403, but no more.",
    ],
    [
      "an origin that is denied",
      documentWith({}),
      { origin: "https://evil.example" },
      { kind: "blocked-after", refusal: { code: "allow-origin-missing" }, reachesUpstream: false },
      false,
      "The browser sends the GET and keeps the response from the page: the response has no Access-Control-Allow-Origin, because the gateway denies it (origin-not-allowed). The upstream never sees the request.",
    ],
    [
      "an origin that is denied and forwarded",
      documentWith({ onDenied: "forward" }),
      { origin: "https://evil.example" },
      { kind: "blocked-after", refusal: { code: "allow-origin-missing" }, reachesUpstream: true },
      false,
      "The browser sends the GET and keeps the response from the page: the response has no Access-Control-Allow-Origin, because the gateway denies it (origin-not-allowed). The upstream has got the request all the same.",
    ],
    [
      "a method that is denied",
      documentWith({}),
      { method: "PUT" },
      {
        kind: "blocked-before",
        refusal: { code: "method-not-listed", culprit: "PUT", found: "GET, HEAD, POST" },
      },
      false,
      "The browser sends the preflight and never the PUT itself: the method PUT is not in Access-Control-Allow-Methods (GET, HEAD, POST), because the gateway denies it (method-not-allowed).",
    ],
    [
      "credentials that are not allowed",
      documentWith({}),
      { hasCredentials: true },
      {
        kind: "blocked-after",
        refusal: { code: "allow-credentials-missing", found: null },
        reachesUpstream: true,
      },
      false,
      "The browser sends the GET with credentials and keeps the response from the page: the response has no Access-Control-Allow-Credentials, and the request has credentials. The upstream has got the request all the same.",
    ],
    [
      "credentials that are not allowed after a preflight",
      documentWith({ allowMethods: ["PUT"] }),
      { method: "PUT", hasCredentials: true },
      { kind: "blocked-before", refusal: { code: "allow-credentials-missing", found: null } },
      false,
      "The browser sends the preflight and never the PUT itself: the preflight's answer has no Access-Control-Allow-Credentials, and the request has credentials.",
    ],
    [
      "plain http from an https page",
      documentWith({}),
      { url: new URL("http://api.example.com/v1/x") },
      { kind: "mixed-content" },
      false,
      "The browser sends nothing: a page from https may not load from plain http (mixed content), whatever CORS says.",
    ],
    [
      "a WebSocket that is denied",
      documentWith({}),
      { url: new URL("wss://api.example.com/"), origin: "https://evil.example" },
      { kind: "handshake-refused" },
      false,
      "The browser sends the opening handshake, the gateway denies it with 403, and the WebSocket fails.",
    ],
    [
      "a WebSocket that is granted",
      documentWith({}),
      { url: new URL("wss://api.example.com/") },
      { kind: "handshake-forwarded" },
      true,
      "The browser sends the opening handshake, and the gateway passes it on to the upstream.",
    ],
    [
      "a denial that is only reported",
      { mode: "report-only", ...documentWith({}) },
      { method: "PUT" },
      {
        kind: "left-to-upstream",
        enforced: {
          kind: "blocked-before",
          refusal: { code: "method-not-listed", culprit: "PUT", found: "GET, HEAD, POST" },
        },
      },
      false,
      "The policy only reports, so that the upstream's own CORS headers decide. Enforced: The browser sends the preflight and never the PUT itself: the method PUT is not in Access-Control-Allow-Methods (GET, HEAD, POST), because the gateway denies it (method-not-allowed).",
    ],
    [
      "a grant that is only reported",
      { mode: "report-only", ...documentWith({}) },
      {},
      { kind: "left-to-upstream", enforced: { kind: "read" } },
      true,
      "The policy only reports, so that the upstream's own CORS headers decide. Enforced: The browser sends the GET, and lets the page read the response.",
    ],
  ])("%s", (_, document, request, outcome, good, sentence) => {
    const explanation = explainUnder(document, asked(request));
    expect(explanation.outcome).toEqual(outcome);
    expect(isGood(explanation.outcome)).toBe(good);
    expect(describeOutcome(explanation)).toBe(sentence);
  });
});

it("a handshake in plain http from a page in plain http is one, too", () => {
  const request = { ...asked(), url: new URL("ws://api.example.com/"), origin: "http://app.example.com" };
  expect(explainUnder(documentWith({}), request).outcome).toEqual({ kind: "handshake-refused" });
});

describe("expectedFields", () => {
  it("are none of the gateway's for a page of the API's own, but that the upstream's are removed", () => {
    const { actual } = explainUnder(documentWith({}), asked({ origin: "https://api.example.com" }));
    expect(expectedFields(actual)).toEqual([
      { name: "vary", kind: "added", value: "Origin" },
      { name: "access-control-*", kind: "removed" },
    ]);
  });

  const exact = (name: string, value: string) => ({ name, kind: "exact", value });

  it("of a preflight's answer are all exact", () => {
    const { preflight } = explainUnder(documentWith({ allowMethods: ["PUT"] }), asked({ method: "PUT" }), 3);
    expect(preflight?.status).toBe(204);
    expect(preflight && expectedFields(preflight)).toEqual([
      exact("access-control-allow-origin", APP),
      exact("access-control-allow-methods", "PUT"),
      exact("access-control-max-age", "7200"),
      exact("cors-decision", "granted;rule=api;version=3"),
      exact("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ]);
  });

  it("of a proxied response tell the gateway's from the upstream's", () => {
    const rule = { allowCredentials: true, exposeHeaders: ["*"], timingAllowOrigin: true };
    expect(expectedFields(explainUnder(documentWith(rule), asked()).actual)).toEqual([
      exact("access-control-allow-origin", APP),
      exact("access-control-allow-credentials", "true"),
      exact("timing-allow-origin", APP),
      { name: "access-control-expose-headers", kind: "each-header" },
      exact("cors-decision", "granted;rule=api"),
      { name: "vary", kind: "added", value: "Origin" },
      { name: "access-control-*", kind: "removed" },
    ]);
  });

  it("of a denial that is forwarded have the upstream's timing removed", () => {
    const rule = { onDenied: "forward", timingAllowOrigin: true };
    const { actual } = explainUnder(documentWith(rule), asked({ origin: "https://evil.example" }));
    expect(expectedFields(actual)).toEqual([
      exact("cors-decision", "denied;reason=origin-not-allowed;rule=api"),
      { name: "vary", kind: "added", value: "Origin" },
      { name: "timing-allow-origin", kind: "removed" },
      { name: "access-control-*", kind: "removed" },
    ]);
  });

  it("under a policy that only reports are the upstream's", () => {
    const { actual } = explainUnder({ mode: "report-only", ...documentWith({}) }, asked());
    expect(expectedFields(actual)).toEqual([
      exact("cors-decision", "granted;rule=api;report-only"),
      { name: "access-control-*", kind: "upstream" },
    ]);
  });

  it("of a request with credentials count on a cookie, which keeps an answer under `*` from being shared", () => {
    const document = documentWith({ allowOrigins: ["*"] });
    const vary = { name: "vary", kind: "added", value: "Origin" };
    expect(expectedFields(explainUnder(document, asked({ hasCredentials: true })).actual)).toContainEqual(vary);
    expect(expectedFields(explainUnder(document, asked()).actual)).not.toContainEqual(vary);
  });
});
