/** Where chance starts, and how a failing run is made once more. */

/** A seed for the same cases every time. */
export const FIXED_SEED = 20270115;

/** A seed that no run had before. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

/**
 * The seed of a run: that of a variable where it is set. Prints it, to run a failure once more.
 * @param usual where the variable is not set
 */
export function chooseSeed(variable: "LAW_SEED" | "FUZZ_SEED", usual: number): number {
  const seed = Number(process.env[variable] || usual);
  console.log(`to run these cases again: ${variable}=${seed}`);
  return seed;
}
