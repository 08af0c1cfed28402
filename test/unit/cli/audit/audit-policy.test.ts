import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AUDIT_RULES, auditPolicy } from "../../../../src/cli/audit/audit-policy.ts";
import { parsePolicy } from "../../../../src/core/parse-policy.ts";

const NOW = Date.parse("2027-01-01T00:00:00Z");

/** An origin that nothing is said about. */
const OWNED = { origin: "https://app.example.com", owner: "web" };

function audit(document: object, hostname = "api.example.com") {
  const parsed = parsePolicy(JSON.stringify(document));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return auditPolicy({ hostname, document: parsed.document, now: NOW });
}

function auditRule(rule: object, hostname?: string) {
  return audit({ rules: [{ name: "r", allowOrigins: [OWNED], ...rule }] }, hostname);
}

const owned = (...origins: string[]) => origins.map((origin) => ({ origin, owner: "web" }));

describe("auditPolicy", () => {
  it("finds nothing in plain policies", () => {
    const quiet = [
      {},
      { allowOrigins: ["*"] },
      { allowOrigins: ["*"], allowMethods: ["GET"], allowHeaders: ["content-type"], exposeHeaders: ["etag"] },
      { allowOrigins: [{ list: "customers" }], allowCredentials: true },
      { allowOrigins: owned("https://*.example.com"), allowMethods: ["GET", "PUT"], allowHeaders: ["authorization"] },
      { upstream: "https://origin.example.net", maxAge: 7200, allowCredentials: true },
      { allowOrigins: [{ ...OWNED, expires: "2027-01-31" }] },
    ];
    for (const rule of quiet) expect(auditRule(rule), JSON.stringify(rule)).toEqual([]);
  });

  it.each<[code: string, rule: object, ...pointers: string[]]>([
    ["any-origin", { allowOrigins: ["*"], allowMethods: ["GET", "PUT"] }, "/rules/0/allowOrigins/0"],
    ["any-origin", { allowOrigins: [{ origin: "*" }], allowHeaders: ["Authorization"] }, "/rules/0/allowOrigins/0"],
    ["methods-wildcard", { allowMethods: ["*"] }, "/rules/0/allowMethods/0"],
    ["headers-wildcard", { allowHeaders: ["authorization", "*"] }, "/rules/0/allowHeaders/1"],
    ["exposed-wildcard", { exposeHeaders: ["*"] }, "/rules/0/exposeHeaders/0"],
    ["max-age-too-long", { maxAge: 7201 }, "/rules/0/maxAge"],
    ["origin-expired", { allowOrigins: [{ ...OWNED, expires: "2026-12-31" }] }, "/rules/0/allowOrigins/0"],
    ["origin-expiring", { allowOrigins: [{ ...OWNED, expires: "2027-01-30" }] }, "/rules/0/allowOrigins/0"],
    ["owner-missing", { allowOrigins: [OWNED, "https://a.example.com"] }, "/rules/0/allowOrigins"],
    [
      "look-alike-host",
      { allowOrigins: owned("https://a.example.com", "https://b.examp1e.com", "https://c.examp1e.com") },
      "/rules/0/allowOrigins/1",
    ],
    [
      "public-suffix-wildcard",
      { allowOrigins: owned("https://*.github.io", "https://pr-*.vercel.app") },
      "/rules/0/allowOrigins/0",
      "/rules/0/allowOrigins/1",
    ],
    ["loopback-origin", { allowOrigins: ["http://localhost:*"] }, "/rules/0/allowOrigins/0"],
    ["loopback-upstream", { upstream: "http://127.0.0.1:8080" }, "/rules/0/upstream"],
    ["forward-unneeded", { onDenied: "forward", paths: ["/v1/*"] }, "/rules/0/onDenied"],
    [
      "callback-blocked",
      { paths: ["/v1/*", "/auth/callback", "/saml2/acs", "/signin-oidc"] },
      "/rules/0/paths/1",
      "/rules/0/paths/2",
      "/rules/0/paths/3",
    ],
    [
      "danger-acknowledged",
      {
        allowOrigins: owned("http://old.example.com"),
        allowCredentials: true,
        dangerouslyAllow: ["insecure-origin"],
      },
      "/rules/0/dangerouslyAllow/0",
    ],
    [
      "danger-acknowledged",
      {
        allowOrigins: owned("https://*.github.io"),
        allowCredentials: true,
        dangerouslyAllow: ["public-suffix-wildcard"],
      },
      "/rules/0/dangerouslyAllow/0",
    ],
    [
      "danger-acknowledged",
      { allowOrigins: ["null"], dangerouslyAllow: ["null-origin"] },
      "/rules/0/dangerouslyAllow/0",
    ],
    [
      "danger-acknowledged",
      { allowOrigins: [{ list: "customers" }], allowCredentials: true, dangerouslyAllow: ["insecure-origin"] },
      "/rules/0/dangerouslyAllow/0",
    ],
    [
      "danger-unneeded",
      { allowOrigins: owned("http://old.example.com"), dangerouslyAllow: ["insecure-origin"] },
      "/rules/0/dangerouslyAllow/0",
    ],
  ])("finds %s, and nothing else, in %j", (code, rule, ...pointers) => {
    expect(auditRule(rule).map((finding) => [finding.rule.code, finding.pointer])).toEqual(
      pointers.map((pointer) => [code, pointer]),
    );
  });

  it.each([
    "server",
    "Via",
    "X-Powered-By",
    "x-aspnet-version",
    "x-backend-server",
    "x-amz-server-side-encryption",
    "x-envoy-upstream-service-time",
  ])("finds that %s says what servers are made of", (name) => {
    expect(auditRule({ exposeHeaders: ["etag", name] })).toMatchObject([
      { rule: { code: "exposed-internals" }, pointer: "/rules/0/exposeHeaders/1" },
    ]);
  });

  it.each(["Authorization", "x-csrf-token", "x-xsrf-token", "x-auth-token", "x-api-key", "x-session-id", "jwt"])(
    "finds that %s looks like a token",
    (name) => {
      expect(auditRule({ exposeHeaders: [name] })).toMatchObject([{ rule: { code: "exposed-secret" } }]);
    },
  );

  it.each(["x-request-id", "next-page-token", "x-amz-meta-title", "x-total-count", "retry-after", "server-timing"])(
    "says nothing of the response header %s",
    (name) => {
      expect(auditRule({ exposeHeaders: [name] })).toEqual([]);
    },
  );

  it("finds what is said of the document as a whole", () => {
    const rules = [{ name: "r", allowOrigins: [OWNED] }];
    const codes = (document: object) => audit({ ...document, rules }).map(({ rule, pointer }) => [rule.code, pointer]);
    expect(codes({ mode: "report-only" })).toEqual([["not-enforced", "/mode"]]);
    expect(codes({ upstream: "http://localhost:1" })).toEqual([["loopback-upstream", "/upstream"]]);
    expect(codes({ dangerouslyAllow: ["insecure-upstream"] })).toEqual([["danger-unneeded", "/dangerouslyAllow/0"]]);
    expect(codes({ upstream: "http://origin.example.net", dangerouslyAllow: ["insecure-upstream"] })).toEqual([
      ["danger-acknowledged", "/dangerouslyAllow/0"],
      ["http-upstream", "/upstream"],
    ]);
  });

  it.each(["localhost", "api.localhost", "127.0.0.1"])(
    "lets the policy of %s, for development, name loopback",
    (host) => {
      const rule = { allowOrigins: ["http://localhost:*"], upstream: "http://[::1]:3000" };
      expect(auditRule(rule, host)).toEqual([]);
    },
  );

  it.each<[string, object, object?]>([
    ["forwards", { onDenied: "forward" }],
    ["lets any origin post", { allowOrigins: ["*"] }],
    ["only reports", {}, { mode: "report-only" }],
  ])("says nothing of a callback under a rule that %s", (_, rule, document = {}) => {
    const codes = audit({ ...document, rules: [{ name: "r", paths: ["/cb/acs"], allowOrigins: [OWNED], ...rule }] });
    expect(codes.map((finding) => finding.rule.code)).not.toContain("callback-blocked");
  });

  it("counts the origins of a rule that nobody owns, loopback, null and lists not among them", () => {
    const allowOrigins = ["https://a.example.com", OWNED, "https://b.example.com", { list: "customers" }];
    expect(auditRule({ allowOrigins })).toMatchObject([
      { message: '2 of 3 origins of the rule "r" have no owner', subject: "r/allowOrigins" },
    ]);
    expect(auditRule({ allowOrigins: ["http://localhost:3000"] }, "localhost")).toEqual([]);
    const many = Array.from({ length: 1_000 }, (_, index) => `https://a.example-${index * 37}.com`);
    expect(auditRule({ allowOrigins: many }).map(({ message }) => message)).toContain(
      '1,000 of 1,000 origins of the rule "r" have no owner',
    );
  });

  it("says which danger lets in what, cut where it is long", () => {
    const allowOrigins = ["a", "b", "c", "d", "e"].flatMap((name) => owned(`http://${name}.example.com`));
    const dangerous = { allowOrigins, allowCredentials: true, dangerouslyAllow: ["insecure-origin"] };
    expect(auditRule(dangerous)[0]?.message).toMatch(
      /^"insecure-origin" lets in http:\/\/a\.example\.com, http:\/\/b\.example\.com, http:\/\/c\.example\.com and 2 more: /,
    );
  });

  it("names a finding by what it is about, not by numbers", () => {
    const named = (...allowOrigins: unknown[]) =>
      auditRule({ allowOrigins }).flatMap(({ rule, subject }) => (rule.code === "origin-expired" ? [subject] : []));
    const gone = { origin: "https://gone.example", expires: "2020-01-01", owner: "web" };
    expect(named(gone, OWNED)).toEqual(["r/allowOrigins/https://gone.example"]);
    expect(named(OWNED, gone)).toEqual(named(gone, OWNED));
  });

  it("gives the gravest findings first", () => {
    const findings = audit({
      upstream: "http://origin.example.net",
      dangerouslyAllow: ["insecure-upstream"],
      rules: [{ name: "r", allowOrigins: ["https://a.example.com"], allowMethods: ["*"] }],
    });
    expect(findings.map(({ rule }) => rule.severity)).toEqual(["high", "high", "medium", "low"]);
  });

  it("is done with 20,000 origins that differ by little", () => {
    const allowOrigins = Array.from(
      { length: 20_000 },
      (_, index) => `https://${"abcdefghij".repeat(2)}${index}.example`,
    );
    expect(auditRule({ allowOrigins }).map(({ rule }) => rule.code)).toEqual(["owner-missing"]);
  });
});

describe("docs/audit.md", () => {
  it("has every kind of finding with its severity, why it matters and what to write", () => {
    const page = readFileSync(new URL("../../../../docs/audit.md", import.meta.url), "utf8");
    const rows = page.split("\n").filter((line) => /^\| `/.test(line));
    expect(rows).toEqual(
      AUDIT_RULES.map(
        ({ code, severity, title, why, advice }) => `| \`${code}\` | ${severity} | ${title}. ${why}. | ${advice}. |`,
      ),
    );
  });
});
