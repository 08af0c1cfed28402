/** The project's own wrangler as a child process that never asks, never hangs and says nothing on the terminal. */

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { KvError } from "./kv.ts";
import { timerMilliseconds } from "./timer-milliseconds.ts";
import { describeWranglerFailure } from "./wrangler-failure.ts";

/** Variables that keep wrangler to itself: no metrics, no reports, no log files, no question to the network. */
export const QUIET_WRANGLER: Readonly<Record<string, string>> = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_WRITE_LOGS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/**
 * Runs one wrangler command to its end, and gives back what it wrote to standard output.
 * @throws KvError with one line that says what to do, where the command fails or takes longer than the limit
 */
export function runWrangler(args: readonly string[], timeLimitSeconds: number): Promise<string> {
  return new Promise((resolve, reject) => {
    // Without a terminal wrangler asks nothing, and fails instead.
    const child = spawn(process.execPath, [locateWrangler(), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      // The list of keys is a log line to wrangler: any other level would lose it.
      env: { ...process.env, ...QUIET_WRANGLER, WRANGLER_LOG: "log", NO_COLOR: "1" },
    });
    const output: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
    const timer = setTimeout(() => {
      child.kill();
      // A grandchild that holds the pipes open must not keep this process waiting.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      child.unref();
      reject(
        new KvError(`Cloudflare did not answer within ${timeLimitSeconds} s: look at the network, and run this again`),
      );
    }, timerMilliseconds(timeLimitSeconds));
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(new KvError(`cannot start wrangler: ${error.message}`, error, true));
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      const said = stripVTControlCharacters(Buffer.concat(complaints).toString());
      // wrangler only warns of this, and goes on with the top level's namespace.
      const failed = code !== 0 || said.includes("No environment found in configuration");
      if (!failed) resolve(Buffer.concat(output).toString());
      else {
        const { message, isRefusal } = describeWranglerFailure(said);
        reject(new KvError(message, new Error(said), isRefusal));
      }
    });
  });
}

function locateWrangler(): string {
  const require = createRequire(import.meta.url);
  try {
    const manifest = require.resolve("wrangler/package.json");
    const { bin } = require(manifest) as { bin: Record<string, string> };
    return join(dirname(manifest), bin.wrangler ?? "bin/wrangler.js");
  } catch (error) {
    throw new KvError("wrangler is not installed: run npm ci in the project", error, true);
  }
}
