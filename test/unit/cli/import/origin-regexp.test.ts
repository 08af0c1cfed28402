import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RegexpDialect, readOriginRegexp } from "../../../../src/cli/import/origin-regexp.ts";
import { AllowedOrigins } from "../../../../src/core/origin-matcher.ts";

const JAVASCRIPT: RegexpDialect = { startsAtFirst: false, ignoresCase: false };

describe("readOriginRegexp takes over", () => {
  it.each([
    [String.raw`^https://app\.example\.com$`, ["https://app.example.com"]],
    [String.raw`^https:\/\/app\.example\.com$`, ["https://app.example.com"]],
    ["^https://app[.]example[.]com$", ["https://app.example.com"]],
    [String.raw`^https?://app\.example\.com$`, ["http://app.example.com", "https://app.example.com"]],
    [String.raw`^https://.*\.example\.com$`, ["https://*.example.com"]],
    [String.raw`^https://.+?\.example\.com$`, ["https://*.example.com"]],
    [String.raw`^https://[a-z0-9_.-]+\.example\.com$`, ["https://*.example.com"]],
    [String.raw`^https://([a-z0-9_-]+\.)+example\.com$`, ["https://*.example.com"]],
    [String.raw`^https://(?:[\w-]+\.)*example\.com$`, ["https://example.com", "https://*.example.com"]],
    [String.raw`^https://(.+\.)?example\.com$`, ["https://example.com", "https://*.example.com"]],
    [String.raw`^https://(app|www)\.example\.com$`, ["https://app.example.com", "https://www.example.com"]],
    [String.raw`^https://(www\.)?example\.com$`, ["https://example.com", "https://www.example.com"]],
    [String.raw`^https://a\.example$|^https://b\.example$`, ["https://a.example", "https://b.example"]],
    [String.raw`^https://pr-[a-z0-9_-]+\.example\.com$`, ["https://pr-*.example.com"]],
    [String.raw`^https://pr-[\w-]+\.example\.com$`, ["https://pr-*.example.com"]],
    [String.raw`^http://localhost(:\d+)?$`, ["http://localhost:*"]],
    ["^http://localhost:(3000|3001)$", ["http://localhost:3000", "http://localhost:3001"]],
    [String.raw`^https://app\.example\.com\Z`, ["https://app.example.com"]],
    ["^.*$", ["*"]],
    [".*", ["*"]],
  ])("%s", (source, patterns) => {
    expect(readOriginRegexp(source, JAVASCRIPT)).toEqual({ kind: "equal", patterns });
  });
});

describe("readOriginRegexp refuses", () => {
  it.each([
    [String.raw`^https://\w+\.example\.com$`, "one label", ["https://*.example.com"]],
    [String.raw`^https://[^.]+\.example\.com$`, "one label", ["https://*.example.com"]],
    [String.raw`^https://[a-z0-9-]+\.example\.com$`, "one label", ["https://*.example.com"]],
    [String.raw`^https://pr-\d+\.example\.com$`, "one or more of [a-z0-9_-]", ["https://pr-*.example.com"]],
    [String.raw`^https://pr-.*\.example\.com$`, "one or more of [a-z0-9_-]", ["https://pr-*.example.com"]],
    [String.raw`^https://pr-([a-z0-9_-]+\.)+example\.com$`, "any number of labels", ["https://pr-*.example.com"]],
    [String.raw`\.example\.com$`, "not anchored at its start", ["https://*.example.com"]],
    [String.raw`example\.com$`, "not anchored at its start", ["https://example.com"]],
    [String.raw`^https://app\.example\.com`, "not anchored at its end", ["https://app.example.com"]],
    [String.raw`^https://a\.example|https://b\.example$`, "not anchored", ["https://a.example", "https://b.example"]],
    ["^https://app.example.com$", "not escaped", ["https://app.example.com"]],
    [String.raw`^https://.*example\.com$`, "no dot before the domain", ["https://*.example.com"]],
    [String.raw`^.*\.example\.com$`, "leaves the scheme open", ["https://*.example.com"]],
    [String.raw`^http://localhost:\d+$`, "no port as well", ["http://localhost:*"]],
    [String.raw`^https://App\.example\.com$`, "upper-case", ["https://app.example.com"]],
    [String.raw`^https://(?!evil)[a-z]+\.example\.com$`, "more than origin patterns", []],
    [String.raw`^https://app\.[a-z]+\.com$`, "more than origin patterns", []],
    [String.raw`^https://[a-z(]+\.example\.com$`, "more than origin patterns", []],
    ["^https://§example\\.com$", "more than origin patterns", []],
    ["^https://(a|b", "more than origin patterns", []],
    ["*.example.com", "more than origin patterns", []],
    ["", "not anchored", []],
  ])("%s", (source, why, nearest) => {
    const read = readOriginRegexp(source, JAVASCRIPT);
    expect(read).toMatchObject({ kind: "different", nearest, why: expect.stringContaining(why) });
  });

  it("expressions with more alternatives than are worth writing out", () => {
    const source = `^https://${"(a|b|c)".repeat(6)}\\.example$`;
    expect(readOriginRegexp(source, JAVASCRIPT)).toMatchObject({ kind: "different", nearest: [] });
  });
});

const understood = ["a", "ab", "[.]", "\\.", ".*\\.", ".+\\.", "[\\w-]+", "[a-z0-9_.-]*\\.", "(a\\.)?", "(.+\\.)?"];
const more = ["([a-z0-9_-]+\\.)+", "(?:[\\w-]+\\.)*", "(a|b)", "a?", "(?:a\\.|ab\\.)"];
const odd = [".", ".*", "\\w+", "[^.]+", "(?=a)", "(?!a)", "a|", "\\d{2}", "-", "[a-z0-9_-]+\\."];

const sources = fc
  .tuple(
    fc.constantFrom("^", "^", "^", "^", ""),
    fc.constantFrom("https://", "https?://", "https:\\/\\/", "(http|https)://", "(http)?://", ""),
    fc.array(
      fc.oneof(
        { arbitrary: fc.constantFrom(...understood, ...more), weight: 4 },
        { arbitrary: fc.constantFrom(...odd), weight: 1 },
      ),
      { maxLength: 3 },
    ),
    fc.constantFrom("b\\.com", "b\\.com", "\\.b\\.com", ".com", "b"),
    fc.constantFrom("", "", ":8443", "(:\\d+)?", ":\\d+", "(:[0-9]*)?"),
    fc.constantFrom("$", "$", "$", "$", "", "|a$"),
  )
  .map((parts) => parts.flat().join(""));

/** What hosts with a gap are filled with, and what the letters around it may be. */
const origins = fc
  .tuple(
    fc.constantFrom("http", "https", "app"),
    fc.array(fc.constantFrom("a", "b", "ab", "aab", "a-b", "a_b", "b1", "axb"), { maxLength: 3 }),
    fc.constantFrom("b.com", "b.com", "ab.com", "bxcom", "com"),
    fc.constantFrom("", "", ":8443", ":3000"),
  )
  .map(([scheme, labels, domain, port]) => `${scheme}://${[...labels, domain].join(".")}${port}`);

describe("an equal pattern", () => {
  it("allows exactly the origins of real hosts that the expression matches", () => {
    let equal = 0;
    let matched = 0;
    fc.assert(
      fc.property(
        sources,
        fc.array(origins, { minLength: 5, maxLength: 20 }),
        fc.boolean(),
        (source, asked, ignoresCase) => {
          const read = readOriginRegexp(source, { startsAtFirst: false, ignoresCase });
          if (read.kind === "different") return;
          equal += 1;
          const allowed = new AllowedOrigins(read.patterns.map((pattern) => ({ pattern, endsAt: undefined })));
          const expression = new RegExp(source, ignoresCase ? "i" : "");
          for (const origin of asked) {
            const isMatched = expression.test(origin);
            if (isMatched) matched += 1;
            expect(allowed.judge(origin, 0) === "allowed", `${source} on ${origin}`).toBe(isMatched);
          }
        },
      ),
      { numRuns: 6000 },
    );
    // Else nothing was compared.
    expect(equal).toBeGreaterThan(100);
    expect(matched).toBeGreaterThan(100);
  });
});
