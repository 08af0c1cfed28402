import { expect, inject, it } from "vitest";
import { lawRuns } from "../support/law-cases.ts";
import { FIXED_SEED } from "../support/seed.ts";
import { checkWorkerLaws } from "../support/worker-laws.ts";

it("a browser lets a page read a response if and only if the policy allows it: 2,000 fetches through the Worker", async () => {
  const { cases, read, preflights } = await checkWorkerLaws(inject("workerScript"), lawRuns(40, 50, FIXED_SEED));
  expect(cases).toBe(2000);
  expect(read).toBeGreaterThan(cases / 20);
  expect(preflights).toBeGreaterThan(cases / 10);
});
