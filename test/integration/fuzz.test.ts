/** The short form: the same connections every time, unless FUZZ_SEED says otherwise. The long form is in test/long. */

import { expect, inject, it } from "vitest";
import { startFuzzedGateway } from "../fuzz/gateway/fuzzed-gateway.ts";
import { fuzz } from "../fuzz/target.ts";
import { chooseSeed, FIXED_SEED } from "../support/seed.ts";

/** Some seconds; a busy machine takes longer. */
const A_LONG_TIME = 10 * 60_000;
const CASES = 600;

it("fuzzing: no bytes make the Worker fail, or let in what the policy does not", { timeout: A_LONG_TIME }, async () => {
  const gateway = await startFuzzedGateway(inject("workerScript"));
  try {
    expect(await fuzz(gateway.target, { seed: chooseSeed("FUZZ_SEED", FIXED_SEED), cases: CASES })).toBe(CASES);
    const { granted, denied, reached } = gateway.tally;
    for (const count of [granted, denied, reached]) expect(count).toBeGreaterThan(CASES / 40);
  } finally {
    await gateway.stop();
  }
});
