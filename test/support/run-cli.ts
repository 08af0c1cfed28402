/** The command line as a user runs it: a process of its own. */

import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** What a command did. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output, parsed. */
  json<Result>(): Result;
}

/**
 * Runs one command without a terminal.
 * @param input what it reads on standard input
 */
export function runCli(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      stdio: "pipe",
      // wrangler's 15 MB of script need not be compiled each time.
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "cors-gateway-compile-cache"), NO_COLOR: "1", ...env },
    });
    // A command that reads nothing may be gone before this arrives.
    child.stdin.on("error", () => undefined).end(input);
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr, json: () => JSON.parse(stdout) }));
  });
}
