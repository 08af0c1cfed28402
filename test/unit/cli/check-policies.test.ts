import { describe, expect, it } from "vitest";
import { checkPolicy } from "../../../src/cli/check-policies.ts";

const NOW = Date.parse("2027-01-01T00:00:00Z");

function check(text: string) {
  return checkPolicy({ path: "policies/a.example.json", hostname: "a.example", text }, NOW);
}

function checkRule(rule: object) {
  return check(JSON.stringify({ rules: [{ name: "r", ...rule }] }));
}

describe("checkPolicy", () => {
  it.each([
    "https://*.com",
    "https://*.co.uk",
    "https://*.github.io",
    "https://pr-*.vercel.app",
    "https://*.github.io:*",
  ])("refuses %s with credentials: strangers can register there", (origin) => {
    const { issues, document } = checkRule({ allowOrigins: [origin], allowCredentials: true });
    expect(issues).toMatchObject([{ code: "origin-public-suffix", found: origin, expected: "public-suffix-wildcard" }]);
    expect(document).toBeUndefined();
  });

  it.each<[string, object]>([
    ["without credentials", { allowOrigins: ["https://*.github.io"] }],
    [
      "acknowledged",
      {
        allowOrigins: ["https://*.github.io"],
        allowCredentials: true,
        dangerouslyAllow: ["public-suffix-wildcard"],
      },
    ],
    ["over a registered domain", { allowOrigins: ["https://*.example.com"], allowCredentials: true }],
    ["over a name that is nobody's to sell", { allowOrigins: ["https://*.internal"], allowCredentials: true }],
    ["over loopback", { allowOrigins: ["http://*.localhost"], allowCredentials: true }],
    ["that is no wildcard", { allowOrigins: ["https://me.github.io"], allowCredentials: true }],
  ])("accepts a wildcard %s", (_, rule) => {
    expect(checkRule(rule).issues).toEqual([]);
  });

  it("finds a public suffix beside other faults, all in the order of their places", () => {
    const { issues } = check(`{
  "rules": [
    { "name": "r", "allowCredentials": true,
      "allowOrigins": ["https://*.github.io", "https://A.example"],
      "allowMethods": ["get"] }
  ]
}`);
    expect(issues.map(({ code, line, column }) => `${line}:${column} ${code}`)).toEqual([
      "4:24 origin-public-suffix",
      "4:47 origin-upper-case",
      "5:24 method-lower-case",
    ]);
  });

  it("says where JSON ends to be JSON", () => {
    expect(check('{\n  "rules": [,]\n}').issues).toMatchObject([{ code: "document-not-json", line: 2, column: 13 }]);
  });

  it.each([
    ["2026-12-31", ["origin-expired"]],
    ["2027-01-01", ["origin-expiring"]],
    ["2027-01-30", ["origin-expiring"]],
    ["2027-01-31", []],
  ])("warns of an origin whose last day is %s: %j", (expires, codes) => {
    const { warnings, issues } = checkRule({ allowOrigins: [{ origin: "https://a.example", expires }] });
    expect(issues).toEqual([]);
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });
});
