import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { originSurroundingsOf, sampleOrigins } from "../../../src/core/compare/sample-origins.ts";
import { AllowedOrigins } from "../../../src/core/origin-matcher.ts";
import { parseOriginPattern } from "../../../src/core/origin-pattern.ts";
import { originTexts, patternTexts } from "../../support/arbitraries.ts";

const texts = fc.oneof(
  patternTexts,
  patternTexts,
  fc.constantFrom("*", "null", "https://a*.a.com", "https://*b.a.com", "https://*.a.com:*"),
);

function parse(text: string) {
  const pattern = parseOriginPattern(text);
  if (pattern === undefined) throw new Error(`${text} is no pattern`);
  return pattern;
}

function matcherOf(patterns: readonly string[]) {
  const allowed = new AllowedOrigins(patterns.map((pattern) => ({ pattern, endsAt: undefined })));
  return (origin: string) => allowed.judge(origin, 0) === "allowed";
}

function samplesOf(pattern: string, others: readonly string[]): string[] {
  return [...sampleOrigins(parse(pattern), originSurroundingsOf(others.map(parse)))];
}

describe("sampleOrigins", () => {
  it.each([
    ["https://a.com", ["https://a.com"], ["https://a.com"]],
    ["null", [], ["null"]],
    ["http://a.com:*", ["http://a.com:8443"], ["http://a.com:8444", "http://a.com", "http://a.com:8443"]],
    ["https://*.a.com", ["https://any.a.com"], ["https://any-1.any-1.a.com", "https://any-1.a.com", "https://w.a.com"]],
    ["https://pr-*.a.com", [], ["https://pr-aanya.a.com", "https://pr-w.a.com"]],
    ["*", [], ["https://any.example", "x-any://any", "null"]],
    ["https://pr-*", [], ["https://pr-aanya", "https://pr-w"]],
    ["*", ["https://any.example"], ["https://any-1.example", "x-any://any-1", "null"]],
    [
      "https://*.a.com",
      ["https://any.b.com", "https://any-1.c.com"],
      ["https://any-2.any-2.a.com", "https://any-2.a.com", "https://w.a.com"],
    ],
    [
      "http://a.com:*",
      ["http://a.com:8443", "http://b.com:8444", "http://c.com", "http://d.com:*"],
      ["http://a.com:8445", "http://a.com", "http://a.com:8443", "http://a.com:8444"],
    ],
    [
      "https://pr-*.a.com",
      ["https://pr-a*.a.com", "https://pr-b*.a.com", "https://*-a.a.com", "https://x*.a.com", "https://pr-q*.b.com"],
      [
        "https://pr-canyb.a.com",
        "https://pr-w.a.com",
        "https://pr-aany.a.com",
        "https://pr-bany.a.com",
        "https://pr-any-a.a.com",
        "https://pr-any.a.com",
      ],
    ],
    [
      "https://*-z.a.com",
      ["https://*a-z.a.com", "https://p*.a.com", "https://*-y.a.com"],
      [
        "https://aanyb-z.a.com",
        "https://w-z.a.com",
        "https://anya-z.a.com",
        "https://pany-z.a.com",
        "https://any-z.a.com",
      ],
    ],
  ])("gives for %s beside %j what stands for all of it", (pattern, others, samples) => {
    expect(samplesOf(pattern, others)).toEqual(samples);
  });

  it.each([
    ["https://p*.a.com", ["https://paanya.a.com", "https://pw.a.com"]],
    ["https://p*-any.a.com", ["https://paanya-any.a.com", "https://pw-any.a.com"]],
    ["*", ["https://*.example", "x-any://a*", "null"]],
  ])("has for %s one that %j do not match, though they are made for that", (pattern, others) => {
    expect(samplesOf(pattern, others).filter((origin) => !matcherOf(others)(origin))).not.toEqual([]);
  });

  it("gives origins that the pattern matches", () => {
    fc.assert(
      fc.property(texts, fc.array(texts, { maxLength: 4 }), (pattern, others) => {
        const isMatched = matcherOf([pattern]);
        expect(samplesOf(pattern, others).filter((origin) => !isMatched(origin))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });

  it("has one that others do not match, wherever any origin of the pattern is not matched by them", () => {
    fc.assert(
      fc.property(texts, fc.array(texts, { maxLength: 4 }), originTexts, (pattern, others, origin) => {
        const [isMatched, isMatchedByOthers] = [matcherOf([pattern]), matcherOf(others)];
        if (!isMatched(origin) || isMatchedByOthers(origin)) return;
        const found = samplesOf(pattern, others).find((sample) => isMatched(sample) && !isMatchedByOthers(sample));
        expect(found, `${pattern} beside ${others.join(" ")}`).toBeDefined();
      }),
      { numRuns: 5000 },
    );
  });

  it("meets each pattern that has any origin in common, from one side or the other", () => {
    fc.assert(
      fc.property(texts, texts, originTexts, (one, other, origin) => {
        const [isOne, isOther] = [matcherOf([one]), matcherOf([other])];
        if (!isOne(origin) || !isOther(origin)) return;
        const samples = [...samplesOf(one, [other]), ...samplesOf(other, [one])];
        expect(
          samples.some((sample) => isOne(sample) && isOther(sample)),
          `${one} and ${other}`,
        ).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});
