import { describe, expect, it } from "vitest";
import { type CompiledRule, compilePolicy, compileUpstream } from "../../src/core/compile-policy.ts";
import type { RuleDocument } from "../../src/core/document-schema.ts";
import { parsePolicy } from "../../src/core/parse-policy.ts";
import { APP, documentWith, policyFrom, policyWith } from "../support/policies.ts";

function compiledRule(rule: Partial<RuleDocument>): CompiledRule {
  const [compiled] = policyWith(rule).rules;
  if (compiled === undefined) throw new Error("no rule");
  return compiled;
}

describe("compileUpstream", () => {
  it.each([
    ["https://origin.example.net", "https://origin.example.net", "origin.example.net"],
    ["https://origin.example.net/", "https://origin.example.net", "origin.example.net"],
    ["https://origin.example.net/v1", "https://origin.example.net/v1", "origin.example.net"],
    ["https://origin.example.net/v1/", "https://origin.example.net/v1", "origin.example.net"],
    ["https://origin.example.net:8443/a/b", "https://origin.example.net:8443/a/b", "origin.example.net:8443"],
    ["HTTPS://Origin.Example.net:443/V1", "https://origin.example.net/V1", "origin.example.net"],
    ["http://localhost:8788", "http://localhost:8788", "localhost:8788"],
    ["http://[::1]:8788/x", "http://[::1]:8788/x", "[::1]:8788"],
    ["https://münchen.example/ü", "https://xn--mnchen-3ya.example/%C3%BC", "xn--mnchen-3ya.example"],
  ])("of %s", (text, base, host) => {
    expect(compileUpstream(text)).toEqual({ base, host });
  });

  it("of nothing is nothing", () => {
    expect(compileUpstream(undefined)).toBeUndefined();
  });
});

describe("compilePolicy", () => {
  it("keeps what the document says of the whole hostname", () => {
    const { isReportOnly, upstream, upstreamTimeoutSeconds, rules } = policyFrom({
      upstream: "https://origin.example.net/v1/",
      upstreamTimeout: 12.5,
      ...documentWith({ paths: ["/a"] }, {}),
    });
    expect({ isReportOnly, upstream, upstreamTimeoutSeconds, rules: rules.map(({ name }) => name) }).toEqual({
      isReportOnly: false,
      upstream: { base: "https://origin.example.net/v1", host: "origin.example.net" },
      upstreamTimeoutSeconds: 12.5,
      rules: ["api", "api-1"],
    });
  });

  it("fills in what the document does not say", () => {
    const { isReportOnly, upstream, upstreamTimeoutSeconds } = policyWith({});
    expect({ isReportOnly, upstream, upstreamTimeoutSeconds }).toEqual({
      isReportOnly: false,
      upstream: undefined,
      upstreamTimeoutSeconds: 30,
    });
  });

  it("knows a policy that only reports", () => {
    expect(policyFrom({ mode: "report-only", ...documentWith({}) }).isReportOnly).toBe(true);
  });

  it("keeps what a rule says of requests", () => {
    const rule = compiledRule({
      allowCredentials: true,
      onDenied: "forward",
      upstream: "http://localhost:1/x/",
      rateLimit: "RATE_LIMITER",
      isolation: true,
    });
    expect(rule).toMatchObject({
      name: "api",
      allowCredentials: true,
      forwardsDenied: true,
      upstream: { base: "http://localhost:1/x", host: "localhost:1" },
      rateLimit: "RATE_LIMITER",
      isIsolated: true,
    });
  });

  it("fills in what a rule does not say", () => {
    expect(compiledRule({})).toMatchObject({
      allowCredentials: false,
      forwardsDenied: false,
      upstream: undefined,
      rateLimit: undefined,
      isIsolated: false,
    });
  });

  it.each<[string[], object]>([
    [["GET", "PUT"], { any: false, names: new Set(["GET", "PUT", "HEAD"]) }],
    [["HEAD"], { any: false, names: new Set(["HEAD"]) }],
    [["PUT", "DELETE"], { any: false, names: new Set(["PUT", "DELETE"]) }],
    [["PUT", "*"], { any: true, names: new Set(["PUT"]) }],
    [[], { any: false, names: new Set() }],
  ])("reads the methods %j, HEAD being implied by GET", (allowMethods, methods) => {
    expect(compiledRule({ allowMethods }).methods).toEqual(methods);
  });

  it("lets a list have http: origins with credentials only where the rule acknowledges it", () => {
    const judge = (rule: Partial<RuleDocument>) =>
      compiledRule({ allowOrigins: [{ list: "shops" }], ...rule }).origins.judge("http://shop.example", 0, () => true);
    expect(judge({})).toBe("allowed");
    expect(judge({ allowCredentials: true })).toBe("not-allowed");
    expect(judge({ allowCredentials: true, dangerouslyAllow: ["insecure-origin"] })).toBe("allowed");
  });

  it("knows a thousand patterns of a rule to explain denials with, and no lists among them", () => {
    const near = (allowOrigins: RuleDocument["allowOrigins"]) => compiledRule({ allowOrigins }).nearPatterns;
    expect(near([{ list: "shops" }, APP])).toEqual([{ pattern: APP, endsAt: undefined }]);
    expect(near(Array.from({ length: 1001 }, (_, index) => `https://${index}.example`))).toHaveLength(1000);
  });

  it("isolates no path that has no rule", () => {
    const policy = policyWith({ paths: ["/v1/*"], isolation: true });
    expect(["/v1/a", "/x", "/x%2f..%2fv1", "/v1%2f..%2fx"].map((path) => policy.isIsolated(path))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it("takes origins with an end for what they are until the end of that day", () => {
    const { origins, nearPatterns } = compiledRule({
      allowOrigins: [
        APP,
        { origin: "https://trial.example.org", expires: "2027-01-31", owner: "growth" },
        { origin: "https://b.example" },
      ],
    });
    const judgeAt = (origin: string, moment: string) => origins.judge(origin, Date.parse(moment));
    expect(judgeAt(APP, "2030-01-01T00:00:00Z")).toBe("allowed");
    expect(judgeAt("https://b.example", "2030-01-01T00:00:00Z")).toBe("allowed");
    expect(judgeAt("https://trial.example.org", "2027-01-31T23:59:59.999Z")).toBe("allowed");
    expect(judgeAt("https://trial.example.org", "2027-02-01T00:00:00Z")).toBe("expired");
    expect(nearPatterns).toEqual([
      { pattern: APP, endsAt: undefined },
      { pattern: "https://trial.example.org", endsAt: Date.parse("2027-02-01T00:00:00Z") },
      { pattern: "https://b.example", endsAt: undefined },
    ]);
  });

  it("is not for documents that were refused", () => {
    const parsed = parsePolicy(JSON.stringify(documentWith({})));
    if (!parsed.ok) throw new Error("refused");
    const rules = parsed.document.rules.map((good) => ({ ...good, paths: ["v1"] }));
    expect(() => compilePolicy({ ...parsed.document, rules })).toThrow(TypeError);
  });
});

describe("a compiled policy's rule for a path", () => {
  const policy = policyWith({ name: "orders", paths: ["/v1/orders/*"] }, { name: "one", paths: ["/v1/:x", "/"] });

  it.each([
    ["/v1/orders", "orders"],
    ["/v1/orders/", "orders"],
    ["/v1/orders/7/items", "orders"],
    ["/v1/customers", "one"],
    ["/", "one"],
    ["/v1/customers/7", undefined],
    ["/v1", undefined],
    ["/V1/orders", undefined],
  ])("%s is %s", (path, rule) => {
    expect(policy.ruleFor(path)?.name).toBe(rule);
  });
});

describe("a compiled policy's path is ambiguous", () => {
  const policy = policyWith({ name: "admin", paths: ["/admin/*"] }, { name: "v1", paths: ["/v1/*"] });

  it.each([
    ["where another rule would match an encoded slash", "/v1%2fadmin", true],
    ["where another rule would match encoded dots", "/v1/..%2fadmin", true],
    ["where another rule would match an encoded letter", "/%61dmin", true],
    ["where no rule would match any longer", "/v1/..%2fx", true],
    ["where a rule would match that does not as it stands", "/x/..%2fv1", true],
    ["where a rule would match with slashes merged", "//v1", true],
    ["where a rule would match without what follows an encoded `?`", "/admin%3f/x", true],
    ["where a server merges slashes before it removes dot segments", "/v1/%2f..%2fadmin", true],
    ["never for the usual path", "/v1/orders", false],
    ["not where each reading has the same rule", "/v1/a%2fb", false],
    ["not where each reading has the same rule, slashes merged", "/v1//a//b", false],
    ["not where no reading has a rule", "/x%2fy//z", false],
    ["not for bytes that stay encoded", "/v1/caf%C3%A9", false],
  ])("%s: %s", (_, path, expected) => {
    expect(policy.isAmbiguous(path)).toBe(expected);
  });
});
