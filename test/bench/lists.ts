/**
 * What a huge list costs in the Worker, on plain workerd: memory once the cache is full, and CPU time a request on warm
 * shards against a rule with ten origins.
 *
 *     npx node test/bench/lists.ts [origins, 1000000] [rounds, 16]
 */

import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildList } from "../../src/cli/build-list.ts";
import { listKey, shardIndex, shardKey } from "../../src/core/origin-list.ts";
import { buildWorker } from "../support/build-worker.ts";
import { readHeapMiB, residentMiB } from "../support/memory.ts";
import { startUpstream } from "../support/upstream.ts";
import { startWorkerd } from "../support/workerd.ts";
import { quantile } from "./measure.ts";
import { cpuNanoseconds } from "./processes.ts";

const [size = 1_000_000, rounds = 16] = process.argv.slice(2).map(Number);
const CONCURRENCY = 16;
const REQUESTS_A_ROUND = 2000;
/** Plain workerd sets V8 no limit; then it lets garbage lie, up to three times what lives. Cloudflare's is 128 MB. */
const MAX_HEAP_MIB = 64;
const MAX_RATIO = 1.2;
const LISTED = "list.test";
const TEN = "ten.test";

const customer = (n: number) => `https://c${String(n).padStart(19, "0")}.example.com`;
const random = (below: number) => Math.floor(Math.random() * below);
const list = buildList(Array.from({ length: size }, (_, index) => customer(index)).join("\n"));
const { count, shards } = list;
const folder = await mkdtemp(join(tmpdir(), "cors-gateway-bench-"));
const upstream = await startUpstream((_, response) => response.end("ok"));
const gateway = await startWorkerd(
  await buildWorker(folder),
  { DEFAULT_UPSTREAM: upstream.url },
  {
    inspect: true,
    maxHeapMiB: MAX_HEAP_MIB,
  },
);
const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });

try {
  for (const [hash, text] of list.texts) gateway.kv.values.set(shardKey("customers", hash), text);
  gateway.kv.values.set(listKey("customers"), JSON.stringify({ version: 1, count, shards }));
  put(LISTED, [{ list: "customers" }]);
  put(
    TEN,
    Array.from({ length: 10 }, (_, index) => customer(index)),
  );
  const isHeapSmall = await measureMemory();
  const isFast = await measureTime();
  process.exitCode = isHeapSmall && isFast ? 0 : 1;
} finally {
  agent.destroy();
  await Promise.all([gateway.stop(), upstream.close()]);
  await rm(folder, { recursive: true });
}

function put(host: string, allowOrigins: readonly unknown[]): void {
  gateway.kv.values.set(`policy/${host}`, JSON.stringify({ rules: [{ name: "r", allowOrigins }] }));
}

/** Fills the cache three times over, a third of the questions about origins that are not listed. */
async function measureMemory(): Promise<boolean> {
  await ask(TEN, customer(0));
  const before = [residentMiB(gateway.pid), await readHeapMiB(gateway.inspectorPort)] as const;
  const samples: number[] = [];
  const questions = shards.length * 12;
  for (let done = 0; done < questions; done += CONCURRENCY * 16) {
    await Promise.all(
      Array.from({ length: CONCURRENCY * 16 }, async () => {
        const n = random(Math.floor(size * 1.5));
        const isGranted = await ask(LISTED, customer(n));
        if (isGranted !== n < size) throw new Error(`${customer(n)}: ${isGranted ? "granted" : "denied"}`);
      }),
    );
    const { used } = await readHeapMiB(gateway.inspectorPort);
    // From here on the cache is full.
    if (done >= questions / 2) samples.push(used);
  }
  const after = [residentMiB(gateway.pid), await readHeapMiB(gateway.inspectorPort)] as const;
  const reads = gateway.kv.reads.flat().filter((key) => key.startsWith("list/customers/")).length;
  const peak = Math.max(...samples);
  const isGood = peak < MAX_HEAP_MIB;
  const row = (name: string, values: readonly number[]) =>
    console.log(`| ${name} | ${values.map((value) => value.toFixed(1)).join(" | ")} |`);
  console.log(`${count} origins, ${shards.length} shards, ${reads} reads of shards in ${questions} requests`);
  console.log("| MiB | Before | Full |\n| --- | --- | --- |");
  row("Heap of the isolate, in use", [before[1].used, after[1].used]);
  row("Heap of the isolate, taken", [before[1].total, after[1].total]);
  row("Resident memory of workerd", [before[0], after[0]]);
  console.log(
    `heap in use while full: ${Math.min(...samples).toFixed(1)} to ${peak.toFixed(1)} MiB, at most ${MAX_HEAP_MIB}: ${isGood ? "passed" : "FAILED"}`,
  );
  return isGood;
}

/** Interleaved rounds of two rules; the lower quartiles are compared, because others use the machine too. */
async function measureTime(): Promise<boolean> {
  // Half of the cache, so that all of them stay there.
  const shardsInUse = Math.min(256, shards.length);
  const warm = Array.from({ length: size }, (_, index) => customer(index)).filter(
    (origin) => shardIndex(origin, shards.length) < shardsInUse,
  );
  const rules = {
    list: () => [LISTED, warm[random(warm.length)] ?? ""] as const,
    ten: () => [TEN, customer(random(10))] as const,
  };
  for (let i = 0; i < 3; i++) {
    await cpuMicroseconds(rules.list, REQUESTS_A_ROUND);
    await cpuMicroseconds(rules.ten, REQUESTS_A_ROUND);
  }
  const readsBefore = gateway.kv.reads.flat().filter((key) => key.startsWith("list/customers/")).length;
  const times: Record<keyof typeof rules, number[]> = { list: [], ten: [] };
  for (let i = 0; i < rounds; i++) {
    const order = i % 2 === 0 ? (["list", "ten"] as const) : (["ten", "list"] as const);
    for (const rule of order) times[rule].push(await cpuMicroseconds(rules[rule], REQUESTS_A_ROUND));
  }
  const reads = gateway.kv.reads.flat().filter((key) => key.startsWith("list/customers/")).length - readsBefore;
  const [listTime, tenTime] = [quantile(times.list, 0.25), quantile(times.ten, 0.25)];
  const ratio = listTime / tenTime;
  console.log(`CPU time of workerd a request, lower quartile of ${rounds} rounds of ${REQUESTS_A_ROUND}:`);
  console.log(
    `a list of ${count}: ${listTime.toFixed(0)} µs (${reads} reads of shards), ten origins: ${tenTime.toFixed(0)} µs`,
  );
  console.log(`${ratio.toFixed(2)} times, at most ${MAX_RATIO}: ${ratio <= MAX_RATIO ? "passed" : "FAILED"}`);
  return ratio <= MAX_RATIO;
}

async function cpuMicroseconds(next: () => readonly [string, string], requests: number): Promise<number> {
  const start = cpuNanoseconds([gateway.pid]);
  let left = requests;
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (left-- > 0) {
        const [host, origin] = next();
        if (!(await ask(host, origin))) throw new Error(`${origin} was denied on ${host}`);
      }
    }),
  );
  return (cpuNanoseconds([gateway.pid]) - start) / 1000 / requests;
}

/** Sends a preflight, which the gateway answers itself; true where it is granted. */
function ask(host: string, origin: string): Promise<boolean> {
  const headers = { host, origin, "access-control-request-method": "GET" };
  return new Promise((resolve, reject) => {
    request({ port: gateway.port, agent, method: "OPTIONS", headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.headers["access-control-allow-origin"] === origin));
    })
      .on("error", reject)
      .end();
  });
}
