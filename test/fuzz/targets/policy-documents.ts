/** The policy parser: whatever stands in KV, it says "usable" or what is wrong, and what is usable can be used. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { compilePolicy } from "../../../src/core/compile-policy.ts";
import { decide } from "../../../src/core/decide.ts";
import { decisionHeader } from "../../../src/core/decision.ts";
import { describeIssue } from "../../../src/core/explain/describe-issue.ts";
import { fieldsOf } from "../../../src/core/origin-entry.ts";
import { parseOriginPattern } from "../../../src/core/origin-pattern.ts";
import { type ParsedPolicy, parsePolicy } from "../../../src/core/parse-policy.ts";
import { requestOf } from "../../support/policies.ts";
import { mutatedJson } from "../mutated-json.ts";
import { mutatedTexts } from "../mutated-texts.ts";
import { POLICY_FIELDS, POLICY_SCALARS, POLICY_SEEDS } from "../policy-corpus.ts";
import { fuzzTarget } from "../target.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");
/** Whatever a document says, nobody else is let in. */
const STRANGER = "https://stranger.invalid";
const MAX_FOUND_LENGTH = 401;

const texts = fc.oneof(
  { arbitrary: mutatedJson(POLICY_SEEDS, POLICY_FIELDS, POLICY_SCALARS), weight: 8 },
  {
    arbitrary: mutatedTexts({
      seeds: POLICY_SEEDS.map((document) => JSON.stringify(document)),
      words: [...POLICY_SCALARS, ...POLICY_FIELDS.map((name) => `"${name}":`), "{", "}", "[", "]", ","],
    }),
    weight: 2,
  },
  { arbitrary: fc.json(), weight: 1 },
);

export const policyDocuments = fuzzTarget("policy documents", texts, (text) => {
  const parsed = parsePolicy(text);
  if (parsed.ok) checkUsable(text, parsed.document);
  else checkIssues(text, parsed.issues);
  assert.deepEqual(Object.keys(Object.prototype), []);
});

function checkUsable(text: string, document: (ParsedPolicy & { ok: true })["document"]): void {
  const written = JSON.parse(text) as { rules: readonly { allowOrigins: readonly unknown[] }[] };
  // What is filled in is what would be taken anyway. As text, because JSON writes -0 as 0.
  assert.equal(JSON.stringify(parsePolicy(JSON.stringify(document))), JSON.stringify({ ok: true, document }));
  const policy = compilePolicy(document);
  for (const { allowCredentials, allowOrigins } of document.rules) {
    const isOpen = allowOrigins.some((entry) => /^(?:\*|null)$/.test(originIn(entry)));
    assert.ok(!(isOpen && allowCredentials), "credentials with * or null");
    // Compiled, an exact origin is taken as it stands: nothing but this parser stands between it and a grant.
    for (const entry of allowOrigins) {
      const origin = fieldsOf(entry).origin;
      assert.ok(origin === undefined || parseOriginPattern(origin) !== undefined, origin);
    }
  }
  for (const [method, headers] of [
    ["GET", { origin: STRANGER }],
    ["OPTIONS", { origin: STRANGER, "access-control-request-method": "PUT" }],
    ["GET", { origin: "null" }],
    ["GET", {}],
  ] as const) {
    const decision = decide({ kind: "found", policy }, requestOf(method, "/a/b", headers), NOW);
    assert.match(decisionHeader(decision) ?? "", /^[a-z0-9;=-]*$/);
    const allowed = decision.response.fields.find(([name]) => name === "access-control-allow-origin")?.[1];
    if (allowed === undefined || decision.rule === undefined) continue;
    const rule = written.rules[policy.rules.indexOf(decision.rule)];
    const listed = rule?.allowOrigins.map(originIn) ?? [];
    assert.ok(
      listed.includes("*") || (allowed === "null" && listed.includes("null")),
      `${allowed} is allowed by ${JSON.stringify(listed)}`,
    );
  }
}

function originIn(entry: unknown): string {
  return String(typeof entry === "object" && entry !== null && "origin" in entry ? entry.origin : entry);
}

function checkIssues(text: string, issues: (ParsedPolicy & { ok: false })["issues"]): void {
  assert.ok(issues.length > 0);
  for (const issue of issues) {
    assert.equal(typeof describeIssue(issue), "string");
    assert.ok(String(issue.found ?? "").length <= MAX_FOUND_LENGTH);
    if (issue.code !== "document-not-json") checkPointer(JSON.parse(text), issue.pointer);
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc6901#section-4 */
function checkPointer(document: unknown, pointer: string): void {
  let value = document;
  for (const token of pointer.split("/").slice(1)) {
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    assert.ok(typeof value === "object" && value !== null && Object.hasOwn(value, name), `${pointer} leads nowhere`);
    value = (value as Record<string, unknown>)[name];
  }
}
