/** What is imported from Express, beside what the real `cors` package answers. */

import type { IncomingMessage, ServerResponse } from "node:http";
import cors, { type CorsOptions } from "cors";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXPRESS } from "../../../../src/cli/import/express.ts";
import { settle } from "../../../../src/cli/import/settle.ts";
import type { CompiledPolicy } from "../../../../src/core/compile-policy.ts";
import { decide } from "../../../../src/core/decide.ts";
import {
  checkCors,
  checkPreflight,
  type PageRequest,
  type PageResponse,
  preflightCauses,
  preflightFields,
} from "../../../../src/core/explain/browser.ts";
import type { HeaderFields } from "../../../../src/core/header-fields.ts";
import { policyFrom, requestOf } from "../../../support/policies.ts";

const HOSTNAME = "api.example.com";

/** The options in JSON, where an expression is a text. */
function importExpress(options: object) {
  return settle((remarks) => EXPRESS.read(options, remarks), { hostname: HOSTNAME });
}

function ruleOf(options: object): Record<string, unknown> {
  const { text } = importExpress(options);
  return text === undefined ? {} : JSON.parse(text).rules[0];
}

describe("the defaults of Express cors are carried over", () => {
  it("without any option", () => {
    expect(ruleOf({})).toEqual({
      name: "api",
      paths: ["/*"],
      allowOrigins: ["*"],
      allowMethods: ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"],
      allowHeaders: ["*", "authorization"],
      maxAge: 5,
    });
  });

  it("and each option as its documentation has it", () => {
    expect(
      ruleOf({
        origin: ["https://app.example.com", "/^https:\\/\\/(.+\\.)?example\\.org$/i"],
        methods: "GET, PUT,POST",
        allowedHeaders: ["Content-Type", "Authorization"],
        exposedHeaders: "ETag,Link",
        credentials: true,
        maxAge: 600,
        preflightContinue: false,
        optionsSuccessStatus: 200,
      }),
    ).toEqual({
      name: "api",
      paths: ["/*"],
      allowOrigins: ["https://app.example.com", "https://example.org", "https://*.example.org"],
      allowMethods: ["GET", "PUT", "POST"],
      allowHeaders: ["Content-Type", "Authorization"],
      exposeHeaders: ["ETag", "Link"],
      allowCredentials: true,
      maxAge: 600,
    });
  });
});

describe("an import from Express refuses, and writes nothing for", () => {
  it.each<[string, object, string]>([
    ["every origin reflected with credentials", { origin: true, credentials: true }, "reflected with credentials"],
    ["any origin with credentials", { origin: "*", credentials: true }, "act as the logged-in user"],
    ["an origin that is absent, with credentials", { credentials: true }, "act as the logged-in user"],
    ["CORS turned off", { origin: false }, "turned off"],
    ["a function", { origin: "function (origin, callback) {}" }, "no functions"],
    ["an arrow function", { origin: "(origin, callback) => {}" }, "no functions"],
    ["a * in a list, which Express compares as it stands", { origin: ["*"] }, "as it stands"],
    ["null", { origin: ["null"] }, "null-origin"],
    ["plain http with credentials", { origin: "http://app.example.com", credentials: true }, "insecure-origin"],
    ["a path after the origin", { origin: "https://app.example.com/" }, 'write "https://app.example.com"'],
    ["an expression with other flags", { origin: "/^https://a\\.example$/g" }, "flags"],
    ["an expression open at its start", { origin: "/\\.example\\.com$/" }, 'write "https://*.example.com"'],
  ])("%s", (_, options, message) => {
    const { text, refused } = importExpress(options);
    expect(text).toBeUndefined();
    expect(refused).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
  });
});

describe("an import from Express remarks on", () => {
  const ORIGIN = { origin: "https://app.example.com", maxAge: 5 };
  it.each<[string, object, "refused" | "notCarried", string]>([
    [
      "* among methods with credentials",
      { methods: ["GET", "HEAD", "POST", "*"], credentials: true },
      "refused",
      "methods",
    ],
    ["* among headers with credentials", { allowedHeaders: ["*"], credentials: true }, "refused", "allowedHeaders"],
    [
      "* among exposed headers with credentials",
      { exposedHeaders: "*", credentials: true },
      "refused",
      "exposedHeaders",
    ],
    ["a method in lower case", { methods: "GET,POST,patch" }, "refused", "methods"],
    ["methods that browsers send anyway", { methods: "PUT" }, "notCarried", "methods"],
    ["a header that only browsers set", { allowedHeaders: "x-a,origin" }, "notCarried", "allowedHeaders"],
    ["set-cookie among exposed headers", { exposedHeaders: "etag,set-cookie" }, "notCarried", "exposedHeaders"],
    ["preflightContinue", { preflightContinue: true }, "notCarried", "preflightContinue"],
    ["optionsSuccessStatus", { optionsSuccessStatus: 200 }, "notCarried", "optionsSuccessStatus"],
    ["a max-age over a day", { maxAge: 100_000 }, "notCarried", "maxAge"],
    ["an origin that may have been a function", { origin: undefined }, "notCarried", "origin"],
  ])("%s", (_, options, kind, option) => {
    const json = JSON.parse(JSON.stringify({ ...ORIGIN, ...options }));
    const imported = importExpress(json);
    expect(imported.text).toBeDefined();
    const none: unknown[] = [];
    expect({ refused: imported.refused, notCarried: imported.notCarried }).toEqual({
      refused: none,
      notCarried: none,
      [kind]: [expect.objectContaining({ option })],
    });
  });
});

/** Asks the real package. */
function askExpress(options: CorsOptions, method: string, fields: HeaderFields): PageResponse {
  const headers = new Map<string, string>();
  const response = {
    statusCode: 200,
    getHeader: (name: string) => headers.get(name.toLowerCase()),
    setHeader: (name: string, value: unknown) => headers.set(name.toLowerCase(), String(value)),
    end: () => undefined,
  };
  const request = { method, headers: Object.fromEntries(fields) } as unknown as IncomingMessage;
  cors(options)(request as never, response as unknown as ServerResponse as never, () => undefined);
  return { status: response.statusCode, header: (name) => headers.get(name) ?? null };
}

/** Asks core. */
function askPolicy(policy: CompiledPolicy, method: string, fields: HeaderFields): PageResponse {
  const { action, response } = decide(
    { kind: "found", policy },
    requestOf(method, "/v1/x", Object.fromEntries(fields)),
    0,
  );
  const headers = new Map<string, string>(response.fields);
  if (response.exposesEachHeader) headers.set("access-control-expose-headers", ANSWERED.join(", "));
  return {
    status: action === "refuse" ? 403 : action === "answer" ? 204 : 200,
    header: (name) => headers.get(name) ?? null,
  };
}

/** What every answer to a page has. */
const ANSWERED = ["etag", "x-total", "link"];

/** The headers that a page may read of the answer, by a browser's judgement; undefined where it gets no answer. */
function readableBy(
  request: PageRequest,
  ask: (method: string, fields: HeaderFields) => PageResponse,
): string[] | undefined {
  if (preflightCauses(request.method, request.headers).length > 0) {
    if (checkPreflight(request, ask("OPTIONS", preflightFields(request))) !== undefined) return undefined;
  }
  const answer = ask(request.method, [["origin", request.origin], ...request.headers]);
  if (answer.status !== 200 && request.method !== "OPTIONS") return undefined;
  if (checkCors(request, answer) !== undefined) return undefined;
  const names = (answer.header("access-control-expose-headers") ?? "").toLowerCase().split(/[\t ]*,[\t ]*/);
  return ANSWERED.filter((name) => names.includes(name) || (names.includes("*") && !request.hasCredentials));
}

const expressions = [
  "/^https:\\/\\/app\\.example\\.com$/",
  "/^https://(.+\\.)?example\\.com$/",
  "/^https?://[\\w-]+\\.example\\.com$/i",
  "/\\.example\\.com$/",
  "/^https://.*example\\.com$/",
  "/^https://app.example.com/",
  "/^https://pr-[a-z0-9_-]+\\.example\\.com(:\\d+)?$/",
  "/.*/",
];
const listed = [
  ...[
    "https://app.example.com",
    "http://app.example.com",
    "https://example.com",
    "https://APP.example.com",
    "null",
    "*",
  ],
  ...["https://app.example.com/", "https://*.example.com", "http://localhost:3000", "https://app.example.com:443", ""],
];
const pages = [
  ...["https://app.example.com", "http://app.example.com", "https://example.com", "https://a.b.example.com", "null"],
  ...[
    "https://evilexample.com",
    "https://app.example.com.evil.net",
    "https://appxexample.com",
    "https://pr-1.example.com:8443",
  ],
  ...["http://localhost:3000", "https://a_b.example.com", "https://other.example"],
];

const texts = fc.oneof({ arbitrary: fc.constantFrom(...listed), weight: 2 }, fc.constantFrom(...expressions));
const namesOf = (...names: string[]) => {
  const lists = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 5 });
  return fc.oneof(
    lists,
    lists.map((list) => list.join(", ")),
  );
};

const expressOptions = fc.record(
  {
    origin: fc.oneof(fc.boolean(), texts, fc.array(texts, { maxLength: 3 })),
    methods: namesOf("GET", "get", "HEAD", "POST", "PUT", "PATCH", "patch", "DELETE", "OPTIONS", "*", "TRACE"),
    allowedHeaders: namesOf("x-a", "X-B", "Content-Type", "authorization", "*", "Origin"),
    exposedHeaders: namesOf("ETag", "x-total", "*", "set-cookie"),
    credentials: fc.boolean(),
    maxAge: fc.constantFrom(0, 600, "600", 1_000_000),
    optionsSuccessStatus: fc.constantFrom(200, 204),
  },
  { requiredKeys: [] },
);

const requests = fc.record({
  origin: fc.constantFrom(...pages),
  method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "patch", "DELETE", "X-OTHER"),
  headers: fc
    .uniqueArray(fc.constantFrom("x-a", "x-b", "content-type", "authorization", "x-other"), { maxLength: 2 })
    .map((names) => names.map((name) => [name, name === "content-type" ? "application/json" : "1"] as const)),
  hasCredentials: fc.boolean(),
});

/** The options as Express takes them. */
function withExpressions({ origin, ...options }: Record<string, unknown>): CorsOptions {
  const revive = (value: unknown) => {
    const [, source, flags] = typeof value === "string" ? (/^\/(.+)\/([a-z]*)$/.exec(value) ?? []) : [];
    return source === undefined ? value : new RegExp(source, flags);
  };
  return {
    ...options,
    ...(origin !== undefined && { origin: Array.isArray(origin) ? origin.map(revive) : revive(origin) }),
  } as CorsOptions;
}

describe("the policy imported from Express", () => {
  it("grants nothing that the real package does not, and all of it where nothing was refused", () => {
    let granted = 0;
    let compared = 0;
    fc.assert(
      fc.property(expressOptions, fc.array(requests, { minLength: 5, maxLength: 12 }), (json, asked) => {
        const { text, refused, notCarried } = importExpress(JSON.parse(JSON.stringify(json)));
        if (text === undefined) return;
        const policy = policyFrom(JSON.parse(text));
        const options = withExpressions(json);
        const isWhole = refused.length === 0 && !notCarried.some(({ option }) => option === "methods");
        for (const request of asked) {
          const before = readableBy(request, (method, fields) => askExpress(options, method, fields));
          const after = readableBy(request, (method, fields) => askPolicy(policy, method, fields));
          if (after !== undefined) {
            granted += 1;
            if (!after.every((name) => before?.includes(name)))
              expect({ json, request, text, after }).toEqual({ before });
          }
          if (isWhole) {
            compared += 1;
            if (String(after) !== String(before)) expect({ json, request, text, after }).toEqual({ after: before });
          }
        }
      }),
      { numRuns: 2000 },
    );
    // Else nothing was compared.
    expect(granted).toBeGreaterThan(500);
    expect(compared).toBeGreaterThan(500);
  });
});
