import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RequestView } from "../../../src/core/classify.ts";
import { type AccessChange, compareAccess } from "../../../src/core/compare/compare-access.ts";
import { readsOneWay } from "../../../src/core/compare/rule-pairs.ts";
import { compilePolicy } from "../../../src/core/compile-policy.ts";
import { decide } from "../../../src/core/decide.ts";
import type { Decision } from "../../../src/core/decision.ts";
import type { PolicyDocument } from "../../../src/core/document-schema.ts";
import { endOfDay } from "../../../src/core/expiry.ts";
import { AllowedOrigins } from "../../../src/core/origin-matcher.ts";
import { parseOriginPattern } from "../../../src/core/origin-pattern.ts";
import { parsePolicy } from "../../../src/core/parse-policy.ts";
import { parsePathPattern } from "../../../src/core/path-pattern.ts";
import { PathRules } from "../../../src/core/path-rules.ts";
import { originTexts, pathPatternTexts, pathTexts, patternTexts } from "../../support/arbitraries.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");
const LISTS: Readonly<Record<string, readonly string[]>> = {
  known: ["https://a.com", "http://b.com", "https://ab.a.com"],
  other: ["https://a.com", "https://x_y.b"],
};
const contents = (name: string) => (LISTS[name] === undefined ? undefined : new Set(LISTS[name]));

// So few that the two documents often have the same, and requests meet them.
const fewPatterns = fc.constantFrom(
  "https://a.com",
  "https://*.a.com",
  "https://a*.a.com",
  "https://*b.a.com",
  "https://ab.a.com",
  "https://ab.a.com:*",
  "https://*.ab.a.com:8443",
  "http://b.com",
);
const origins = fc.oneof(fewPatterns, fewPatterns, patternTexts);
const entries = fc.oneof(
  { arbitrary: origins, weight: 5 },
  {
    arbitrary: fc.record({ origin: origins, expires: fc.constantFrom("2027-01-14", "2027-01-15", "2027-02-01") }),
    weight: 2,
  },
  { arbitrary: fc.record({ list: fc.constantFrom("known", "other") }), weight: 1 },
);

const common = {
  paths: fc.uniqueArray(fc.oneof(pathPatternTexts, fc.constantFrom("/*", "/a/*", "/a/:x", "/:x/b")), {
    minLength: 1,
    maxLength: 3,
  }),
  allowMethods: fc.uniqueArray(fc.constantFrom("GET", "HEAD", "POST", "PUT", "*"), { maxLength: 3 }),
  allowHeaders: fc.uniqueArray(fc.constantFrom("x-a", "X-B", "authorization", "*"), { maxLength: 2 }),
  exposeHeaders: fc.constantFrom([], ["etag"], ["*"]),
  onDenied: fc.constantFrom("block", "block", "forward"),
  timingAllowOrigin: fc.boolean(),
  maxAge: fc.constantFrom(600, 7200),
};

const rules = fc.oneof(
  {
    arbitrary: fc.record({
      ...common,
      allowOrigins: fc.array(entries, { minLength: 1, maxLength: 4 }),
      allowCredentials: fc.boolean(),
      dangerouslyAllow: fc.constantFrom(["insecure-origin"], []),
    }),
    weight: 4,
  },
  fc.record({
    ...common,
    allowOrigins: fc.constantFrom<unknown[]>(
      ["*"],
      ["null"],
      [{ origin: "*", expires: "2027-01-15" }],
      ["null", "https://a.com"],
    ),
    dangerouslyAllow: fc.constant(["null-origin"]),
  }),
);

type LooseRule = object & { name?: string };

const documents = fc
  .record({
    mode: fc.oneof({ arbitrary: fc.constant("enforce"), weight: 8 }, fc.constant("report-only")),
    rules: fc.array(rules, { minLength: 1, maxLength: 3 }),
  })
  .map(({ mode, rules: list }) => ({
    mode,
    rules: list.map((rule, index): LooseRule => ({ name: `r-${index}`, ...rule })),
  }));

function parse(json: object | undefined): PolicyDocument | undefined {
  const parsed = parsePolicy(JSON.stringify(json ?? {}));
  return parsed.ok ? parsed.document : undefined;
}

/** Two documents: unrelated, or the second made from the first by changing one rule, the order, or nothing. */
const pairs = fc
  .tuple(
    documents,
    documents,
    fc.constantFrom("all", "all", "rule", "field", "order", "same", "gone", "new"),
    fc.nat(20),
  )
  .map(([before, other, how, number]): [object | undefined, object | undefined] => {
    const index = number % before.rules.length;
    const rule: object = other.rules[0] ?? {};
    const fields = ["allowOrigins", "allowMethods", "allowHeaders", "onDenied", "paths", "exposeHeaders"];
    const field = fields[number % fields.length] ?? "";
    const replaced = (made: object) => ({
      ...before,
      rules: before.rules.map((old, i) => (i === index ? { ...old, ...made } : old)),
    });
    switch (how) {
      case "rule":
        return [before, replaced(rule)];
      case "field":
        return [before, replaced({ [field]: (rule as Record<string, unknown>)[field] })];
      case "order":
        return [before, { ...before, rules: before.rules.toReversed() }];
      case "same":
        return [before, before];
      case "gone":
        return [before, undefined];
      case "new":
        return [undefined, before];
      default:
        return [before, other];
    }
  });

interface Asked {
  readonly kind: "preflight" | "actual" | "websocket";
  readonly origin: string;
  readonly method: string;
  readonly headers: readonly string[];
  readonly path: string;
  readonly at: number;
}

const askedOrigins = fc.oneof(
  {
    arbitrary: fc.constantFrom(
      ...["https://a.com", "https://ab.a.com", "https://a-b.a.com", "https://a.a.com", "https://b.a.com"],
      ...[
        "https://ab.ab.a.com:8443",
        "https://ab.a.com:3000",
        "http://b.com",
        "null",
        "https://x_y.b",
        "https://c.b.a.com",
      ],
      "nonsense",
    ),
    weight: 3,
  },
  originTexts,
);

const requests: fc.Arbitrary<Asked> = fc.record({
  kind: fc.constantFrom("preflight", "preflight", "actual", "websocket"),
  origin: askedOrigins,
  method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE"),
  headers: fc.uniqueArray(fc.constantFrom("x-a", "x-b", "x-c", "authorization"), { maxLength: 2 }),
  path: pathTexts.filter(readsOneWay),
  at: fc.constantFrom(NOW, NOW, Date.parse("2027-01-16T00:00:00Z"), Date.parse("2027-03-01T00:00:00Z")),
});

function viewOf({ kind, origin, method, headers, path }: Asked): RequestView {
  const fields: Record<string, string> = { origin };
  if (kind === "websocket") fields.upgrade = "websocket";
  if (kind === "preflight") {
    fields["access-control-request-method"] = method;
    fields["access-control-request-headers"] = headers.join(",");
  }
  return {
    method: kind === "preflight" ? "OPTIONS" : kind === "websocket" ? "GET" : method,
    urlOrigin: "https://api.example.net",
    pathname: path,
    header: (name) => fields[name] ?? null,
  };
}

function decideBy(document: PolicyDocument | undefined, request: Asked): Decision {
  const lookup = document && { kind: "found" as const, policy: compilePolicy(document) };
  return decide(lookup ?? { kind: "none" }, viewOf(request), request.at, (name, origin) => contents(name)?.has(origin));
}

function matchesPath(pattern: string, path: string): boolean {
  const parsed = parsePathPattern(pattern);
  if (parsed === undefined) throw new Error(`the diff names ${pattern}, which is no path pattern`);
  const single = new PathRules();
  single.add(parsed, 0);
  return single.match(path) === 0;
}

function isOn(change: AccessChange, path: string): boolean {
  if (!("paths" in change)) return true;
  return change.paths.some(
    ({ within, except }) => matchesPath(within, path) && !except.some((part) => matchesPath(part, path)),
  );
}

function matchesOrigin(pattern: string, origin: string): boolean {
  if (pattern.startsWith("the list ")) return contents(pattern.slice("the list ".length))?.has(origin) === true;
  if (parseOriginPattern(pattern) === undefined)
    throw new Error(`the diff names ${pattern}, which is no origin pattern`);
  return new AllowedOrigins([{ pattern, endsAt: undefined }]).judge(origin, NOW) === "allowed";
}

/** True where a line of this effect says that requests like this one are decided otherwise. */
function saysSo(change: AccessChange, effect: "gained" | "lost", request: Asked): boolean {
  if (change.effect !== effect || !isOn(change, request.path)) return false;
  const names = (list: readonly string[]) => (name: string) =>
    list.includes(name) ||
    (list.includes("*") && name !== "authorization") ||
    (name === "HEAD" && list.includes("GET"));
  switch (change.kind) {
    case "origins": {
      if (change.after !== undefined && request.at < (endOfDay(change.after) ?? 0)) return false;
      if (request.kind !== "websocket" && !names(change.methods)(request.method)) return false;
      const said = change.headers.map((name) => name.toLowerCase());
      if (request.kind === "preflight" && !request.headers.every(names(said))) return false;
      return change.origins.some((entry) =>
        matchesOrigin("origin" in entry ? entry.origin : `the list ${entry.list}`, request.origin),
      );
    }
    case "methods":
      if (change.but?.includes(request.method) || (request.method === "HEAD" && change.but?.includes("GET")))
        return false;
      return request.kind !== "websocket" && names(change.names)(request.method) && isOf(change.origins, request);
    case "request-headers": {
      const isNamed = (name: string) => names(change.names.map(lower))(name) && change.but?.includes(name) !== true;
      return request.kind === "preflight" && request.headers.some(isNamed) && isOf(change.origins, request);
    }
    default:
      return false;
  }
}

/** The response headers of a decision; in which order a rule lists names gives or takes no access. */
function inNoOrder({ response }: Decision) {
  const fields = response.fields.map(([name, value]) => [name, value.split(", ").sort()]);
  return { ...response, fields };
}

function lower(name: string): string {
  return name.toLowerCase();
}

function isOf(origins: readonly string[], request: Asked): boolean {
  return origins.some((origin) => matchesOrigin(origin, request.origin));
}

/** Counted, so that the laws cannot hold for want of cases. */
const seen = { gained: 0, lost: 0, cookies: 0, silent: 0 };

describe("for any two policies and any request whose path reads one way", () => {
  const cases = fc.record({ documents: pairs, asked: fc.array(requests, { minLength: 20, maxLength: 20 }) });

  it("whatever is decided otherwise has a line that says so, with its paths, origins, methods and headers", () => {
    fc.assert(
      fc.property(cases, ({ documents: [first, second], asked }) => {
        const [before, after] = [parse(first), parse(second)];
        fc.pre((first === undefined || before !== undefined) && (second === undefined || after !== undefined));
        const changes = compareAccess({ document: before, contents }, { document: after, contents }, NOW);
        const isModeChanged = changes.some(({ kind }) => kind === "mode");
        if (changes.length === 0) seen.silent++;
        for (const request of asked) {
          const [old, recent] = [decideBy(before, request), decideBy(after, request)];
          const wasGranted = old.denial === undefined;
          const isGranted = recent.denial === undefined;
          const said = JSON.stringify({ request, changes, first, second });
          if (isGranted !== wasGranted) {
            const effect = isGranted ? "gained" : "lost";
            seen[effect]++;
            expect(
              changes.some((change) => saysSo(change, effect, request)),
              said,
            ).toBe(true);
          } else if (old.forwardsCookie !== recent.forwardsCookie) {
            seen.cookies++;
            const effect = recent.forwardsCookie ? "gained" : "lost";
            const kinds = isGranted ? ["credentials"] : ["denied-forwarded"];
            const line = changes.find(
              (change) => kinds.includes(change.kind) && change.effect === effect && isOn(change, request.path),
            );
            expect(isModeChanged || line !== undefined, said).toBe(true);
          } else if (changes.length === 0) {
            expect(recent.action, said).toBe(old.action);
            if (isGranted) expect(inNoOrder(recent), said).toEqual(inNoOrder(old));
          }
        }
      }),
      { numRuns: 500 },
    );
    for (const cases of Object.values(seen)) expect(cases).toBeGreaterThan(10);
  });

  it("whatever is said to be allowed now, or no longer, is", () => {
    fc.assert(
      fc.property(cases, ({ documents: [first, second], asked }) => {
        const [before, after] = [parse(first), parse(second)];
        fc.pre((first === undefined || before !== undefined) && (second === undefined || after !== undefined));
        const changes = compareAccess({ document: before, contents }, { document: after, contents }, NOW);
        for (const change of changes) {
          if (change.kind !== "methods" && change.kind !== "request-headers") continue;
          for (const request of asked) {
            // GET says HEAD, too, which may have been allowed before.
            if (change.effect === "neutral" || request.method === "HEAD") continue;
            if (!saysSo(change, change.effect, request)) continue;
            const [less, more] = change.effect === "gained" ? [before, after] : [after, before];
            expect(decideBy(less, request).denial).toBeDefined();
            const plain: Asked = { ...request, kind: "websocket", at: NOW };
            // An entry that has expired is named with its rule, and is denied all the same.
            if (decideBy(more, plain).denial !== undefined) continue;
            const denial = decideBy(more, { ...request, at: NOW }).denial?.reason;
            if (change.kind === "methods") expect(denial).toBeOneOf([undefined, "header-not-allowed"]);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("a policy compared with itself has no change", () => {
    fc.assert(
      fc.property(documents, (json) => {
        const document = parse(json);
        fc.pre(document !== undefined);
        expect(compareAccess({ document, contents }, { document, contents }, NOW)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it("what one direction gains, the other loses", () => {
    fc.assert(
      fc.property(pairs, ([first, second]) => {
        const [before, after] = [parse(first), parse(second)];
        fc.pre((first === undefined || before !== undefined) && (second === undefined || after !== undefined));
        const [a, b] = [
          { document: before, contents },
          { document: after, contents },
        ];
        const linesOf = (changes: readonly AccessChange[], effect: string) =>
          changes
            .filter((change) => change.effect === effect && change.kind !== "mode")
            .map(({ effect: _, ...change }) => JSON.stringify({ ...change, paths: undefined, example: undefined }))
            .sort();
        expect(linesOf(compareAccess(a, b, NOW), "gained")).toEqual(linesOf(compareAccess(b, a, NOW), "lost"));
      }),
      { numRuns: 100 },
    );
  });
});
