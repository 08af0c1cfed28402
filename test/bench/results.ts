/** What a run of the benchmark found, and its tables. */

import type { Cost } from "./measure.ts";

/** A point of a curve. */
export interface Point {
  readonly count: number;
  /** CPU time a request. */
  readonly microseconds: number;
  /** CPU time to that of the curve's first point, for bodies to that of the bare Worker. */
  readonly ratio: number;
}

/** Everything that a run found. */
export interface Results {
  readonly machine: string;
  readonly date: string;
  readonly rounds: number;
  readonly preflights: readonly Cost[];
  readonly actuals: readonly Cost[];
  readonly origins: readonly Point[];
  readonly rules: readonly Point[];
  readonly headers: readonly Point[];
  readonly bodies: readonly Point[];
  /** CPU time to parse and compile 100,000 origins. */
  readonly compileMilliseconds: { readonly first: number; readonly warm: number };
  readonly startMilliseconds: number;
  readonly bundleBytes: number;
}

/** The tables, as Markdown. */
export function describeResults(results: Results): string {
  const { machine, date, rounds, compileMilliseconds, startMilliseconds, bundleBytes } = results;
  return [
    `${date}, ${machine}, ${rounds} rounds.`,
    "",
    costTable(results),
    "",
    "| CPU time a request, to the first of the row | | | | |",
    "| --- | ---: | ---: | ---: | ---: |",
    curveRow("exact origins in the rule", results.origins),
    curveRow("rules in the policy", results.rules),
    curveRow("requested header names", results.headers),
    "",
    "| Body, bytes | cors-gateway, µs | to the bare Worker |",
    "| ---: | ---: | ---: |",
    ...results.bodies.map(
      ({ count, microseconds, ratio }) =>
        `| ${count.toLocaleString("en-US")} | ${microseconds.toFixed(0)} | ${ratio.toFixed(2)} |`,
    ),
    "",
    `Compiling a document with 100,000 origins: ${compileMilliseconds.warm.toFixed(0)} ms of CPU, ${compileMilliseconds.first.toFixed(0)} ms the first time in a process, while`,
    `that code itself is being compiled. Until its first answer, the Worker's process needs ${startMilliseconds.toFixed(1)} ms more than the bare Worker's. The bundle: ${bundleBytes.toLocaleString("en-US")} bytes, gzipped.`,
  ].join("\n");
}

function costTable({ preflights, actuals }: Results): string {
  const rows = preflights.map((preflight, index) => {
    const actual = actuals[index] ?? preflight;
    return `| ${preflight.name} | ${cells(preflight)} | ${cells(actual)} |`;
  });
  return [
    "| | preflight, µs | to bare | requests/s | actual, µs | to bare | requests/s |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

function cells({ microsecondsPerRequest, ratio, requestsPerSecond }: Cost): string {
  const perSecond = Math.round(requestsPerSecond).toLocaleString("en-US");
  return `${microsecondsPerRequest.toFixed(0)} | ${ratio.toFixed(2)} | ${perSecond}`;
}

function curveRow(label: string, points: readonly Point[]): string {
  const shown = points.map(({ count, ratio }) => `${count.toLocaleString("en-US")}: ${ratio.toFixed(2)}`);
  return `| ${label} | ${shown.join(" | ")} |`;
}
