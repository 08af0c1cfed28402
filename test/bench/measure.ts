/** CPU time a request, compared within one run: many short rounds in rotating order. */

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
}

/** What came out. */
export interface Cost {
  readonly name: string;
  /** CPU time of the server's process, lower quartile of all rounds. */
  readonly microsecondsPerRequest: number;
  /**
   * CPU time to that of the first run, median of all rounds: each round is compared with the one right beside it, so that a
   * machine that is slower for a while does not count.
   */
  readonly ratio: number;
  /** Upper quartile of all rounds. */
  readonly requestsPerSecond: number;
}

const CLIENTS = 8;
/** Requests before anything counts: code is compiled in them. */
const WARM_UP = 8000;

/** Measures runs against each other. */
export async function measure(
  runs: readonly Run[],
  { requestsPerRound, rounds }: Effort,
  report: (done: number, of: number) => void = () => {},
): Promise<readonly Cost[]> {
  const send = ({ contender: { port }, load }: Run, count: number) => sendLoad({ ...load, port }, count, CLIENTS);
  const samples = runs.map(() => ({ micros: [] as number[], rates: [] as number[] }));
  for (const run of runs) await send(run, Math.min(WARM_UP, requestsPerRound * 20));
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
  const first = samples[0]?.micros ?? [];
  return samples.map(({ micros, rates }, index) => ({
    name: runs[index]?.contender.name ?? "",
    microsecondsPerRequest: quantile(micros, 0.25),
    ratio: quantile(
      micros.map((time, round) => time / (first[round] ?? Number.NaN)),
      0.5,
    ),
    requestsPerSecond: quantile(rates, 0.75),
  }));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
