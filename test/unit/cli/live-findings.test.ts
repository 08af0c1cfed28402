import { describe, expect, it } from "vitest";
import { findDisagreement } from "../../../src/cli/live-findings.ts";
import type { RawResponse } from "../../../src/cli/raw-request.ts";
import { type ExplainedExchange, explain } from "../../../src/core/explain/explain.ts";
import { explainedPolicy } from "../../../src/core/explain/explained-policy.ts";
import { APP, documentWith } from "../../support/policies.ts";

type Fields = Readonly<Record<string, string>>;

interface Received {
  readonly status: number;
  readonly fields: Fields;
  readonly problem?: string;
}

const RULE = { allowMethods: ["GET", "PUT"], exposeHeaders: ["etag"] };
const CORS: Fields = { "access-control-allow-origin": APP, "access-control-expose-headers": "etag" };

/** What is due for a GET, by version 3 of the policy. */
function due(rule: object = RULE, origin = APP): ExplainedExchange {
  const policy = explainedPolicy("p.json", JSON.stringify(documentWith(rule)), 3);
  const url = new URL("https://api.example.com/");
  return explain(policy, { url, origin, method: "GET", headers: [], hasCredentials: false }, 0).actual;
}

function disagreement(expected: ExplainedExchange, { status, fields, problem }: Received) {
  const lines = Object.entries(fields).map(([name, value]) => [name.toUpperCase(), value] as const);
  const received: RawResponse = { status, problem, lines, header: (name) => fields[name] ?? null };
  return findDisagreement(expected, received, "p.json");
}

const said = (decision: string): Fields => ({ ...CORS, "cors-decision": decision });
const GRANTED = said("granted;rule=api;version=3");

describe("no hop disagrees where", () => {
  it.each<[string, Received]>([
    ["everything is as it should be", { status: 200, fields: GRANTED }],
    ["the upstream says no", { status: 404, fields: GRANTED }],
    ["other fields come along", { status: 200, fields: { ...GRANTED, server: "x", "timing-allow-origin": "*" } }],
    ["the gateway knows no version", { status: 200, fields: said("granted;rule=api") }],
    ["the gateway does not say what it decides", { status: 200, fields: CORS }],
  ])("%s", (_, received) => {
    expect(disagreement(due(), received)).toBeUndefined();
  });

  it("each header of the response is exposed", () => {
    const expected = due({ allowCredentials: true, exposeHeaders: ["*"] });
    const fields = {
      ...GRANTED,
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "whatever, it, has",
    };
    expect(disagreement(expected, { status: 200, fields })).toBeUndefined();
  });

  it("a denial comes as a problem document, without CORS-Decision", () => {
    const problem = JSON.stringify({ code: "origin-not-allowed" });
    expect(disagreement(due(RULE, "https://evil.example"), { status: 403, fields: {}, problem })).toBeUndefined();
  });
});

describe("in front of the gateway is", () => {
  it.each<[string, Received, string]>([
    ["a firewall", { status: 403, fields: { server: "waf" } }, "status 403 from Server: waf"],
    [
      "a redirect",
      { status: 301, fields: { location: "https://b.example/" } },
      "a redirect (301) to https://b.example/",
    ],
    ["a server that is open by itself", { status: 200, fields: { "access-control-allow-origin": "*" } }, "status 200"],
    ["a problem document that is not the gateway's", { status: 403, fields: {}, problem: "<html>" }, "status 403"],
    [
      "what changes a header of the same version",
      { status: 200, fields: { ...GRANTED, "access-control-allow-origin": `${APP}, ${APP}` } },
      `Access-Control-Allow-Origin is "${APP}, ${APP}", and by p.json it is "${APP}"`,
    ],
    [
      "what removes a header",
      { status: 200, fields: { "access-control-allow-origin": APP, "cors-decision": "granted;rule=api;version=3" } },
      'Access-Control-Expose-Headers is absent, and by p.json it is "etag"',
    ],
    [
      "what adds a header",
      { status: 200, fields: { ...GRANTED, "access-control-allow-methods": "*" } },
      'Access-Control-Allow-Methods is "*", and by p.json it is absent',
    ],
  ])("%s", (_, received, message) => {
    expect(disagreement(due(), received)).toEqual({ hop: "front", message: expect.stringContaining(message) });
  });

  it("what changes the status of the gateway's own answer", () => {
    const fields = { "cors-decision": "denied;reason=origin-not-allowed;rule=api;version=3" };
    const finding = disagreement(due(RULE, "https://evil.example"), { status: 200, fields });
    expect(finding).toEqual({
      hop: "front",
      message: expect.stringContaining("answers with 403 here, and 200 arrived"),
    });
  });
});

describe("the gateway is at fault where", () => {
  it.each<[string, Received, string]>([
    [
      "it decides by another version",
      { status: 403, fields: { "cors-decision": "denied;reason=no-rule;version=2" } },
      "it decides by version 2, and p.json is version 3",
    ],
    [
      "the version is another, though the decision is the same",
      { status: 200, fields: said("granted;rule=api;version=2") },
      "it decides by version 2",
    ],
    [
      "it decides otherwise",
      { status: 403, fields: { "cors-decision": "denied;reason=no-policy" } },
      "by another policy than p.json",
    ],
    [
      "it cannot use its policy",
      { status: 403, fields: { "cors-decision": "denied;reason=policy-unavailable" } },
      "it cannot read or use the policy that is in KV",
    ],
    [
      "it has another policy with the same decision",
      { status: 200, fields: { ...said("granted;rule=api"), "access-control-expose-headers": "x-id" } },
      "the gateway has another version of the policy",
    ],
    [
      "it has no upstream",
      {
        status: 503,
        fields: { ...GRANTED, "access-control-expose-headers": "etag, retry-after" },
        problem: '{"code":"default-upstream-empty"}',
      },
      "answers 503 (default-upstream-empty)",
    ],
  ])("%s", (_, received, message) => {
    expect(disagreement(due(), received)).toEqual({ hop: "gateway", message: expect.stringContaining(message) });
  });
});

describe("the upstream is at fault where", () => {
  it.each<[string, Received, string]>([
    ["it fails after a grant", { status: 500, fields: GRANTED }, "the upstream fails with 500: look at its own log"],
    [
      "the gateway cannot reach it",
      { status: 502, fields: GRANTED, problem: '{"code":"upstream-unreachable"}' },
      "502 (upstream-unreachable): the gateway cannot reach it",
    ],
    [
      "its problem document is its own",
      { status: 503, fields: GRANTED, problem: '{"code":"maintenance"}' },
      "fails with 503",
    ],
  ])("%s", (_, received, message) => {
    expect(disagreement(due(), received)).toEqual({ hop: "upstream", message: expect.stringContaining(message) });
  });
});
