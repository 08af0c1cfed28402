/** What a run of the benchmark found, and its tables. */

import type { Cost } from "./measure.ts";

/** A point of a curve. */
export interface Point {
  readonly count: number;
  /** CPU time a request. */
  readonly microseconds: number;
  /** To the bare Worker in the same rounds, where it was measured. */
  readonly ratio?: number;
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
  readonly compileMilliseconds: number;
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
      ({ count, microseconds, ratio = Number.NaN }) =>
        `| ${count.toLocaleString("en-US")} | ${microseconds.toFixed(0)} | ${ratio.toFixed(2)} |`,
    ),
    "",
    `Compiling a document with 100,000 origins: ${compileMilliseconds.toFixed(0)} ms of CPU. Until its first answer, the Worker's`,
    `process needs ${startMilliseconds.toFixed(1)} ms more than the bare Worker's. The bundle: ${bundleBytes.toLocaleString("en-US")} bytes, gzipped.`,
  ].join("\n");
}

function costTable({ preflights, actuals }: Results): string {
  const [bare, bareActual] = [preflights[0], actuals[0]].map((cost) => cost?.microsecondsPerRequest ?? Number.NaN);
  const rows = preflights.map((preflight, index) => {
    const actual = actuals[index] ?? preflight;
    return `| ${preflight.name} | ${cells(preflight, bare)} | ${cells(actual, bareActual)} |`;
  });
  return [
    "| | preflight, µs | to bare | requests/s | actual, µs | to bare | requests/s |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

function cells({ microsecondsPerRequest, requestsPerSecond }: Cost, bare = Number.NaN): string {
  const ratio = (microsecondsPerRequest / bare).toFixed(2);
  return `${microsecondsPerRequest.toFixed(0)} | ${ratio} | ${Math.round(requestsPerSecond).toLocaleString("en-US")}`;
}

function curveRow(label: string, points: readonly Point[]): string {
  const first = points[0]?.microseconds ?? Number.NaN;
  const shown = points.map(
    ({ count, microseconds }) => `${count.toLocaleString("en-US")}: ${(microseconds / first).toFixed(2)}`,
  );
  return `| ${label} | ${shown.join(" | ")} |`;
}
