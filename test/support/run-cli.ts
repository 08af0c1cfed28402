/** The command line as a user runs it: a process of its own. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
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
 * @param isHeard false where whoever reads its output is gone before it says anything
 */
export function runCli(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = "",
  isHeard = true,
): Promise<CliResult> {
  const child = start(cwd, args, env);
  if (!isHeard) for (const stream of [child.stdout, child.stderr]) stream.destroy();
  // A command that reads nothing may be gone before this arrives.
  child.stdin.on("error", () => undefined).end(input);
  return resultOf(child);
}

/** Makes pipes look like a terminal. */
const TERMINAL = { NODE_OPTIONS: "--import=data:text/javascript,process.stdin.isTTY=process.stderr.isTTY=true" };

/** The key that ends the input. */
export const CTRL_D = "\u0004";

/** What progress leaves behind where a message takes its line: nothing to be seen. */
const CLEARED_LINE = "\r\u001b[K";

/**
 * Runs one command on what it takes for a terminal; the result's standard error is what is left to be seen there.
 * @param answers which keys are pressed once standard error shows a question; in the order of the questions
 */
export function runOnTerminal(
  cwd: string,
  args: readonly string[],
  answers: readonly (readonly [question: string, keys: string])[] = [],
): Promise<CliResult> {
  const child = start(cwd, args, TERMINAL);
  const left = [...answers];
  let shown = "";
  child.stderr.on("data", (chunk) => {
    shown += chunk;
    const [question, keys] = left[0] ?? [];
    if (question === undefined || !shown.includes(question)) return;
    left.shift();
    if (keys === CTRL_D) child.stdin.end(keys);
    else child.stdin.write(keys);
  });
  return resultOf(child)
    .then((result) => ({ ...result, stderr: result.stderr.replaceAll(CLEARED_LINE, "") }))
    .finally(() => child.stdin.destroy());
}

function start(cwd: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  return spawn(process.execPath, [MAIN, ...args], {
    cwd,
    stdio: "pipe",
    // wrangler's 15 MB of script need not be compiled each time.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "cors-gateway-compile-cache"), NO_COLOR: "1", ...env },
  });
}

function resultOf(child: ChildProcessWithoutNullStreams): Promise<CliResult> {
  return new Promise((resolve, reject) => {
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
