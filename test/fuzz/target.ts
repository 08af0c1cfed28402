/** What is fuzzed, and how long. */

import fc from "fast-check";

/** Something that takes input from strangers or operators, what it gets, and what must hold whatever it gets. */
export interface FuzzTarget {
  readonly name: string;
  readonly property: fc.IAsyncProperty<[unknown]>;
}

/** Defines a target; its check throws where something does not hold. */
export function fuzzTarget<Input>(
  name: string,
  inputs: fc.Arbitrary<Input>,
  check: (input: Input) => void | Promise<void>,
): FuzzTarget {
  const property = fc.asyncProperty(inputs, async (input) => check(input)) as fc.IAsyncProperty<[unknown]>;
  return { name, property };
}

/** Where chance starts, and when it ends: after so many cases, or so many seconds. */
export type FuzzRun = { readonly seed: number } & ({ readonly cases: number } | { readonly seconds: number });

/**
 * Fuzzes a target and returns how many cases ran.
 * @throws Error with the smallest input for which something does not hold, and the seed that repeats it
 */
export async function fuzz({ name, property }: FuzzTarget, run: FuzzRun): Promise<number> {
  const { seed } = run;
  const extent =
    "cases" in run
      ? { numRuns: run.cases }
      : { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: run.seconds * 1000 };
  const details = await fc.check(property, { seed, ...extent, includeErrorInReport: true });
  if (details.failed) {
    throw new Error(`${name}, FUZZ_SEED=${seed}: ${fc.defaultReportMessage(details)}`, {
      cause: details.errorInstance,
    });
  }
  return details.numRuns;
}
