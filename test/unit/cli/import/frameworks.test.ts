import { describe, expect, it } from "vitest";
import { FRAMEWORKS } from "../../../../src/cli/commands/import.ts";
import { type ImportedPolicy, settle } from "../../../../src/cli/import/settle.ts";
import { UsageError } from "../../../../src/cli/usage-error.ts";
import { decide } from "../../../../src/core/decide.ts";
import { policyFrom, requestOf } from "../../../support/policies.ts";

function importFrom(framework: string, options: unknown): ImportedPolicy {
  return settle((remarks) => FRAMEWORKS[framework]?.read(options, remarks) as never, { hostname: "api.example.com" });
}

function rulesOf({ text }: ImportedPolicy): Record<string, unknown>[] {
  return text === undefined ? [] : JSON.parse(text).rules;
}

const APP = "https://app.example.com";

describe("django-cors-headers", () => {
  it("keeps its defaults", () => {
    expect(rulesOf(importFrom("django", { CORS_ALLOWED_ORIGINS: [APP] }))).toEqual([
      {
        name: "api",
        paths: ["/*"],
        allowOrigins: [APP],
        allowMethods: ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"],
        allowHeaders: ["accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with"],
        maxAge: 86400,
      },
    ]);
  });

  it("is carried over setting by setting", () => {
    const { refused, notCarried, ...imported } = importFrom("django", {
      CORS_ALLOWED_ORIGIN_REGEXES: ["^https://(.+\\.)?example\\.org$"],
      CORS_ALLOWED_ORIGINS: [APP],
      CORS_URLS_REGEX: "^/api/.*$",
      CORS_ALLOW_METHODS: ["GET", "POST"],
      CORS_ALLOW_HEADERS: ["x-a"],
      CORS_EXPOSE_HEADERS: ["etag"],
      CORS_PREFLIGHT_MAX_AGE: 0,
      CORS_ALLOW_CREDENTIALS: true,
      CORS_ALLOW_PRIVATE_NETWORK: true,
    });
    expect(rulesOf({ refused, notCarried, ...imported })).toEqual([
      {
        name: "api",
        paths: ["/api/:rest/*"],
        allowOrigins: [APP, "https://example.org", "https://*.example.org"],
        allowMethods: ["GET", "POST"],
        allowHeaders: ["x-a"],
        exposeHeaders: ["etag"],
        allowCredentials: true,
        maxAge: 5,
      },
    ]);
    expect(refused).toEqual([]);
    expect(notCarried.map(({ option }) => option)).toEqual([
      "CORS_ALLOW_PRIVATE_NETWORK",
      "CORS_URLS_REGEX",
      "CORS_PREFLIGHT_MAX_AGE",
    ]);
  });

  it("counts the names of older versions where the new one is absent", () => {
    const old = { CORS_ORIGIN_WHITELIST: [APP], CORS_ORIGIN_REGEX_WHITELIST: ["^https://b\\.example$"] };
    expect(rulesOf(importFrom("django", old))).toMatchObject([{ allowOrigins: [APP, "https://b.example"] }]);
    const both = { CORS_ORIGIN_ALLOW_ALL: true, CORS_ALLOW_ALL_ORIGINS: false, CORS_ALLOWED_ORIGINS: [APP] };
    expect(rulesOf(importFrom("django", both))).toMatchObject([{ allowOrigins: [APP] }]);
    expect(rulesOf(importFrom("django", { CORS_ORIGIN_ALLOW_ALL: true }))).toMatchObject([{ allowOrigins: ["*"] }]);
  });

  it.each<[string, object, string]>([
    ["no origin at all", {}, "no origin is allowed"],
    ["all origins with credentials", { CORS_ALLOW_ALL_ORIGINS: true, CORS_ALLOW_CREDENTIALS: true }, "logged-in user"],
    ["file://", { CORS_ALLOWED_ORIGINS: ["file://"] }, "pages from files send null"],
    ["the expression of its README", { CORS_ALLOWED_ORIGIN_REGEXES: ["^https://\\w+\\.example\\.com$"] }, "one label"],
    [
      "an expression open at its end",
      { CORS_ALLOWED_ORIGIN_REGEXES: ["https://a\\.example"] },
      "not anchored at its end",
    ],
  ])("is refused for %s", (_, settings, message) => {
    const { text, refused } = importFrom("django", settings);
    expect(text).toBeUndefined();
    expect(refused).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
  });

  it("needs paths that can be said", () => {
    const settings = { CORS_ALLOWED_ORIGINS: [APP], CORS_URLS_REGEX: "^/(a|b)/[0-9]+$" };
    expect(() => importFrom("django", settings)).toThrow(UsageError);
  });
});

describe("Flask-CORS", () => {
  it("keeps its defaults", () => {
    expect(rulesOf(importFrom("flask", {}))).toEqual([
      {
        name: "api",
        paths: ["/*"],
        allowOrigins: ["*"],
        allowMethods: ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"],
        allowHeaders: ["*", "authorization"],
        maxAge: 5,
      },
    ]);
  });

  it("reads keywords and the names of the config, the keyword first", () => {
    const config = { CORS_ORIGINS: ["https://APP.example.com"], CORS_METHODS: "get, put, post", CORS_MAX_AGE: null };
    const options = {
      ...config,
      max_age: "0",
      allow_headers: "X-A",
      expose_headers: "ETag, Link",
      origins: "https://B.example",
    };
    expect(rulesOf(importFrom("flask", config))).toMatchObject([
      { allowOrigins: [APP], allowMethods: ["GET", "PUT", "POST"] },
    ]);
    expect(rulesOf(importFrom("flask", options))).toMatchObject([
      { allowOrigins: ["https://b.example"], allowHeaders: ["X-A"], exposeHeaders: ["ETag", "Link"], maxAge: 0 },
    ]);
  });

  it("remarks on every option without a counterpart that is set to something else than usual", () => {
    const { notCarried } = importFrom("flask", {
      max_age: 5,
      ...{ CORS_SEND_WILDCARD: true, vary_header: false, automatic_options: false },
      ...{ intercept_exceptions: false, always_send: false, allow_private_network: true },
    });
    expect(notCarried.map(({ option }) => option)).toEqual([
      "send_wildcard",
      "vary_header",
      "automatic_options",
      "intercept_exceptions",
      "always_send",
      "allow_private_network",
    ]);
  });

  it.each<[string, object, string]>([
    ["any origin with credentials", { supports_credentials: true }, "logged-in user"],
    ["a wildcard, which is a regular expression there", { origins: "https://*.example.com" }, "regular expression"],
    ["an expression open at its end", { origins: ["^https://.*\\.example\\.com"] }, "not anchored at its end"],
  ])("is refused for %s", (_, options, message) => {
    const { text, refused } = importFrom("flask", options);
    expect(text).toBeUndefined();
    expect(refused).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
  });

  it("allows no headers where * stands for all methods, because no preflight is answered then", () => {
    const { refused, ...imported } = importFrom("flask", { origins: APP, methods: ["*"] });
    expect(refused).toMatchObject([{ option: "methods" }]);
    const [rule] = rulesOf({ refused, ...imported });
    expect(rule).toMatchObject({ allowMethods: ["GET", "HEAD", "POST"] });
    expect(rule).not.toHaveProperty("allowHeaders");
  });

  it("takes header names for one each, and no expressions", () => {
    const { refused, ...imported } = importFrom("flask", { origins: APP, allow_headers: ["X-A", "X-B, X-C", "X-.*"] });
    expect(rulesOf({ refused, ...imported })).toMatchObject([{ allowHeaders: ["X-A"] }]);
    expect(refused.map(({ option }) => option)).toEqual(["allow_headers[1]", "allow_headers[2]"]);
  });

  it("keeps the order in which resources are tried", () => {
    const options = { "/api/v1/.*": { origins: "https://b.example" }, "/api/v1/open": { origins: "*" } };
    expect(rulesOf(importFrom("flask", { resources: options, origins: APP }))).toMatchObject([
      { name: "api-v1-open", paths: ["/api/v1/open"], allowOrigins: ["*"] },
      { name: "api-v1", paths: ["/api/v1/:rest/*"], allowOrigins: ["https://b.example"] },
    ]);
    expect(rulesOf(importFrom("flask", { resources: ["/a/*", "/b$"], origins: APP }))).toMatchObject([
      { paths: ["/a/*", "/b"] },
    ]);
  });

  it.each<[string, Record<string, object>, string]>([
    ["was refused", { "/api(/.*)?$": { origins: "https://*.example.com" }, "/.*": { origins: "*" } }, "/api/x"],
    ["matches more there", { "/api/*": { origins: APP }, "/.*": { origins: "*" } }, "/apix"],
    ["no pattern can say", { "/api/[0-9]+": { origins: APP }, "/*": { origins: "*" } }, "/api/7"],
  ])("lets no path fall to a later resource whose own resource %s", (_, resources, path) => {
    const imported = importFrom("flask", { resources });
    const rules = rulesOf(imported);
    const fields = { origin: "https://other.example" };
    const isGranted = (json: object[]) =>
      json.length > 0 &&
      decide({ kind: "found", policy: policyFrom({ rules: json }) }, requestOf("GET", path, fields), 0).denial ===
        undefined;
    expect(isGranted(rules)).toBe(false);
    // The later resource alone would have granted it.
    expect(isGranted(rulesOf(importFrom("flask", { resources: { "/.*": { origins: "*" } } })))).toBe(true);
  });

  it("leaves out a resource that is never reached", () => {
    const resources = { "/.*$": { origins: APP }, "/*": { origins: "*" } };
    expect(rulesOf(importFrom("flask", { resources }))).toMatchObject([{ paths: ["/*"], allowOrigins: [APP] }]);
  });
});

describe("ASP.NET Core CORS", () => {
  it("keeps its defaults", () => {
    expect(rulesOf(importFrom("aspnet", { Origins: [APP] }))).toEqual([
      { name: "api", paths: ["/*"], allowOrigins: [APP], allowMethods: ["GET", "HEAD", "POST"], maxAge: 5 },
    ]);
  });

  it("is carried over property by property", () => {
    const policy = {
      Origins: [APP],
      Methods: ["*"],
      Headers: ["*"],
      ExposedHeaders: ["ETag"],
      SupportsCredentials: true,
      PreflightMaxAge: "00:10:01",
      AllowAnyOrigin: false,
      AllowAnyMethod: true,
      AllowAnyHeader: true,
      IsOriginAllowed: null,
    };
    expect(rulesOf(importFrom("aspnet", policy))).toEqual([
      {
        name: "api",
        paths: ["/*"],
        allowOrigins: [APP],
        allowMethods: ["*"],
        allowHeaders: ["*", "authorization"],
        exposeHeaders: ["ETag"],
        allowCredentials: true,
        maxAge: 601,
      },
    ]);
    expect(rulesOf(importFrom("aspnet", { AllowAnyOrigin: true, PreflightMaxAge: "1.00:00:00" }))).toMatchObject([
      { allowOrigins: ["*"], maxAge: 86400 },
    ]);
  });

  it.each<[string, object, string]>([
    ["any origin with credentials", { Origins: ["*"], SupportsCredentials: true }, "logged-in user"],
    ["a function", { Origins: [APP], IsOriginAllowed: "o => true" }, "no functions"],
    ["a wildcard, which is compared as it stands", { Origins: ["https://*.example.com"] }, "as it stands"],
    ["no origin", {}, "no origin is allowed"],
  ])("is refused for %s", (_, policy, message) => {
    const { text, refused } = importFrom("aspnet", policy);
    expect(text).toBeUndefined();
    expect(refused).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
  });

  it.each([
    [{ Origins: [APP], AllowAnyOrigin: true }, "AllowAnyOrigin is true, and Origins says otherwise"],
    [{ Origins: ["*"], AllowAnyOrigin: false }, "AllowAnyOrigin is false, and Origins says otherwise"],
    [{ PreflightMaxAge: 600 }, 'PreflightMaxAge must be a TimeSpan such as "00:10:00", not 600'],
    [{ origins: [APP] }, 'CorsPolicy of ASP.NET Core has no option "origins"; write "Origins"'],
  ])("%j is one clear line", (policy, line) => {
    expect(() => importFrom("aspnet", policy)).toThrow(line);
  });
});
