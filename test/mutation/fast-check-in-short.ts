/** fast-check with fewer cases, and without shrinking: a mutant that fails a law is dead, and how is of no interest. */

import fc, { type IProperty, type Parameters } from "fast-check";

const MOST_CASES = 400;

function assert<Values>(property: IProperty<Values>, parameters: Parameters<Values> = {}): void {
  const numRuns = Math.min(parameters.numRuns ?? MOST_CASES, MOST_CASES);
  fc.assert(property, { ...parameters, numRuns, endOnFailure: true });
}

export default { ...fc, assert };
