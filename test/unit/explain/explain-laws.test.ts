import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCrossOrigin } from "../../../src/core/decision.ts";
import { isMixedContent } from "../../../src/core/explain/browser.ts";
import { explain, isGood } from "../../../src/core/explain/explain.ts";
import { explainedPolicy } from "../../../src/core/explain/explained-policy.ts";
import { findRemedies, type Remedy } from "../../../src/core/explain/remedies.ts";
import { pageRequestsTo, policyDocuments } from "../../support/page-arbitraries.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");
const RUNS = { numRuns: 250 };

// Over plain http most origins would be mixed content, and nothing else would be seen.
const requests = fc
  .tuple(pageRequestsTo("api.test"), fc.constantFrom("https", "https", "https", "http"))
  .map(([request, scheme]) => ({ ...request, url: new URL(request.url.href.replace(/^http/, scheme)) }));

const cases = fc.record({ document: policyDocuments, request: requests });

function policyOf(document: object) {
  return explainedPolicy("p.json", JSON.stringify(document));
}

describe("for any policy and request", () => {
  it("the page reads the response if and only if the policy says so", () => {
    fc.assert(
      fc.property(cases, ({ document, request }) => {
        const { decisive, outcome, requestClass } = explain(policyOf(document), request, NOW);
        const lacksCredentials = request.hasCredentials && decisive.rule?.allowCredentials !== true;
        const isAllowed = !isCrossOrigin(requestClass) || (decisive.denial === undefined && !lacksCredentials);
        expect(isGood(outcome)).toBe(isAllowed && !isMixedContent(request.origin, request.url));
      }),
      RUNS,
    );
  });

  it("what a preflight is granted, the request itself is granted", () => {
    fc.assert(
      fc.property(cases, ({ document, request }) => {
        const { preflight, actual } = explain(policyOf(document), request, NOW);
        fc.pre(preflight !== undefined);
        if (preflight.decision.denial === undefined) expect(actual.decision.denial).toBeUndefined();
      }),
      RUNS,
    );
  });

  it("one step fails where there is a denial and none where there is not, and steps have evidence", () => {
    fc.assert(
      fc.property(cases, ({ document, request }) => {
        const { decisive, steps } = explain(policyOf(document), request, NOW);
        const failed = steps.findIndex(({ state }) => state === "failed");
        expect(failed >= 0).toBe(decisive.denial !== undefined);
        for (const [index, { state, evidence }] of steps.entries()) {
          expect(state === "not-reached").toBe(failed >= 0 && index > failed);
          expect(evidence === "").toBe(state === "not-reached");
          expect(evidence).not.toContain('""');
        }
      }),
      RUNS,
    );
  });

  it("the remedies, made by hand, let the page read the response", () => {
    fc.assert(
      fc.property(cases, ({ document, request }) => {
        const policy = policyOf(document);
        const remedies = findRemedies(policy, request, NOW);
        const isMixed = isMixedContent(request.origin, request.url);
        if (!isMixed) expect(remedies.length === 0).toBe(isGood(explain(policy, request, NOW).outcome));
        const canBeMade = remedies.every(
          (remedy) => (remedy.kind === "add" || remedy.kind === "allow-credentials") && !remedy.issue,
        );
        fc.pre(policy.document !== undefined && canBeMade && !isMixed);
        const changed = remedies.reduce(makeByHand, JSON.parse(JSON.stringify(document)));
        expect(explain(policyOf(changed), request, NOW).outcome).toSatisfy(isGood);
      }),
      RUNS,
    );
  });
});

type LooseDocument = { rules: Record<string, unknown>[] };

function makeByHand(document: LooseDocument, remedy: Remedy): LooseDocument {
  const rule = "rule" in remedy ? document.rules.find(({ name }) => name === remedy.rule) : undefined;
  if (rule === undefined) throw new Error(`nothing to change: ${JSON.stringify(remedy)}`);
  if (remedy.kind === "add") rule[remedy.field] = [...((rule[remedy.field] as string[]) ?? []), ...remedy.values];
  if (remedy.kind === "allow-credentials") rule.allowCredentials = true;
  return document;
}
