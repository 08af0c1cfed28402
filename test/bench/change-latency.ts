/**
 * How soon a change holds: measures on workerd, under load and with the default times, from the moment a policy is put
 * into KV to the end of the last answer that followed the old one.
 *
 *     npx node test/bench/change-latency.ts [rounds, 4] [requests under way at once, 16]
 *
 * What is measured is the gateway's own part. KV here is a server on this machine that answers within a millisecond and
 * shows a write at once; what the real one adds is worked out in docs/reliability.md.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildWorker } from "../support/build-worker.ts";
import { startUpstream } from "../support/upstream.ts";
import { startWorkerd } from "../support/workerd.ts";

const HOST = "api.test";
const FRESH_SECONDS = 15;
const APP = "https://app.example.com";
/** No round may take longer: the hard limit and the longest wait beyond it. */
const LIMIT_SECONDS = 61;
/** A grant follows a revocation and the other way round, so that both are measured. */
const DOCUMENTS = {
  granting: JSON.stringify({ rules: [{ name: "r", allowOrigins: [APP] }] }),
  revoking: JSON.stringify({ rules: [{ name: "r", allowOrigins: ["https://other.example.com"] }] }),
};

/** From a put to the last old answer, in seconds, and how many answers there were in the round. */
interface Round {
  readonly change: keyof typeof DOCUMENTS;
  readonly seconds: number;
  readonly answers: number;
}

const [rounds = 4, concurrency = 16] = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), "cors-gateway-bench-"));
const upstream = await startUpstream((_, response) => response.end("ok"));
const gateway = await startWorkerd(await buildWorker(folder), { DEFAULT_UPSTREAM: upstream.url });
const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
const answers: { readonly at: number; readonly isGranted: boolean }[] = [];
let isOver = false;

gateway.kv.values.set(`policy/${HOST}`, DOCUMENTS.revoking);
const measured: Round[] = [];
try {
  await Promise.all([measureRounds(), ...Array.from({ length: concurrency }, keepAsking)]);
} finally {
  agent.destroy();
  await Promise.all([gateway.stop(), upstream.close()]);
  await rm(folder, { recursive: true });
}
for (const change of ["granting", "revoking"] as const) {
  const seconds = measured
    .filter((round) => round.change === change)
    .map((round) => round.seconds)
    .sort((a, b) => a - b);
  const [least, median, most] = [0, Math.floor(seconds.length / 2), seconds.length - 1].map((at) =>
    (seconds[at] ?? Number.NaN).toFixed(2),
  );
  console.log(`${change}, put to last old answer: min ${least} s, median ${median} s, max ${most} s`);
}

async function keepAsking(): Promise<void> {
  while (!isOver) answers.push({ isGranted: await isGranted(), at: performance.now() });
}

async function measureRounds(): Promise<void> {
  for (let i = 0; i < rounds * 2; i++) {
    // The rounds begin evenly spread over the time between two reads; the first, right after one, is the worst case.
    await nextRead();
    await sleep((Math.floor(i / 2) / rounds) * FRESH_SECONDS * 1000);
    const round = await measure(i % 2 === 0 ? "granting" : "revoking");
    measured.push(round);
    console.log(`${round.change}: ${round.seconds.toFixed(2)} s (${round.answers} answers)`);
  }
  isOver = true;
}

/** Waits until KV has answered the next read. */
async function nextRead(): Promise<void> {
  const { length } = gateway.kv.reads;
  while (gateway.kv.reads.length === length) await sleep(5);
  await sleep(100);
}

/** Puts a change, and waits until all answers of a whole second follow it. */
async function measure(change: keyof typeof DOCUMENTS): Promise<Round> {
  answers.length = 0;
  const start = performance.now();
  gateway.kv.values.set(`policy/${HOST}`, DOCUMENTS[change]);
  const isOld = (answer: { isGranted: boolean }): boolean => answer.isGranted !== (change === "granting");
  let last = start;
  do {
    await sleep(100);
    last = answers.findLast(isOld)?.at ?? last;
    if (performance.now() - start > LIMIT_SECONDS * 1000)
      throw new Error(`the change did not hold in ${LIMIT_SECONDS} s`);
  } while (performance.now() - last < 1000);
  return { change, seconds: (last - start) / 1000, answers: answers.length };
}

function isGranted(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    request({ port: gateway.port, agent, headers: { host: HOST, origin: APP } }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.headers["access-control-allow-origin"] === APP));
    })
      .on("error", reject)
      .end();
  });
}
