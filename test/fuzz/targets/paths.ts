/** Path patterns, which rule a path belongs to, and how else it may be read. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { diagnosePath } from "../../../src/core/explain/diagnose.ts";
import { parsePathPattern } from "../../../src/core/path-pattern.ts";
import { otherReadings } from "../../../src/core/path-readings.ts";
import { PathRules } from "../../../src/core/path-rules.ts";
import { readings, ruleFor } from "../../support/policy-meaning.ts";
import { mutatedTexts } from "../mutated-texts.ts";
import { fuzzTarget } from "../target.ts";

const patterns = mutatedTexts({
  seeds: ["/*", "/", "/a", "/a/*", "/a/:x/b", "/*/b", "/caf%C3%A9/*", "/a/b/c/d/*"],
  words: ["/", "//", "*", ":x", ":", "a", "b", "%2F", "%2e", "..", ".", "{x}", "?", "#", "\\"],
});

const requestTargets = mutatedTexts({
  seeds: ["/", "/a", "/a/b", "/a/x/b", "/a/%2e%2e/b", "/a%2Fb", "/caf%C3%A9/x", "/a//b", "/a;v=1/b", "/%252e%252e/b"],
  words: ["/", "//", "a", "b", "%2F", "%2f", "%5C", "%2e", "%2E%2e", "..", ".", "%23", "%3f", "%09", "%0a", "%25", "%"],
});

export const paths = fuzzTarget(
  "paths",
  fc.record({ patterns: fc.array(patterns, { minLength: 1, maxLength: 4 }), target: requestTargets }),
  ({ patterns: texts, target }) => {
    const accepted = texts.filter((text) => parsePathPattern(text) !== undefined);
    for (const text of texts) assert.equal(typeof diagnosePath(text), "string");
    const pathname = URL.parse(`http://h/${target}`)?.pathname ?? "/";
    const rules = new PathRules();
    accepted.forEach((text, index) => {
      const pattern = parsePathPattern(text);
      if (pattern !== undefined) rules.add(pattern, index);
    });
    const policy = { rules: accepted.map((path) => ({ name: path, paths: [path], allowOrigins: [] })) };
    const indexOf = (path: string) => policy.rules.findIndex(({ name }) => name === ruleFor(policy, path)?.name);
    const others = otherReadings(pathname);
    for (const path of [pathname, ...others]) {
      assert.equal(rules.match(path), indexOf(path), path);
      // A reading is what an upstream may see: a path that the URL parser gives, without dot segments.
      assert.equal(new URL(`http://h${path}`).pathname, path);
    }
    for (const path of readings(pathname)) assert.ok(path === pathname || others.includes(path), `${path} is missing`);
  },
);
