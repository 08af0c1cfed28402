/** Generators of policies and of what pages ask for, in alphabets so small that they often meet. */

import fc from "fast-check";
import { normalizeMethod } from "../../src/core/explain/browser.ts";
import type { ExplainedRequest } from "../../src/core/explain/explain.ts";
import type { HeaderFields } from "../../src/core/header-fields.ts";

const patterns = fc.constantFrom(
  "https://a.com",
  "http://a.com",
  "https://*.a.com",
  "https://x*.a.com",
  "https://a.com:*",
);

const entries = fc.oneof(
  { arbitrary: patterns, weight: 5 },
  fc.record({ origin: patterns, expires: fc.constantFrom("2020-01-31", "9999-12-31") }),
);

const commonFields = {
  paths: fc.uniqueArray(fc.constantFrom("/*", "/a/*", "/a", "/a/:x", "/*/b"), { minLength: 1, maxLength: 2 }),
  allowMethods: fc.uniqueArray(fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "*"), { maxLength: 4 }),
  allowHeaders: fc.uniqueArray(fc.constantFrom("x-a", "X-B", "content-type", "authorization", "*"), { maxLength: 3 }),
  exposeHeaders: fc.constantFrom([], ["etag"], ["*"]),
  maxAge: fc.constantFrom(0, 600),
  onDenied: fc.constantFrom("block", "forward"),
  timingAllowOrigin: fc.boolean(),
};

const listingRules = fc.record({
  ...commonFields,
  allowOrigins: fc.array(entries, { minLength: 1, maxLength: 3 }),
  allowCredentials: fc.boolean(),
  dangerouslyAllow: fc.constant(["insecure-origin"]),
});

const publicRules = fc.record({
  ...commonFields,
  allowOrigins: fc.constantFrom<unknown[]>(["*"], ["null"], [{ origin: "*", expires: "9999-12-31" }]),
  resourcePolicy: fc.constantFrom("cross-origin", "same-site"),
  dangerouslyAllow: fc.constant(["null-origin"]),
});

/** Documents; a few are refused, for a rule that can never match. */
export const policyDocuments: fc.Arbitrary<object> = fc
  .record({
    mode: fc.oneof({ arbitrary: fc.constant("enforce"), weight: 6 }, fc.constant("report-only")),
    rules: fc.array(fc.oneof({ arbitrary: listingRules, weight: 3 }, publicRules), { minLength: 1, maxLength: 3 }),
  })
  .map(({ mode, rules }) => ({ mode, rules: rules.map((rule, index) => ({ name: `rule-${index}`, ...rule })) }));

const headers = fc.uniqueArray(
  fc.constantFrom<HeaderFields[number][]>(
    ["x-a", "1"],
    ["x-b", "2"],
    ["x-c", "3"],
    ["authorization", "Bearer t"],
    ["accept", "text/html"],
    ["accept", "(x)"],
    ["content-type", "text/plain"],
    ["content-type", "application/json"],
    ["range", "bytes=0-9"],
  ),
  { maxLength: 3, selector: ([name]) => name },
);

/** What pages ask of a hostname; `own` stands for an origin of its own. */
export function pageRequestsTo(host: string): fc.Arbitrary<ExplainedRequest> {
  const own = `http://${host}`;
  return fc
    .record({
      path: fc.constantFrom(
        "/",
        "/a",
        "/a/",
        "/a/x",
        "/a/b",
        "/b",
        "/x/b",
        "/%61",
        "//a",
        "/a%2fx",
        "/a/%2e%2e%2fb",
        "/a?q",
      ),
      origin: fc.oneof(
        { arbitrary: fc.constantFrom("https://a.com", "https://x.a.com", "https://a.com:8443"), weight: 4 },
        fc.constantFrom("http://a.com", "https://evila.com", "null", own, "https://b.test"),
      ),
      method: fc.constantFrom("GET", "GET", "HEAD", "post", "put", "PATCH", "patch", "OPTIONS"),
      headers,
      hasCredentials: fc.boolean(),
    })
    .map(({ path, method, ...request }) => ({
      ...request,
      url: new URL(`${own}${path}`),
      method: normalizeMethod(method),
    }));
}
