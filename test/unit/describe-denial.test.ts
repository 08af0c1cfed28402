import { expect, it } from "vitest";
import { describeDenial } from "../../src/core/describe-denial.ts";

const ORIGIN = "https://app.example.com";

it.each([
  ["policy-unavailable", "The policy of this hostname cannot be used."],
  ["no-policy", "There is no policy for this hostname."],
  ["ambiguous-path", "The path can be read in more than one way; send it plainly."],
  ["no-rule", "No rule of the policy matches this path."],
  ["origin-malformed", 'The Origin "https://app.example.com" is not one that a browser sends.'],
  ["origin-opaque", 'The Origin "https://app.example.com" is not allowed here.'],
  ["origin-expired", 'The Origin "https://app.example.com" was allowed until a day that has passed.'],
  ["origin-not-allowed", 'The Origin "https://app.example.com" is not allowed here.'],
  ["request-malformed", "A requested method or header name is malformed, or too much is requested."],
  ["method-not-allowed", 'The method "X-\u0000" is not allowed here.'],
  ["header-not-allowed", 'The header "X-\u0000" is not allowed here.'],
  ["cross-site-blocked", "Pages of other sites may load this with CORS only."],
  ["rate-limited", "Too many requests."],
] as const)("describeDenial says of %s what was sent, and nothing else", (reason, sentence) => {
  expect(describeDenial({ reason, culprit: "X-\u0000" }, ORIGIN)).toBe(sentence);
});

it("describeDenial cuts what was sent at 200 characters", () => {
  expect(describeDenial({ reason: "method-not-allowed", culprit: "A".repeat(200) }, ORIGIN)).toContain(
    `"${"A".repeat(200)}"`,
  );
  expect(describeDenial({ reason: "method-not-allowed", culprit: "A".repeat(201) }, ORIGIN)).toContain(
    `"${"A".repeat(200)}…"`,
  );
  expect(describeDenial({ reason: "origin-malformed" }, "b".repeat(201))).toContain(`"${"b".repeat(200)}…"`);
});
