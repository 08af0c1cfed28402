import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AllowedOrigins, type OriginVerdict } from "../../src/core/origin-matcher.ts";
import { parseOriginPattern } from "../../src/core/origin-pattern.ts";
import { exactPatternTexts, originTexts, patternTexts } from "../support/arbitraries.ts";

const NOW = Date.UTC(2027, 0, 15);

/** Origins as patterns, and as patterns with a moment from which they no longer count. */
function originsOf(...texts: (string | [text: string, endsAt: number])[]): AllowedOrigins {
  return new AllowedOrigins(
    texts.map((entry) => {
      const [pattern, endsAt] = typeof entry === "string" ? [entry, undefined] : entry;
      if (parseOriginPattern(pattern) === undefined) throw new Error(`not a pattern: ${pattern}`);
      return { pattern, endsAt };
    }),
  );
}

function judge(patterns: readonly string[], origin: string): OriginVerdict {
  return originsOf(...patterns).judge(origin, NOW);
}

describe("AllowedOrigins allows", () => {
  it.each([
    ["https://app.example.com", "https://app.example.com"],
    ["https://app.example.com:8443", "https://app.example.com:8443"],
    ["capacitor://localhost", "capacitor://localhost"],
    ["https://[::1]:8443", "https://[::1]:8443"],
    ["https://*.example.com", "https://app.example.com"],
    ["https://*.example.com", "https://a.b.c.example.com"],
    ["https://*.example.com", "https://x_y.example.com"],
    ["https://*.example.com", "https://-.example.com"],
    ["https://*.example.com", "https://0.example.com"],
    ["https://*.example.com", "https://example.com.example.com"],
    ["https://*.example.com", "https://xn--mnchen-3ya.example.com"],
    ["https://*.example.com:8443", "https://app.example.com:8443"],
    ["https://*.example.com:*", "https://app.example.com"],
    ["https://*.example.com:*", "https://a.b.example.com:1"],
    ["https://*.com", "https://example.com"],
    ["https://pr-*.example.com", "https://pr-7.example.com"],
    ["https://pr-*.example.com", "https://pr--.example.com"],
    ["https://pr-*.example.com", "https://pr-pr-.example.com"],
    ["https://pr-*.example.com:*", "https://pr-7.example.com:8443"],
    ["https://pr-*.example.com:*", "https://pr-7.example.com"],
    ["https://*-eu.example.com", "https://app-eu.example.com"],
    ["https://app-*-eu.example.com", "https://app-1-eu.example.com"],
    ["https://app-*-eu.example.com", "https://app--eu-eu.example.com"],
    ["https://build-*", "https://build-7"],
    ["http://localhost:*", "http://localhost"],
    ["http://localhost:*", "http://localhost:3000"],
    ["http://localhost:*", "http://localhost:65535"],
    ["http://[::1]:*", "http://[::1]:3000"],
    ["*", "https://anything.example"],
    ["*", "capacitor://localhost"],
  ])("under %s the origin %s", (pattern, origin) => {
    expect(judge([pattern], origin)).toBe("allowed");
  });
});

describe("AllowedOrigins refuses", () => {
  it.each([
    ["another host", "https://app.example.com", "https://web.example.com"],
    ["another scheme", "https://app.example.com", "http://app.example.com"],
    ["another port", "https://app.example.com", "https://app.example.com:8443"],
    ["a missing port", "https://app.example.com:8443", "https://app.example.com"],
    ["a longer port", "https://app.example.com:844", "https://app.example.com:8443"],
    ["a character in the gap that no host name has", "https://pr-*.example.com", "https://pr-!a.example.com"],
    ["a character at the gap's end", "https://pr-*.example.com", "https://pr-a!.example.com"],
    ["a suffix of the host", "https://app.example.com", "https://example.com"],
    ["a longer host at the front", "https://example.com", "https://evilexample.com"],
    ["a longer host at the end", "https://example.com", "https://example.com.evil.com"],
    ["a dot read as any character", "https://app.example.com", "https://appxexample.com"],
    ["a trailing dot", "https://app.example.com", "https://app.example.com."],
    ["a trailing dot under a wildcard", "https://*.example.com", "https://app.example.com."],
    ["the bare domain under a wildcard", "https://*.example.com", "https://example.com"],
    ["a name that only ends alike", "https://*.example.com", "https://evilexample.com"],
    ["a name that only starts alike", "https://*.example.com", "https://app.example.com.evil.com"],
    ["another scheme under a wildcard", "https://*.example.com", "http://app.example.com"],
    ["another port under a wildcard", "https://*.example.com", "https://app.example.com:8443"],
    ["a missing port under a wildcard", "https://*.example.com:8443", "https://app.example.com"],
    ["an empty label under a wildcard", "https://*.example.com", "https://.example.com"],
    ["an empty label in the middle", "https://*.example.com", "https://a..example.com"],
    ["a character that no host name has", "https://*.example.com", "https://a!b.example.com"],
    ["such a character further left", "https://*.example.com", "https://a!b.c.example.com"],
    ["a literal `*` under a wildcard", "https://*.example.com", "https://*.example.com"],
    ["a literal `*` under a wildcard with any port", "https://*.example.com:*", "https://*.example.com"],
    [
      "a literal `*` and a port under a wildcard with any port",
      "https://*.example.com:*",
      "https://*.example.com:8443",
    ],
    ["a literal `*` under a label's wildcard", "https://pr-*.example.com:*", "https://pr-*.example.com"],
    ["an empty gap", "https://pr-*.example.com", "https://pr-.example.com"],
    ["a dot in the gap", "https://pr-*.example.com", "https://pr-a.b.example.com"],
    ["a label before the gap's", "https://pr-*.example.com", "https://x.pr-7.example.com"],
    ["a label without the gap's start", "https://pr-*.example.com", "https://xpr-7.example.com"],
    ["a label without the gap's end", "https://*-eu.example.com", "https://app-eu2.example.com"],
    ["a start and an end that overlap", "https://aba*aba.example.com", "https://ababa.example.com"],
    ["a start and an end that touch", "https://app-*-eu.example.com", "https://app--eu.example.com"],
    ["another parent of a gap", "https://pr-*.example.com", "https://pr-7.example.com.evil.com"],
    ["another port of a gap", "https://pr-*.example.com", "https://pr-7.example.com:8443"],
    ["a parent under a gap that is the whole host", "https://build-*", "https://build-7.example.com"],
    ["a trailing dot under a gap", "https://pr-*.example.com", "https://pr-7.example.com."],
    ["a trailing dot under a gap that is the whole host", "https://build-*", "https://build-7."],
    ["another host with any port", "http://localhost:*", "http://app.localhost:3000"],
    ["another scheme with any port", "http://localhost:*", "https://localhost:3000"],
    ["a tuple origin under `null`", "null", "https://null"],
  ])("%s", (_, pattern, origin) => {
    expect(judge([pattern], origin)).toBe("not-allowed");
  });

  it("an origin made of two that it allows", () => {
    const patterns = ["https://foo.com", "https://bar.com", "https://*.foo.com", "https://pr-*.bar.com"];
    for (const origin of [
      "https://barfoo.com",
      "https://foobar.com",
      "https://foo.combar.com",
      "https://pr-7.foo.org",
    ]) {
      expect(judge(patterns, origin)).toBe("not-allowed");
    }
  });

  it("every origin where there is no pattern", () => {
    expect(judge([], "https://app.example.com")).toBe("not-allowed");
    expect(judge([], "null")).toBe("opaque");
    expect(originsOf().allowsAny(NOW)).toBe(false);
  });
});

describe("AllowedOrigins judges an opaque origin", () => {
  it.each<[string[], OriginVerdict]>([
    [["*"], "allowed"],
    [["null"], "allowed"],
    [["https://app.example.com", "null"], "allowed"],
    [["https://app.example.com"], "opaque"],
    [["https://*.example.com", "http://localhost:*"], "opaque"],
  ])("under %j: %s", (patterns, verdict) => {
    expect(judge(patterns, "null")).toBe(verdict);
  });
});

describe("AllowedOrigins takes for malformed", () => {
  it.each([
    "",
    "nonsense",
    "NULL",
    "null ",
    "*",
    "https://app.example.com/",
    "https://App.example.com",
    "https://app.example.com:443",
    "https://app.example.com, https://app.example.com",
    "file://",
    "http://localhost:*",
  ])("%j, under whatever pattern", (origin) => {
    for (const patterns of [["*"], ["null"], ["https://app.example.com"], ["http://localhost:*"], []]) {
      expect(judge(patterns, origin)).toBe("malformed");
    }
  });
});

describe("AllowedOrigins with an end", () => {
  const END = NOW + 1000;

  it.each<[string, string, OriginVerdict]>([
    ["https://trial.example.org", "https://trial.example.org", "not-allowed"],
    ["https://*.example.org", "https://a.b.example.org", "not-allowed"],
    ["http://localhost:*", "http://localhost:3000", "not-allowed"],
    ["*", "https://anything.example", "not-allowed"],
    ["*", "null", "opaque"],
    ["null", "null", "opaque"],
  ])("allow under %s the origin %s until then, and call it expired from then on", (pattern, origin, otherwise) => {
    const origins = originsOf([pattern, END]);
    expect([END - 1000, END - 1, END, END + 1].map((now) => origins.judge(origin, now))).toEqual([
      "allowed",
      "allowed",
      "expired",
      "expired",
    ]);
    expect(originsOf().judge(origin, END)).toBe(otherwise);
  });

  it("do not touch what is not under them", () => {
    const origins = originsOf(["https://trial.example.org", END], "https://app.example.com");
    expect(origins.judge("https://app.example.com", END)).toBe("allowed");
    expect(origins.judge("https://web.example.com", END)).toBe("not-allowed");
    expect(origins.judge("https://trial.example.org/", END)).toBe("malformed");
    expect(origins.judge("null", END)).toBe("opaque");
  });

  it("allow as long as any pattern does", () => {
    const origins = originsOf(
      ["https://a.example.org", END],
      ["https://*.example.org", END + 10],
      ["https://a.example.org", 0],
    );
    expect([END, END + 9, END + 10].map((now) => origins.judge("https://a.example.org", now))).toEqual([
      "allowed",
      "allowed",
      "expired",
    ]);
    expect(originsOf(["https://a.example.org", END], "https://*.example.org").judge("https://a.example.org", END)).toBe(
      "allowed",
    );
    expect(originsOf(["https://*.example.org", END], "https://a.example.org").judge("https://a.example.org", END)).toBe(
      "allowed",
    );
  });

  it("allow any origin while `*` holds", () => {
    expect(originsOf("*").allowsAny(END)).toBe(true);
    expect(originsOf(["*", END]).allowsAny(END - 1)).toBe(true);
    expect(originsOf(["*", END]).allowsAny(END)).toBe(false);
    expect(originsOf("null", "https://*.example.com").allowsAny(NOW)).toBe(false);
  });
});

describe("AllowedOrigins", () => {
  const lists = fc.array(patternTexts, { maxLength: 6 });
  const WILDCARD = "[a-z0-9_-]+";

  /** The contract once more, as one regular expression a pattern: slow, and short enough to be seen to be right. */
  function asRegExp(pattern: string): RegExp {
    const anyPort = pattern.endsWith(":*");
    const source = (anyPort ? pattern.slice(0, -2) : pattern)
      .replace(/[.[\]+!]/g, "\\$&")
      .replace("://*\\.", `://(?:${WILDCARD}\\.)*${WILDCARD}\\.`)
      .replace(/([a-z0-9_-]|:\/\/)\*(?=[a-z0-9_-]|\\\.|:|$)/, (_, before: string) => before + WILDCARD);
    return new RegExp(`^${source}${anyPort ? "(?::[0-9]+)?" : ""}$`);
  }

  it("allows what any of its patterns matches, and nothing else", () => {
    fc.assert(
      fc.property(lists, originTexts, (patterns, origin) => {
        const expected = patterns.some((pattern) => asRegExp(pattern).test(origin));
        expect(judge(patterns, origin)).toBe(expected ? "allowed" : "not-allowed");
      }),
      { numRuns: 4000 },
    );
  });

  it("allows under a pattern without `*` that very origin alone", () => {
    fc.assert(
      fc.property(exactPatternTexts, originTexts, (pattern, origin) => {
        expect(judge([pattern], pattern)).toBe("allowed");
        expect(judge([pattern], origin)).toBe(origin === pattern ? "allowed" : "not-allowed");
      }),
      { numRuns: 2000 },
    );
  });

  const ends = fc.constantFrom(undefined, NOW, NOW + 1);
  const endingLists = fc.array(
    fc
      .tuple(patternTexts, ends)
      .map(([text, endsAt]): string | [string, number] => (endsAt === undefined ? text : [text, endsAt])),
    { maxLength: 6 },
  );

  it("judges the same whatever the order of its patterns", () => {
    const shuffled = endingLists.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, originTexts, ([list, other], origin) => {
        expect(originsOf(...other).judge(origin, NOW)).toBe(originsOf(...list).judge(origin, NOW));
      }),
      { numRuns: 2000 },
    );
  });

  it("never allows less with one pattern more", () => {
    const entries = endingLists.filter((list) => list.length > 0).map(([entry]) => entry as string | [string, number]);
    fc.assert(
      fc.property(endingLists, entries, fc.nat({ max: 6 }), originTexts, (list, added, place, origin) => {
        if (originsOf(...list).judge(origin, NOW) !== "allowed") return;
        expect(originsOf(...list.toSpliced(place, 0, added)).judge(origin, NOW)).toBe("allowed");
      }),
      { numRuns: 3000 },
    );
  });
});
