import { expect, it } from "vitest";
import { checkCoreLaws } from "../support/core-laws.ts";
import { lawRuns } from "../support/law-cases.ts";
import { FIXED_SEED } from "../support/seed.ts";

it("a browser lets a page read a response if and only if the policy allows it: 20,000 fetches through core", () => {
  const { cases, read, preflights } = checkCoreLaws(lawRuns(400, 50, FIXED_SEED));
  expect(cases).toBe(20_000);
  expect(read).toBeGreaterThan(cases / 20);
  expect(preflights).toBeGreaterThan(cases / 10);
});
