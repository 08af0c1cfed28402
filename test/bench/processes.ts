/** Processes under measurement: on which core they run, and how much of it they used. */

import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** Of the two cores, what is measured has one for itself. */
const MEASURED_CORE = 0;
const OTHER_CORE = 1;

/** Puts a process and all its threads on a core. */
export function pin(pid: number, core = MEASURED_CORE): void {
  const taskset = () => execFileSync("taskset", ["-a", "-c", "-p", String(core), String(pid)], { stdio: "ignore" });
  try {
    taskset();
  } catch {
    // It also fails where a thread ends while it goes through them.
    taskset();
  }
}

/** Puts this process, and whatever it starts from now on, beside what is measured. */
export function stepAside(): void {
  pin(process.pid, OTHER_CORE);
}

/** CPU time of all threads of processes so far, in nanoseconds. */
export function cpuNanoseconds(pids: readonly number[]): number {
  return pids
    .flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/schedstat`))
    .reduce((sum, file) => sum + Number(readFileSync(file, "utf8").split(" ")[0]), 0);
}

/** Requests, all alike. */
export interface Load {
  /** Whom it is sent to: a port of this machine. */
  readonly port: number;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A file whose content is the body. */
  readonly bodyFile?: string;
}

/** What a round of requests took. */
export interface LoadResult {
  readonly requestsPerSecond: number;
}

/**
 * Sends a number of requests over a few connections.
 * @throws where an answer is missing, or not 2xx
 */
export async function sendLoad(load: Load, count: number, clients: number): Promise<LoadResult> {
  const headers = Object.entries(load.headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const body = load.bodyFile === undefined ? [] : ["-d", load.bodyFile];
  const method = ["-H", `:method: ${load.method}`];
  const options = ["--h1", "-n", String(count), "-c", String(clients), ...method, ...headers, ...body];
  const output = await run("h2load", [...options, `--connect-to=127.0.0.1:${load.port}`, load.url]);
  const succeeded = Number(/(\d+) succeeded/.exec(output)?.[1]);
  const good = Number(/status codes: (\d+) 2xx/.exec(output)?.[1]);
  if (succeeded !== count || good !== count) throw new Error(`not every request succeeded:\n${output}`);
  return { requestsPerSecond: Number(/, ([\d.]+) req\/s/.exec(output)?.[1]) };
}

function run(program: string, options: readonly string[]): Promise<string> {
  const child = spawn(program, options, { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", (error) =>
      reject(new Error(`${program} is needed: apt-get install nghttp2-client`, { cause: error })),
    );
    child.on("exit", () => resolve(Buffer.concat(chunks).toString()));
  });
}
