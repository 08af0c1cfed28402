/** Cases of the laws: a policy, and what many pages of one browser fetch from a hostname under it. */

import fc from "fast-check";
import { parsePolicy } from "../../src/core/parse-policy.ts";
import type { PageFetch } from "./browser-model/browser-model.ts";
import { policyDocuments } from "./page-arbitraries.ts";
import type { WrittenPolicy } from "./policy-meaning.ts";
import { chooseSeed } from "./seed.ts";

/** How many cases, by how many policies, and from where chance starts. */
export interface LawRuns {
  readonly policies: number;
  readonly fetchesPerPolicy: number;
  readonly seed: number;
}

/**
 * The runs of a test, by its seed: that of the variable LAW_SEED where it is set. Prints it.
 * @param seed where the variable is not set
 */
export function lawRuns(policies: number, fetchesPerPolicy: number, seed: number): LawRuns {
  return { policies, fetchesPerPolicy, seed: chooseSeed("LAW_SEED", seed) };
}

/** Documents that the gateway takes. */
export const usablePolicies: fc.Arbitrary<WrittenPolicy> = policyDocuments
  .filter((document) => parsePolicy(JSON.stringify(document)).ok)
  .map((document) => document as WrittenPolicy);

/** A policy, and what pages fetch under it. */
export function lawCases(fetches: fc.Arbitrary<PageFetch>, count: number) {
  return fc.record({
    policy: usablePolicies,
    fetches: fc.array(fetches, { minLength: count, maxLength: count }),
  });
}
