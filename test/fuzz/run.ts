/**
 * Fuzzes every target for as long as is wanted, and says how many cases ran.
 *
 *     npm run fuzz -- SECONDS [TARGET]
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildWorker } from "../support/build-worker.ts";
import { chooseSeed, freshSeed } from "../support/seed.ts";
import { startFuzzedGateway } from "./gateway/fuzzed-gateway.ts";
import { PURE_TARGETS } from "./pure-targets.ts";
import { fuzz } from "./target.ts";

process.exitCode = await run(process.argv.slice(2));

async function run([wanted = "", only]: readonly string[]): Promise<number> {
  const names = [...PURE_TARGETS.map(({ name }) => name), "whole requests"];
  if (!(Number(wanted) > 0) || (only !== undefined && !names.includes(only))) {
    console.error(
      `npm run fuzz -- SECONDS [TARGET]; a target is one of: ${names.map((name) => `"${name}"`).join(", ")}`,
    );
    return 2;
  }
  const seed = chooseSeed("FUZZ_SEED", freshSeed());
  const folder = await mkdtemp(join(tmpdir(), "cors-gateway-fuzz-"));
  const gateway = await startFuzzedGateway(await buildWorker(folder));
  let failures = 0;
  try {
    const targets = [...PURE_TARGETS, gateway.target].filter(({ name }) => only === undefined || name === only);
    for (const target of targets) {
      try {
        const cases = await fuzz(target, { seed, seconds: Number(wanted) / targets.length });
        console.log(`${target.name}: ${cases} cases`);
      } catch (error) {
        failures++;
        console.error(error instanceof Error ? error.message : error);
      }
    }
    console.log(gateway.tally);
  } finally {
    await gateway.stop();
    await rm(folder, { recursive: true });
  }
  return failures === 0 ? 0 : 1;
}
