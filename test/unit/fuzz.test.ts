/** The short form: the same cases every time, unless FUZZ_SEED says otherwise. The long form is in test/long. */

import { expect, it } from "vitest";
import { PURE_TARGETS } from "../fuzz/pure-targets.ts";
import { fuzz } from "../fuzz/target.ts";
import { chooseSeed, FIXED_SEED } from "../support/seed.ts";

const A_LONG_TIME = 10 * 60_000;
const CASES = 1500;
const seed = chooseSeed("FUZZ_SEED", FIXED_SEED);

it.each(PURE_TARGETS)(
  "fuzzing: $name hold what is promised, whatever they are given",
  { timeout: A_LONG_TIME },
  async (target) => {
    expect(await fuzz(target, { seed, cases: CASES })).toBe(CASES);
  },
);
