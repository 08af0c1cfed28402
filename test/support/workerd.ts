/** The built Worker on plain workerd, with a KV that the test holds in its hands. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { type RawRequest, type RawResponse, send } from "./raw-http.ts";
import { closeServer, listen } from "./upstream.ts";

/** The package is CommonJS without types: its default export is the path of the binary. */
const workerdPath = (createRequire(import.meta.url)("workerd") as { default: string }).default;

/** A KV namespace in memory that answers workerd's bulk reads, and can misbehave. */
export interface FakeKv {
  readonly values: Map<string, string>;
  readonly metadata: Map<string, unknown>;
  /** Every bulk read so far, with its keys. */
  readonly reads: string[][];
  /** Runs before each answer; throwing makes the read fail, a pending promise makes it hang. */
  before: (keys: readonly string[]) => unknown;
}

/** A running gateway. */
export interface RunningGateway {
  readonly port: number;
  readonly kv: FakeKv;
  /** The lines that the Worker logged so far, parsed. */
  readonly log: Record<string, unknown>[];
  /** Everything that workerd said apart from that: uncaught errors among it. */
  readonly noise: string[];
  readonly pid: number;
  send(request: RawRequest): Promise<RawResponse>;
  stop(): Promise<void>;
}

/** Starts workerd with the built Worker. */
export async function startWorkerd(
  script: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<RunningGateway> {
  const kv: FakeKv = { values: new Map(), metadata: new Map(), reads: [], before: () => undefined };
  const kvServer = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { keys, withMetadata } = JSON.parse(Buffer.concat(chunks).toString()) as {
      keys: string[];
      withMetadata?: boolean;
    };
    const entryOf = (key: string) => {
      const value = kv.values.get(key) ?? null;
      return withMetadata && value !== null ? { value, metadata: kv.metadata.get(key) ?? null } : value;
    };
    kv.reads.push(keys);
    try {
      await kv.before(keys);
      response.end(JSON.stringify(Object.fromEntries(keys.map((key) => [key, entryOf(key)]))));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  const kvPort = await listen(kvServer);
  const folder = await mkdtemp(join(tmpdir(), "cors-gateway-workerd-"));
  const config = join(dirname(script), `${basename(folder)}.capnp`);
  await writeFile(config, capnp(basename(script), kvPort, variables));
  const child = spawn(workerdPath, ["serve", config, "--control-fd=3", "--verbose"], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const log: Record<string, unknown>[] = [];
  const noise: string[] = [];
  readLines(child.stdout, (line) => takeLine(line, log, noise));
  readLines(child.stderr, (line) => takeLine(line, log, noise));
  const port = await readPort(child, noise);
  return {
    port,
    kv,
    log,
    noise,
    pid: child.pid ?? 0,
    send: (request) => send(port, request),
    stop: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
      await Promise.all([closeServer(kvServer), rm(folder, { recursive: true }), rm(config)]);
    },
  };
}

function capnp(script: string, kvPort: number, variables: Readonly<Record<string, string>>): string {
  const bindings = [
    '(name = "POLICIES", kvNamespace = "kv")',
    ...Object.entries(variables).map(
      ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
    ),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "index.js", esModule = embed ${JSON.stringify(script)})],
      compatibilityDate = "2026-10-23",
      bindings = [${bindings.join(", ")}],
    )),
    (name = "kv", external = (address = "127.0.0.1:${kvPort}", http = ())),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);`;
}

function readLines(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on("line", take);
}

function takeLine(line: string, log: Record<string, unknown>[], noise: string[]): void {
  const start = line.indexOf('{"time"');
  if (start < 0) noise.push(line);
  else log.push(JSON.parse(line.slice(start)) as Record<string, unknown>);
}

/** workerd says on its control descriptor which port it took. */
async function readPort(child: ChildProcess, noise: readonly string[]): Promise<number> {
  const control = child.stdio[3] as NodeJS.ReadableStream;
  for await (const line of createInterface({ input: control })) {
    const message = JSON.parse(line) as { event: string; port?: number };
    if (message.event === "listen" && message.port !== undefined) return message.port;
  }
  throw new Error(`workerd did not start:\n${noise.join("\n")}`);
}
