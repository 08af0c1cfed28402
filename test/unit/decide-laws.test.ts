import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RequestView } from "../../src/core/classify.ts";
import { decide } from "../../src/core/decide.ts";
import { type Decision, decisionHeader, isCrossOrigin, type PolicyLookup } from "../../src/core/decision.ts";
import type { RuleDocument } from "../../src/core/document-schema.ts";
import { anyTexts, originTexts, pathPatternTexts, pathTexts, patternTexts } from "../support/arbitraries.ts";
import { judgePreflight } from "../support/browser-model/checks.ts";
import { policyFrom, requestOf } from "../support/policies.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");

type Rule = Partial<RuleDocument> & { allowOrigins: RuleDocument["allowOrigins"] };

const origins = fc.oneof({ arbitrary: originTexts, weight: 6 }, fc.constantFrom("null", "nonsense", "https://a.com/"));
const methods = fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PURGE", "put");
const listedMethods = fc.array(fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "*"), { maxLength: 4 });
const listedHeaders = fc.array(fc.constantFrom("x-a", "X-B", "content-type", "authorization", "*"), { maxLength: 4 });
const requestedHeaders = fc
  .array(fc.constantFrom("x-a", "x-b", "X-C", "content-type", "authorization", "", "x d"), { maxLength: 3 })
  .map((names) => names.join(","));

const entries = fc.oneof(
  { arbitrary: patternTexts, weight: 4 },
  {
    arbitrary: fc
      .tuple(patternTexts, fc.constantFrom("2027-01-14", "2027-01-15"))
      .map(([origin, expires]) => ({ origin, expires })),
    weight: 1,
  },
);

const common = {
  allowMethods: listedMethods,
  allowHeaders: listedHeaders,
  exposeHeaders: fc.constantFrom<string[]>([], ["etag"], ["*"]),
  onDenied: fc.constantFrom("block" as const, "forward" as const),
  timingAllowOrigin: fc.boolean(),
  dangerouslyAllow: fc.constant<RuleDocument["dangerouslyAllow"]>(["insecure-origin", "null-origin"]),
};

/** Rules that list origins; {@link publicRules} are for all. */
const listingRules: fc.Arbitrary<Rule> = fc.record({
  ...common,
  allowOrigins: fc.array(entries, { minLength: 1, maxLength: 4 }),
  allowCredentials: fc.boolean(),
});

const publicRules: fc.Arbitrary<Rule> = fc.record({
  ...common,
  allowOrigins: fc.constantFrom<Rule["allowOrigins"]>(["*"], ["null"], [{ origin: "*", expires: "2027-01-14" }]),
});

const rules = fc.oneof({ arbitrary: listingRules, weight: 3 }, publicRules);

function lookupOf(rule: Rule): PolicyLookup {
  return { kind: "found", policy: policyFrom({ rules: [{ name: "api", ...rule }] }) };
}

interface Asked {
  readonly method: string;
  readonly headers: Record<string, string>;
}

const asked: fc.Arbitrary<Asked> = fc.oneof(
  fc.record({ origin: origins, wanted: methods, names: requestedHeaders }).map(({ origin, wanted, names }) => ({
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": wanted, "access-control-request-headers": names },
  })),
  fc.record({ method: methods, origin: origins }).map(({ method, origin }) => ({ method, headers: { origin } })),
  origins.map((origin) => ({ method: "GET", headers: { origin, upgrade: "websocket" } })),
  fc
    .record({ method: methods, own: fc.constantFrom({}, { cookie: "a=b" }, { origin: "https://api.example.com" }) })
    .map(({ method, own }) => ({ method, headers: own })),
);

function decideOn(rule: Rule, { method, headers }: Asked): Decision {
  return decide(lookupOf(rule), requestOf(method, "/", headers), NOW);
}

function fieldOf({ response }: Decision, wanted: string): string | undefined {
  const values = response.fields.filter(([name]) => name === wanted).map(([, value]) => value);
  expect(values.length).toBeLessThan(2);
  return values[0];
}

describe("decide", () => {
  it("allows one origin alone, or all without credentials, and never the wrong one", () => {
    fc.assert(
      fc.property(rules, asked, (rule, request) => {
        const decision = decideOn(rule, request);
        const allowed = fieldOf(decision, "access-control-allow-origin");
        if (allowed === undefined || allowed === "*") {
          expect(fieldOf(decision, "access-control-allow-credentials")).toBeUndefined();
          if (allowed === "*") expect(rule.allowOrigins).toEqual(["*"]);
        } else {
          expect(allowed).toBe(request.headers.origin);
          expect(decision.response.vary).toContain("Origin");
        }
        expect(fieldOf(decision, "access-control-allow-credentials")).toBe(
          allowed !== undefined && rule.allowCredentials ? "true" : undefined,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("says nothing about CORS where the origin is at fault", () => {
    fc.assert(
      fc.property(rules, asked, (rule, request) => {
        const decision = decideOn(rule, request);
        if (!decision.denial?.reason.startsWith("origin-")) return;
        expect(decision.response.fields).toEqual([]);
        expect(decision.response.exposesEachHeader).toBe(false);
        expect(decision.response.vary).toContain("Origin");
      }),
      { numRuns: 1000 },
    );
  });

  it("leaves `Vary` alone only where all origins get the same answer", () => {
    fc.assert(
      fc.property(rules, asked, origins, (rule, request, other) => {
        const decision = decideOn(rule, request);
        // A WebSocket asks with GET, but `allowMethods` does not apply; nobody caches a handshake.
        if (decision.response.vary !== "" || decision.requestClass === "websocket") return;
        const { origin: _, ...anonymous } = request.headers;
        for (const headers of [
          anonymous,
          { ...anonymous, origin: "https://api.example.com" },
          { ...request.headers, origin: other },
        ]) {
          const otherDecision = decideOn(rule, { ...request, headers });
          if (otherDecision.denial?.reason === "origin-malformed") continue;
          expect(otherDecision.response.fields).toEqual(decision.response.fields);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("answers preflights and no other request, and never sends a denied WebSocket on", () => {
    fc.assert(
      fc.property(rules, asked, (rule, request) => {
        const { action, requestClass, denial } = decideOn(rule, request);
        if (requestClass === "preflight") expect(action).not.toBe("proxy");
        else expect(action).not.toBe("answer");
        if (requestClass === "websocket") expect(action).toBe(denial === undefined ? "proxy" : "refuse");
        if (denial === undefined) expect(action).not.toBe("refuse");
      }),
      { numRuns: 1000 },
    );
  });

  it("forwards no cookie of a granted cross-origin request that the policy does not allow one", () => {
    fc.assert(
      fc.property(rules, asked, (rule, request) => {
        const { action, requestClass, denial, forwardsCookie } = decideOn(rule, request);
        if (action !== "proxy" || denial !== undefined) return;
        if (requestClass === "actual" || requestClass === "websocket")
          expect(forwardsCookie).toBe(rule.allowCredentials === true);
        else expect(forwardsCookie).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("does not mind the order of any list", () => {
    const shuffled = <Item>(list: readonly Item[]) =>
      fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
    const pairs = rules.chain((rule) =>
      fc
        .tuple(
          shuffled(rule.allowOrigins),
          shuffled(rule.allowMethods ?? []),
          shuffled(rule.allowHeaders ?? []),
          shuffled(rule.exposeHeaders ?? []),
        )
        .map(([allowOrigins, allowMethods, allowHeaders, exposeHeaders]): [Rule, Rule] => [
          rule,
          { ...rule, allowOrigins, allowMethods, allowHeaders, exposeHeaders },
        ]),
    );
    /** The lists are sent in written order, so their elements are what is compared. */
    const unordered = ({ rule, routedBy, ownResponse, response, ...decision }: Decision) => ({
      ...decision,
      response: { ...response, fields: response.fields.map(([name, value]) => [name, value.split(", ").sort()]) },
    });
    fc.assert(
      fc.property(pairs, asked, ([rule, other], request) => {
        expect(unordered(decideOn(other, request))).toEqual(unordered(decideOn(rule, request)));
      }),
      { numRuns: 1000 },
    );
  });

  it("never takes back a grant for one origin, method or header name more", () => {
    const additions = fc.oneof(
      entries.map(
        (origin) =>
          (rule: Rule): Rule => ({ ...rule, allowOrigins: [...rule.allowOrigins, origin] }),
      ),
      entries.map(
        (origin) =>
          (rule: Rule): Rule => ({ ...rule, allowOrigins: [origin, ...rule.allowOrigins] }),
      ),
      fc.constantFrom("GET", "PUT", "*").map(
        (method) =>
          (rule: Rule): Rule => ({ ...rule, allowMethods: [method, ...(rule.allowMethods ?? [])] }),
      ),
      fc.constantFrom("x-a", "authorization", "*").map(
        (name) =>
          (rule: Rule): Rule => ({ ...rule, allowHeaders: [name, ...(rule.allowHeaders ?? [])] }),
      ),
    );
    fc.assert(
      fc.property(listingRules, additions, asked, (rule, add, request) => {
        if (decideOn(rule, request).denial !== undefined) return;
        expect(decideOn(add(rule), request).denial).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it("never throws, and says a structured field, whatever a request is made of", () => {
    const texts = fc.oneof(anyTexts, origins, fc.constantFrom("", "websocket", "same-origin", "GET"));
    const headers = fc.dictionary(
      fc.constantFrom(
        "origin",
        "sec-fetch-site",
        "access-control-request-method",
        "access-control-request-headers",
        "upgrade",
        "cookie",
      ),
      texts,
    );
    const views = fc
      .record({
        method: fc.oneof(methods, texts),
        pathname: fc.oneof(
          pathTexts,
          fc.webPath(),
          texts.map((text) => `/${text}`),
        ),
        headers,
      })
      .map(
        ({ headers: sent, ...request }): RequestView => ({
          ...request,
          urlOrigin: "https://api.example.com",
          header: (name) => (Object.hasOwn(sent, name) ? (sent[name] ?? null) : null),
        }),
      );
    const lookups = fc.oneof(
      fc.constantFrom<PolicyLookup>({ kind: "none" }, { kind: "unavailable", namesUpstream: true }),
      fc
        .tuple(rules, fc.array(pathPatternTexts, { minLength: 1, maxLength: 3 }))
        .map(([rule, paths]) => lookupOf({ ...rule, paths })),
    );
    fc.assert(
      fc.property(lookups, views, (lookup, view) => {
        const decision = decide(lookup, view, NOW);
        const isSilent = decision.denial === undefined && !isCrossOrigin(decision.requestClass);
        expect(decisionHeader(decision) ?? "").toMatch(
          isSilent ? /^$/ : /^(?:granted|denied;reason=[a-z-]+)(?:;rule=[a-z][a-z0-9-]*)?$/,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe("decide and a browser's preflight", () => {
  // Often from an origin that the rule lists: of all others the browser learns nothing but that they are denied.
  const asking = rules.chain((rule) => {
    const listed = (rule.allowOrigins ?? []).map((entry) => String(entry));
    return fc.record({
      rule: fc.constant(rule),
      origin: fc.oneof(origins, { arbitrary: fc.constantFrom(...listed), weight: 5 }),
    });
  });
  const preflights = fc.record({
    asking,
    method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "PURGE", "patch"),
    names: fc
      .uniqueArray(fc.constantFrom("authorization", "content-type", "x-a", "x-b", "x-c"), { maxLength: 3 })
      .map((list) => list.sort()),
    includesCredentials: fc.boolean(),
  });

  it("agree: the browser goes on if and only if the preflight was granted, with credentials only where allowed", () => {
    let grants = 0;
    let answeredDenials = 0;
    fc.assert(
      fc.property(preflights, ({ asking: { rule, origin }, method, names, includesCredentials }) => {
        const sent = {
          origin,
          "access-control-request-method": method,
          ...(names.length > 0 && { "access-control-request-headers": names.join(",") }),
        };
        const { action, denial, response } = decideOn(rule, { method: "OPTIONS", headers: sent });
        const isOk = action === "answer";
        const page = { origin, isCredentialed: includesCredentials };
        const answer = { status: isOk ? 204 : 403, headers: response.fields };
        // Values that no clause safelists.
        const headers = names.map((name) => [name, "application/json"] as const);
        const refusal = judgePreflight(page, method, headers, answer)?.step;
        const isGranted = denial === undefined && (!includesCredentials || rule.allowCredentials === true);
        expect(refusal === undefined).toBe(isGranted);
        if (isGranted) grants++;
        // The point of answering a denial with 204: the browser names the culprit, and not the origin.
        if (isOk && denial !== undefined && (rule.allowCredentials || !includesCredentials)) {
          answeredDenials++;
          expect(refusal).toBe(denial.reason === "method-not-allowed" ? "preflight-method" : "preflight-header");
        }
      }),
      { numRuns: 2500 },
    );
    expect(grants).toBeGreaterThan(3);
    expect(answeredDenials).toBeGreaterThan(3);
  });
});
