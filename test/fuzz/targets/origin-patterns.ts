/** The parser for origin patterns, beside that for origins; and whom a pattern lets in, beside the contract's words. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { diagnoseOrigin } from "../../../src/core/explain/diagnose.ts";
import { nearestMiss } from "../../../src/core/nearest-miss.ts";
import { parseOrigin } from "../../../src/core/origin.ts";
import { AllowedOrigins } from "../../../src/core/origin-matcher.ts";
import { parseOriginPattern } from "../../../src/core/origin-pattern.ts";
import { matchesOrigin } from "../../support/policy-meaning.ts";
import { applyEdits, edits, mutatedTexts } from "../mutated-texts.ts";
import { ORIGIN_PATTERNS, ORIGINS } from "../origin-corpus.ts";
import { fuzzTarget } from "../target.ts";

const NOW = 0;

/** A pattern, and an origin that may be nearly the same, or fill its gap. */
const pairs = fc
  .tuple(
    mutatedTexts(ORIGIN_PATTERNS),
    fc.constantFrom("w", "a.b", "-", ".", "w.", "", "evil.com/", "*", "8080", "0", "\u00fc"),
    fc.oneof(fc.constant([]), edits(ORIGINS.words)),
    fc.boolean(),
  )
  .chain(([pattern, filling, list, isRelated]) =>
    fc.record({
      pattern: fc.constant(pattern),
      origin: isRelated ? fc.constant(applyEdits(pattern.replaceAll("*", filling), list)) : mutatedTexts(ORIGINS),
    }),
  );

export const originPatterns = fuzzTarget("origin patterns", pairs, ({ pattern, origin }) => {
  const parsed = parseOriginPattern(pattern);
  assert.equal(typeof diagnoseOrigin(pattern), "string");
  nearestMiss([{ pattern, endsAt: undefined }], origin, NOW);
  if (!pattern.includes("*") && pattern !== "null") {
    const sent = parseOrigin(pattern);
    // A browser may send a trailing dot, but nobody means to list one.
    assert.equal(parsed !== undefined, sent !== undefined && !sent.host.endsWith("."));
  }
  if (parsed === undefined) return;
  const isSendable = origin === "null" || parseOrigin(origin) !== undefined;
  const verdict = new AllowedOrigins([{ pattern, endsAt: undefined }]).judge(origin, NOW);
  assert.equal(verdict === "malformed", !isSendable);
  assert.equal(verdict === "allowed", isSendable && isMet(pattern, origin));
});

/** A pattern with a gap is not met by its own spelling. */
function isMet(pattern: string, origin: string): boolean {
  return matchesOrigin(pattern, origin) && !(pattern !== "*" && origin.includes("*"));
}
