/** A fresh seed each time; it is printed, and LAW_SEED=… runs the same cases again. */

import { expect, inject, it } from "vitest";
import { checkCoreLaws } from "../support/core-laws.ts";
import { lawRuns } from "../support/law-cases.ts";
import { freshSeed } from "../support/seed.ts";
import { checkWorkerLaws } from "../support/worker-laws.ts";

/** About three minutes of CPU on one core each; a busy machine takes longer. */
const A_LONG_TIME = 60 * 60_000;

it("a browser lets a page read a response if and only if the policy allows it: 1,000,000 fetches through core", {
  timeout: A_LONG_TIME,
}, () => {
  const { cases, read } = checkCoreLaws(lawRuns(20_000, 50, freshSeed()));
  expect(cases).toBe(1_000_000);
  expect(read).toBeGreaterThan(cases / 20);
});

it("a browser lets a page read a response if and only if the policy allows it: 100,000 fetches through the Worker", {
  timeout: A_LONG_TIME,
}, async () => {
  const { cases, read } = await checkWorkerLaws(inject("workerScript"), lawRuns(2000, 50, freshSeed()));
  expect(cases).toBe(100_000);
  expect(read).toBeGreaterThan(cases / 20);
});
