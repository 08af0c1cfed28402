/** How time grows with the size of what a stranger sends or an operator writes. */

/** Something whose time must grow no faster than its input. */
export interface GrowthSubject {
  readonly name: string;
  /** What a size counts. */
  readonly unit: string;
  /** The smallest size; each next one is double. */
  readonly from: number;
  /** Makes an input of a size, and returns what is measured on it. */
  readonly prepare: (size: number) => () => unknown;
}

/** What was measured. */
export interface Growth {
  readonly sizes: readonly number[];
  /** CPU time of one call for each size. */
  readonly microseconds: readonly number[];
  /** Of the power of the size that fits best: 1 is linear, 2 quadratic. */
  readonly exponent: number;
}

/** Above it, time is clearly not linear: far from what noise can do over so many doublings. */
export const MAX_EXPONENT = 1.5;

const DOUBLINGS = 6;
const REPETITIONS = 7;
/** Long beside the clock's step. */
const LEAST_SAMPLE_MICROSECONDS = 2000;

/** Measures a subject in doubling sizes; CPU time, and the best of several repetitions, so that a busy machine matters little. */
export function measureGrowth({ from, prepare }: GrowthSubject): Growth {
  const sizes = Array.from({ length: DOUBLINGS + 1 }, (_, index) => from * 2 ** index);
  const microseconds = sizes.map((size) => leastMicroseconds(prepare(size)));
  return { sizes, microseconds, exponent: slope(sizes.map(Math.log2), microseconds.map(Math.log2)) };
}

function leastMicroseconds(call: () => unknown): number {
  let calls = 1;
  while (cpuMicroseconds(call, calls) < LEAST_SAMPLE_MICROSECONDS) calls *= 2;
  return Math.min(...Array.from({ length: REPETITIONS }, () => cpuMicroseconds(call, calls) / calls));
}

function cpuMicroseconds(call: () => unknown, calls: number): number {
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) call();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/** Least squares. */
function slope(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(xs), mean(ys)];
  const covariance = xs.reduce((sum, value, index) => sum + (value - x) * ((ys[index] ?? 0) - y), 0);
  return covariance / xs.reduce((sum, value) => sum + (value - x) ** 2, 0);
}
