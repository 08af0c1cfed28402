import { describe, expect, it } from "vitest";
import type { ExplainedRequest } from "../../../src/core/explain/explain.ts";
import { explainedPolicy } from "../../../src/core/explain/explained-policy.ts";
import { findRemedies, isDenialReason, remedyFor } from "../../../src/core/explain/remedies.ts";
import { APP, documentWith } from "../../support/policies.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");

function remediesUnder(document: object | undefined, request: Partial<ExplainedRequest>) {
  const url = new URL("https://api.example.com/v1/x");
  const full = { url, origin: APP, method: "GET", headers: [], hasCredentials: false, ...request };
  return findRemedies(explainedPolicy("p.json", document && JSON.stringify(document)), full, NOW);
}

const add = (field: string, ...values: string[]) => ({ kind: "add", rule: "api", field, values });

describe("findRemedies finds", () => {
  it("nothing where the page gets what it asks for", () => {
    expect(remediesUnder(documentWith({}), {})).toEqual([]);
    expect(remediesUnder(undefined, { origin: "https://api.example.com" })).toEqual([]);
  });

  it("a change of the rule that the path is under, and of no other", () => {
    const document = documentWith({ paths: ["/v2"] }, { name: "orders", paths: ["/v1/*"] });
    expect(remediesUnder(document, { method: "PUT", hasCredentials: true })).toEqual([
      { kind: "add", rule: "orders", field: "allowMethods", values: ["PUT"] },
      { kind: "allow-credentials", rule: "orders" },
    ]);
  });

  it("everything at once, in the order of the checks", () => {
    const request: Partial<ExplainedRequest> = {
      origin: "https://new.example.com",
      method: "PUT",
      headers: [
        ["x-b", ""],
        ["content-type", "application/json"],
        ["accept", "text/html"],
      ],
      hasCredentials: true,
    };
    expect(remediesUnder(documentWith({ allowHeaders: ["x-a"] }), request)).toEqual([
      add("allowOrigins", "https://new.example.com"),
      add("allowMethods", "PUT"),
      add("allowHeaders", "content-type", "x-b"),
      { kind: "allow-credentials", rule: "api" },
    ]);
  });

  it("what can be listed, and says what cannot", () => {
    const headers = [
      ["*", "1"],
      ["x-b", ""],
    ] as const;
    expect(remediesUnder(documentWith({}), { headers })).toEqual([
      add("allowHeaders", "x-b"),
      { kind: "leave-denied", found: "*" },
    ]);
  });

  it("the same for a policy that only reports", () => {
    const document = { mode: "report-only", ...documentWith({}) };
    expect(remediesUnder(document, { hasCredentials: true })).toEqual([{ kind: "allow-credentials", rule: "api" }]);
  });

  it.each<[string, object | undefined, Partial<ExplainedRequest>, object]>([
    ["a policy where there is none", undefined, {}, { kind: "write-policy" }],
    ["what to correct in an unusable one", { rules: 1 }, {}, { kind: "correct-policy" }],
    [
      "a pattern where the path itself would be one for more",
      documentWith({ paths: ["/a"] }),
      { url: new URL("https://api.example.com/:x/b") },
      { kind: "add-pattern", path: "/:x/b" },
    ],
    [
      "a pattern where the path itself would be one for all below",
      documentWith({ paths: ["/a"] }),
      { url: new URL("https://api.example.com/*") },
      { kind: "add-pattern", path: "/*" },
    ],
    [
      "a pattern where the path itself is none",
      documentWith({ paths: ["/a"] }),
      { url: new URL("https://api.example.com/b/") },
      { kind: "add-pattern", path: "/b/" },
    ],
    [
      "nothing for an origin that would be a wildcard",
      documentWith({}),
      { origin: "https://*.com" },
      { kind: "leave-denied", found: "https://*.com" },
    ],
    ["nothing for a method that would be any", documentWith({}), { method: "*" }, { kind: "leave-denied", found: "*" }],
    ["a header with a star in its name", documentWith({}), { headers: [["x-*", "1"]] }, add("allowHeaders", "x-*")],
    [
      "nothing for a header that would be any",
      documentWith({}),
      { headers: [["*", "1"]] },
      { kind: "leave-denied", found: "*" },
    ],
    ["the path where no rule is for it", documentWith({ paths: ["/a"] }), {}, { kind: "add-path", path: "/v1/x" }],
    [
      "the plain path",
      documentWith({ paths: ["/v1/*"] }),
      { url: new URL("https://api.example.com/v1/..%2fx") },
      { kind: "send-plain-path", path: "/v1/..%2fx" },
    ],
    ["how the origin is sent", documentWith({}), { origin: `${APP}/` }, { kind: "send-origin", origin: APP }],
    ["that no browser sends this", documentWith({}), { origin: "x y" }, { kind: "send-origin", origin: undefined }],
    [
      "the date of an expired origin",
      documentWith({ allowOrigins: [{ origin: APP, expires: "2027-01-14" }] }),
      {},
      { kind: "renew-origin", rule: "api", origin: APP },
    ],
    ["the method's case", documentWith({}), { method: "patch" }, { kind: "write-upper-case", method: "patch" }],
    [
      "fewer headers",
      documentWith({}),
      { headers: Array.from({ length: 129 }, (_, index) => [`x-${index}`, ""] as const) },
      { kind: "ask-for-less" },
    ],
  ])("%s", (_, document, request, remedy) => {
    expect(remediesUnder(document, request)).toEqual([remedy]);
  });

  it.each<[string, object, Partial<ExplainedRequest>, object]>([
    [
      "null",
      documentWith({}),
      { origin: "null" },
      { ...add("allowOrigins", "null"), issue: expect.objectContaining({ code: "origin-null" }) },
    ],
    [
      "plain http with credentials",
      documentWith({ allowCredentials: true }),
      { origin: "http://app.example.com" },
      { ...add("allowOrigins", "http://app.example.com"), issue: expect.objectContaining({ code: "origin-insecure" }) },
    ],
    [
      "credentials for every origin",
      documentWith({ allowOrigins: ["*"] }),
      { hasCredentials: true },
      {
        kind: "allow-credentials",
        rule: "api",
        issue: expect.objectContaining({ code: "origin-any-with-credentials" }),
      },
    ],
  ])("what would be refused, and why: %s", (_, document, request, remedy) => {
    expect(remediesUnder(document, request)).toEqual([remedy]);
  });
});

it("isDenialReason knows the codes of this version", () => {
  expect(["origin-expired", "too-late", "constructor", ""].map(isDenialReason)).toEqual([true, false, false, false]);
});

describe("remedyFor", () => {
  const denied = { rule: "api", origin: APP, path: "/v1", method: "GET", headers: [] };
  it.each([
    ["cross-site-blocked", { kind: "load-with-cors", rule: "api" }],
    ["rate-limited", { kind: "raise-limit", rule: "api" }],
  ] as const)("%s, which no page's request is denied by, is known all the same", (reason, remedy) => {
    expect(remedyFor({ reason, ...denied })).toEqual(remedy);
  });
});
