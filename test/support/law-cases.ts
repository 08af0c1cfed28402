/** Cases of the laws: a policy, and what many pages of one browser fetch from a hostname under it. */

import fc from "fast-check";
import { parsePolicy } from "../../src/core/parse-policy.ts";
import type { PageFetch } from "./browser-model/browser-model.ts";
import { policyDocuments } from "./page-arbitraries.ts";
import type { WrittenPolicy } from "./policy-meaning.ts";

/** How many cases, by how many policies, and from where chance starts. */
export interface LawRuns {
  readonly policies: number;
  readonly fetchesPerPolicy: number;
  readonly seed: number;
}

/** The same cases every time, unless LAW_SEED says otherwise. Printed, to run a failure once more. */
export const FIXED_SEED = 20270115;

/**
 * The runs of a test, by its seed: that of the variable LAW_SEED where it is set. Prints it.
 * @param seed where the variable is not set
 */
export function lawRuns(policies: number, fetchesPerPolicy: number, seed: number): LawRuns {
  const chosen = Number(process.env.LAW_SEED || seed);
  console.log(`${policies * fetchesPerPolicy} cases; to run them again: LAW_SEED=${chosen}`);
  return { policies, fetchesPerPolicy, seed: chosen };
}

/** A seed that no run had before. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
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
