/**
 * Measures what the gateway costs, beside a bare Worker that decides nothing and beside others who do the same job, in one
 * run: CPU time a request of the server's process, pinned to a core of its own.
 *
 *     npm run bench                  # measures; writes docs/performance.json, .svg and the table in .md
 *     npm run bench -- --rounds 5    # fewer rounds, writes nothing
 */

import { readFileSync, writeFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { compilePolicy } from "../../src/core/compile-policy.ts";
import { parsePolicy } from "../../src/core/parse-policy.ts";
import { buildWorker } from "../support/build-worker.ts";
import { drawChart } from "./chart.ts";
import {
  type Contender,
  HOSTNAME,
  POLICY,
  startBare,
  startExpress,
  startGateway,
  startHono,
  startNginxCors,
  startUpstream,
} from "./contenders.ts";
import { type Cost, type Effort, measure, quantile, type Run } from "./measure.ts";
import { cpuNanoseconds, sendLoad, stepAside } from "./processes.ts";
import { describeResults, type Results } from "./results.ts";

const USUAL_ROUNDS = 100;
const BODY_SIZES = [0, 1024, 1024 * 1024, 100 * 1024 * 1024];
const ORIGIN_COUNTS = [10, 1000, 10_000, 100_000];
const RULE_COUNTS = [1, 10, 100, 500];
const HEADER_COUNTS = [1, 10, 50, 100];
/** How far a second copy of the bare Worker may be from the first. */
const MOST_DEVIATION = 0.05;
/** How often it is tried. */
const ATTEMPTS = 3;

const { values } = parseArgs({ options: { rounds: { type: "string" } } });
const rounds = Number(values.rounds ?? USUAL_ROUNDS);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error("--rounds is how often each is measured: a whole number from 1");
  process.exit(2);
}

const APP = "https://app.example.com";
const API = `http://${HOSTNAME}`;
const ORDER = `${API}/v1/orders/7`;

function preflight(headers = "authorization,content-type"): Run["load"] {
  const asked = { "access-control-request-method": "PUT", "access-control-request-headers": headers };
  return { method: "OPTIONS", url: ORDER, headers: { origin: APP, ...asked } };
}

function actual(url = ORDER): Run["load"] {
  return { method: "GET", url, headers: { origin: APP, authorization: "Bearer token" } };
}

const SHORT_ROUNDS: Effort = { requestsPerRound: 400, rounds, warmUp: 8000 };
const CURVE_ROUNDS: Effort = { ...SHORT_ROUNDS, rounds: Math.ceil(rounds / 2) };

function policyWith(rule: object, before: readonly object[] = []): object {
  return { rules: [...before, { ...POLICY.rules[0], ...rule }] };
}

function namesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `x-header-${index}`);
}

stepAside();
const folder = await mkdtemp(join(tmpdir(), "cors-gateway-bench-"));
// nginx gives up root, and must read the files all the same.
await chmod(folder, 0o755);
const started: Contender[] = [];
const keep = async (starting: Promise<Contender>) => {
  const contender = await starting;
  started.push(contender);
  return contender;
};
const say = (text: string) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${text}` : "");
const progress = (what: string) => (done: number, of: number) => say(`${what}: round ${done} of ${of}`);

try {
  const upstream = await keep(startUpstream(folder, BODY_SIZES));
  const url = `http://127.0.0.1:${upstream.port}`;
  const [bare, second, gateway] = [
    await keep(startBare("bare Worker", folder, url)),
    await keep(startBare("bare Worker, second copy", folder, url)),
    await keep(startGateway("cors-gateway", folder, url)),
  ];
  const peers = [
    bare,
    second,
    gateway,
    await keep(startHono("Hono cors() and proxy()", "test/bench/contenders/hono-cors.js", folder, url)),
    await keep(startHono("the same, list in KV", "test/bench/contenders/hono-cors-kv.js", folder, url)),
    await keep(startNginxCors("nginx with a map", folder, url)),
    await keep(startExpress("Express cors, proxy middleware", url)),
  ];
  const runs = (contenders: readonly Contender[], load: Run["load"]) =>
    contenders.map((contender) => ({ contender, load }));
  const preflights = await measureQuietly(runs(peers, preflight()), second, "preflights");
  const actuals = await measureQuietly(runs(peers, actual()), second, "actual requests");
  /** A gateway for each count, asked in turns. */
  const curve = async (what: string, counts: readonly number[], policyOf: (count: number) => object) => {
    const contenders: Contender[] = [];
    try {
      for (const count of counts) {
        contenders.push(await startGateway(`${what}-${count}`, folder, url, policyOf(count)));
      }
      return pointsOf(counts, await measure(runs(contenders, preflight()), CURVE_ROUNDS, progress(what)));
    } finally {
      for (const contender of contenders) await contender.stop();
    }
  };
  const originsOf = (count: number) =>
    policyWith({ allowOrigins: [...Array.from({ length: count - 1 }, (_, i) => `https://a${i}.example.com`), APP] });
  const rulesOf = (count: number) =>
    policyWith(
      {},
      Array.from({ length: count - 1 }, (_, i) => ({ name: `r${i}`, paths: [`/v${i + 2}/*`], allowOrigins: [APP] })),
    );
  const results: Results = {
    machine: `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores`,
    date: new Date().toISOString().slice(0, 10),
    rounds,
    preflights,
    actuals,
    origins: await curve("exact origins", ORIGIN_COUNTS, originsOf),
    rules: await curve("rules", RULE_COUNTS, rulesOf),
    headers: await headerCurve(url),
    bodies: await bodyCurve(bare, gateway),
    compileMilliseconds: compileMilliseconds(originsOf(100_000)),
    startMilliseconds: await startMilliseconds(url),
    bundleBytes: gzipSync(readFileSync(await buildWorker(join(folder, "bundle")))).length,
  };
  say("");
  console.log(describeResults(results));
  const drift = Math.max(driftOf(preflights, second), driftOf(actuals, second));
  if (drift > MOST_DEVIATION) {
    console.error(
      `void: a second copy of the bare Worker is ${(drift * 100).toFixed(1)} % away from the first; the machine is not quiet`,
    );
    process.exitCode = 1;
  } else if (values.rounds === undefined) write(results);
} finally {
  for (const contender of started) await contender.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Measures again, up to twice, where the machine was not quiet: where a copy of the first run came out as another. */
async function measureQuietly(runs: readonly Run[], copy: Contender, what: string): Promise<readonly Cost[]> {
  for (let attempt = 1; ; attempt++) {
    const costs = await measure(runs, SHORT_ROUNDS, progress(attempt === 1 ? what : `${what}, once more`));
    if (attempt === ATTEMPTS || driftOf(costs, copy) <= MOST_DEVIATION) return costs;
  }
}

function driftOf(costs: readonly Cost[], copy: Contender): number {
  return Math.abs((costs.find(({ name }) => name === copy.name)?.ratio ?? Number.NaN) - 1);
}

function pointsOf(counts: readonly number[], costs: readonly Cost[]) {
  return counts.map((count, index) => pointOf(count, costs[index]));
}

function pointOf(count: number, cost: Cost | undefined) {
  const { microsecondsPerRequest: microseconds = Number.NaN, ratio = Number.NaN } = cost ?? {};
  return { count, microseconds, ratio };
}

/** One gateway, asked for ever more header names in turns. */
async function headerCurve(url: string) {
  const policy = policyWith({ allowHeaders: namesOf(Math.max(...HEADER_COUNTS)) });
  const contender = await startGateway("requested headers", folder, url, policy);
  const runs = HEADER_COUNTS.map((count) => ({ contender, load: preflight(namesOf(count).join(",")) }));
  const costs = await measure(runs, CURVE_ROUNDS, progress("requested headers"));
  await contender.stop();
  return pointsOf(HEADER_COUNTS, costs);
}

async function bodyCurve(bare: Contender, gateway: Contender) {
  const points = [];
  for (const size of BODY_SIZES) {
    const load = actual(`${API}/v1/bytes/${size}`);
    const runs = [bare, gateway].map((contender) => ({ contender, load }));
    const requestsPerRound = Math.min(SHORT_ROUNDS.requestsPerRound, Math.max(8, Math.round(1e8 / size)));
    const effort = {
      requestsPerRound,
      rounds: size > 1e6 ? Math.ceil(rounds / 5) : rounds,
      warmUp: requestsPerRound * 2,
    };
    const [, cost] = await measure(runs, effort, progress(`bodies of ${size} bytes`));
    points.push(pointOf(size, cost));
  }
  return points;
}

/** CPU time to parse and compile a document: the first time in this process, and the best of some once the code is warm. */
function compileMilliseconds(document: object): Results["compileMilliseconds"] {
  const text = JSON.stringify(document);
  const times = Array.from({ length: 10 }, () => {
    const before = process.cpuUsage();
    const parsed = parsePolicy(text);
    if (!parsed.ok) throw new Error("the document of the measurement is refused");
    compilePolicy(parsed.document);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return { first: times[0] ?? Number.NaN, warm: Math.min(...times) };
}

/** CPU time of a process until its first answer, beyond that of the bare Worker; medians. */
async function startMilliseconds(url: string): Promise<number> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < 7; round++) {
    for (const [index, start] of [startBare, startGateway].entries()) {
      const contender = await start(`start ${index}`, folder, url);
      try {
        await sendLoad({ ...preflight(), port: contender.port }, 1, 1);
        times[index as 0 | 1].push(cpuNanoseconds(contender.pids) / 1e6);
      } finally {
        await contender.stop();
      }
    }
  }
  const [bare, gateway] = times;
  return quantile(gateway, 0.5) - quantile(bare, 0.5);
}

function write(results: Results): void {
  const docs = (name: string) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));
  writeFileSync(docs("performance.json"), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(docs("performance.svg"), drawChart(results));
  const page = readFileSync(docs("performance.md"), "utf8");
  const marks = /(<!-- measured -->\n)[\s\S]*(<!-- \/measured -->)/;
  writeFileSync(
    docs("performance.md"),
    page.replace(marks, (_, start: string, end: string) => `${start}${describeResults(results)}\n${end}`),
  );
}
