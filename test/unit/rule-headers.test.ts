import { describe, expect, it } from "vitest";
import type { RuleDocument } from "../../src/core/document-schema.ts";
import { RuleHeaders } from "../../src/core/rule-headers.ts";
import { APP, documentOf } from "../support/policies.ts";

const PREFLIGHT_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
const METADATA_VARY = "Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Fetch-Site";
const NOTHING = { fields: [], exposesEachHeader: false, replacesTiming: false, keepsUpstreamFields: false };

function headersUnder(rule: Partial<RuleDocument>): RuleHeaders {
  const [only] = documentOf(rule).rules;
  if (only === undefined) throw new Error("no rule");
  return new RuleHeaders(only, 50);
}

describe("RuleHeaders", () => {
  it.each<[string, Partial<RuleDocument>, (headers: RuleHeaders) => unknown, unknown]>([
    ["the unreadable", {}, ({ unreadable }) => unreadable, { ...NOTHING, vary: "Origin" }],
    [
      "the unreadable of an isolated rule",
      { isolation: true },
      ({ unreadable }) => unreadable.vary,
      `Origin, ${METADATA_VARY}`,
    ],
    ["a refused preflight", {}, ({ refusedPreflight }) => refusedPreflight, { ...NOTHING, vary: PREFLIGHT_VARY }],
    [
      "an answered preflight",
      { isolation: true, timingAllowOrigin: true, resourcePolicy: "same-site", allowHeaders: ["X-A", "x-b"] },
      (headers) => headers.answeredPreflight(APP),
      {
        ...NOTHING,
        fields: [
          ["access-control-allow-origin", APP],
          ["access-control-allow-methods", "GET, HEAD, POST"],
          ["access-control-allow-headers", "X-A, x-b"],
          ["access-control-max-age", "7200"],
          ["cross-origin-resource-policy", "same-site"],
        ],
        vary: PREFLIGHT_VARY,
        replacesTiming: true,
      },
    ],
    [
      "an answered preflight under `*`, without credentials",
      { allowMethods: ["*", "PUT"], allowHeaders: ["*", "Authorization", "x-a"] },
      (headers) => headers.answeredPreflight(APP).fields,
      [
        ["access-control-allow-origin", APP],
        ["access-control-allow-methods", "*"],
        ["access-control-allow-headers", "*, authorization"],
        ["access-control-max-age", "7200"],
      ],
    ],
    [
      "an answered preflight under `*`, with credentials",
      { allowMethods: ["*"], allowHeaders: ["*"], allowCredentials: true },
      (headers) => headers.answeredPreflight(APP).fields,
      [
        ["access-control-allow-origin", APP],
        ["access-control-allow-credentials", "true"],
        ["access-control-max-age", "7200"],
      ],
    ],
    [
      "the readable",
      { allowCredentials: true, exposeHeaders: ["ETag", "x-a"], timingAllowOrigin: true },
      (headers) => headers.readable(APP),
      {
        ...NOTHING,
        fields: [
          ["access-control-allow-origin", APP],
          ["access-control-allow-credentials", "true"],
          ["access-control-expose-headers", "ETag, x-a"],
          ["timing-allow-origin", APP],
        ],
        vary: "Origin",
        replacesTiming: true,
      },
    ],
    [
      "the readable that exposes each header",
      { allowCredentials: true, exposeHeaders: ["*"] },
      (headers) => headers.readable(APP),
      {
        ...NOTHING,
        fields: [
          ["access-control-allow-origin", APP],
          ["access-control-allow-credentials", "true"],
        ],
        vary: "Origin",
        exposesEachHeader: true,
      },
    ],
    [
      "the shared",
      { exposeHeaders: ["*"] },
      ({ shared }) => shared,
      {
        ...NOTHING,
        fields: [
          ["access-control-allow-origin", "*"],
          ["access-control-expose-headers", "*"],
        ],
        vary: "",
      },
    ],
    ["the shared of an isolated rule", { isolation: true }, ({ shared }) => shared.vary, METADATA_VARY],
  ])("%s", (_, rule, of, expected) => {
    expect(of(headersUnder(rule))).toEqual(expected);
  });

  it("of an origin are the very same while they are kept", () => {
    const headers = headersUnder({});
    expect(headers.readable(APP)).toBe(headers.readable(APP));
    expect(headers.answeredPreflight(APP)).toBe(headers.answeredPreflight(APP));
    expect(headers.readable("https://b.example").fields).toEqual([
      ["access-control-allow-origin", "https://b.example"],
    ]);
  });
});
