/** CPU time a request, compared within one run: many short rounds in rotating order, in blocks. */

import type { Contender } from "./contenders.ts";
import { cpuNanoseconds, type Load, sendLoad } from "./processes.ts";

/** A server and the request that it is asked over and over. */
export interface Run {
  readonly contender: Contender;
  readonly load: Omit<Load, "port">;
}

/** How often. */
export interface Effort {
  readonly requestsPerRound: number;
  readonly rounds: number;
  /** Requests before anything counts: code is compiled in them. */
  readonly warmUp: number;
}

/** What came out. */
export interface Cost {
  readonly name: string;
  /** CPU time of the server's process, lower quartile of all blocks. */
  readonly microsecondsPerRequest: number;
  /**
   * CPU time to that of the first run, median of all blocks: compared within a block, so that a machine that is slower for a
   * while does not count.
   */
  readonly ratio: number;
  /** Upper quartile of all rounds. */
  readonly requestsPerSecond: number;
}

const CLIENTS = 8;
/** Rounds are short, so that a slow moment hits all runs alike; a block of them is long enough to hold its garbage collections. */
const ROUNDS_PER_BLOCK = 10;

/** Measures runs against each other. */
export async function measure(
  runs: readonly Run[],
  { requestsPerRound, rounds, warmUp }: Effort,
  report: (done: number, of: number) => void = () => {},
): Promise<readonly Cost[]> {
  const send = ({ contender: { port }, load }: Run, count: number) => sendLoad({ ...load, port }, count, CLIENTS);
  const samples = runs.map(() => ({ micros: [] as number[], rates: [] as number[] }));
  for (const run of runs) await send(run, warmUp);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < runs.length; turn++) {
      const index = (turn + round) % runs.length;
      const run = runs[index] as Run;
      const before = cpuNanoseconds(run.contender.pids);
      const { requestsPerSecond } = await send(run, requestsPerRound);
      samples[index]?.micros.push((cpuNanoseconds(run.contender.pids) - before) / 1000 / requestsPerRound);
      samples[index]?.rates.push(requestsPerSecond);
    }
    report(round + 1, rounds);
  }
  const first = blocksOf(samples[0]?.micros ?? []);
  return samples.map(({ micros, rates }, index) => {
    const blocks = blocksOf(micros);
    return {
      name: runs[index]?.contender.name ?? "",
      microsecondsPerRequest: quantile(blocks, 0.25),
      ratio: quantile(
        blocks.map((time, block) => time / (first[block] ?? Number.NaN)),
        0.5,
      ),
      requestsPerSecond: quantile(rates, 0.75),
    };
  });
}

/** Means of successive rounds; a rest that fills no block is left out, unless there is nothing else. */
function blocksOf(rounds: readonly number[]): number[] {
  const size = Math.min(ROUNDS_PER_BLOCK, rounds.length);
  return Array.from({ length: Math.floor(rounds.length / size) }, (_, block) => {
    const part = rounds.slice(block * size, (block + 1) * size);
    return part.reduce((sum, time) => sum + time, 0) / size;
  });
}

/** The value below which a share of all values lies; no number where there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
