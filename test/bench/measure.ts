/** CPU time a request, compared within one run: many short rounds in rotating order, and their lower quartile. */

import type { Contender } from "./contenders.ts";
import { cpuNanoseconds, type Load, sendLoad } from "./processes.ts";

/** What is measured of each contender. */
export interface Trial {
  /** The request, but for the server it goes to. */
  readonly load: Omit<Load, "url"> & { readonly target: string };
  readonly requestsPerRound: number;
  readonly rounds: number;
}

/** What came out. */
export interface Cost {
  readonly name: string;
  /** CPU time of the server's process, lower quartile of all rounds. */
  readonly microsecondsPerRequest: number;
  /** Upper quartile of all rounds. */
  readonly requestsPerSecond: number;
}

const CLIENTS = 8;

/** Measures contenders against each other. The first rounds of each do not count: code is compiled in them. */
export async function measure(
  contenders: readonly Contender[],
  trial: Trial,
  report: (done: number, of: number) => void = () => {},
): Promise<readonly Cost[]> {
  const { load, requestsPerRound, rounds } = trial;
  const loadOf = (contender: Contender): Load => ({ ...load, url: `http://127.0.0.1:${contender.port}${load.target}` });
  const samples = contenders.map(() => ({ micros: [] as number[], rates: [] as number[] }));
  for (const contender of contenders) await sendLoad(loadOf(contender), requestsPerRound * 2, CLIENTS);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + round) % contenders.length;
      const contender = contenders[index] as Contender;
      const before = cpuNanoseconds(contender.pids);
      const { requestsPerSecond } = await sendLoad(loadOf(contender), requestsPerRound, CLIENTS);
      samples[index]?.micros.push((cpuNanoseconds(contender.pids) - before) / 1000 / requestsPerRound);
      samples[index]?.rates.push(requestsPerSecond);
    }
    report(round + 1, rounds);
  }
  return contenders.map(({ name }, index) => ({
    name,
    microsecondsPerRequest: quantile(samples[index]?.micros ?? [], 0.25),
    requestsPerSecond: quantile(samples[index]?.rates ?? [], 0.75),
  }));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
