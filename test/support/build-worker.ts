/** Builds the Worker once for all test files, the way `wrangler deploy` does. */

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The built Worker: one ES module. */
    workerScript: string;
  }
}

/**
 * Builds into a folder and returns the path of the script.
 * @param entry of another Worker, to be built the same way
 */
export async function buildWorker(folder: string, entry = "src/worker/index.ts"): Promise<string> {
  await promisify(execFile)("wrangler", ["deploy", entry, "--dry-run", "--outdir", folder], {
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
  });
  return join(folder, basename(entry).replace(/\.ts$/, ".js"));
}

/** Builds the Worker, unless whoever runs the tests names one in the variable BUILT_WORKER. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const built = process.env.BUILT_WORKER;
  if (built !== undefined) {
    project.provide("workerScript", built);
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), "cors-gateway-"));
  project.provide("workerScript", await buildWorker(folder));
  return () => rm(folder, { recursive: true });
}
