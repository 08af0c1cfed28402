/** A fresh seed each time; it is printed, and FUZZ_SEED=… runs the same cases again. */

import { expect, inject, it } from "vitest";
import { startFuzzedGateway } from "../fuzz/gateway/fuzzed-gateway.ts";
import { PURE_TARGETS } from "../fuzz/pure-targets.ts";
import { fuzz } from "../fuzz/target.ts";
import { chooseSeed, freshSeed } from "../support/seed.ts";

/** A minute or two of CPU on one core in all; a busy machine takes longer. */
const A_LONG_TIME = 60 * 60_000;
const CASES = 50_000;
const CONNECTIONS = 20_000;
const seed = chooseSeed("FUZZ_SEED", freshSeed());

it.each(PURE_TARGETS)(
  "fuzzing: $name hold what is promised, whatever they are given",
  { timeout: A_LONG_TIME },
  async (target) => {
    expect(await fuzz(target, { seed, cases: CASES })).toBe(CASES);
  },
);

it("fuzzing: no bytes make the Worker fail, or let in what the policy does not", { timeout: A_LONG_TIME }, async () => {
  const gateway = await startFuzzedGateway(inject("workerScript"));
  try {
    expect(await fuzz(gateway.target, { seed, cases: CONNECTIONS })).toBe(CONNECTIONS);
    const { granted, denied, reached } = gateway.tally;
    for (const count of [granted, denied, reached]) expect(count).toBeGreaterThan(CONNECTIONS / 40);
  } finally {
    await gateway.stop();
  }
});
