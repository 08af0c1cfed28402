/** The built Worker on plain workerd, with a KV that the test holds in its hands. */

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { FakeCacheServer } from "./cache-server.ts";
import { type RawRequest, type RawResponse, send } from "./raw-http.ts";
import { closeServer, endProcess, listen } from "./servers.ts";
import { COMPATIBILITY_DATE } from "./wrangler-config.ts";

/** The package is CommonJS without types: its default export is the path of the binary. */
const workerdPath = (createRequire(import.meta.url)("workerd") as { default: string }).default;

/** workerd calls failures of upstreams and clients an `error: `, too; an exception is said to be uncaught, or names its class. */
const EXCEPTION = /[Uu]ncaught|\bfatal: |Error:/;

/** A KV namespace in memory that answers workerd's reads, and can misbehave. */
export interface FakeKv {
  readonly values: Map<string, string>;
  readonly metadata: Map<string, unknown>;
  /** Every read so far, with its keys. */
  readonly reads: string[][];
  /** The targets of the requests that these reads came as. */
  readonly queries: string[];
  /** Runs before each answer; throwing makes the read fail, a pending promise makes it hang, a text is the answer itself. */
  before: (keys: readonly string[]) => unknown;
}

/** What several gateways can share: a cold isolate is a second gateway on the same KV and cache. */
export interface Surroundings {
  readonly kv?: FakeKv;
  readonly cache?: FakeCacheServer;
  /** Opens V8's inspector. */
  readonly inspect?: boolean;
  /** Binds RATE_LIMITER: so many requests a key, then none. */
  readonly rateLimit?: number;
  /** V8 collects garbage rather than let the heap grow over this, and aborts where that is not enough. */
  readonly maxHeapMiB?: number;
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
  /** Of V8's inspector; 0 where none is open. */
  readonly inspectorPort: number;
  /** What of the noise tells that the Worker threw. */
  exceptions(): string[];
  send(request: RawRequest): Promise<RawResponse>;
  stop(): Promise<void>;
}

/** A KV with nothing in it. */
export function emptyKv(): FakeKv {
  return { values: new Map(), metadata: new Map(), reads: [], queries: [], before: () => undefined };
}

/** Starts workerd with the built Worker; nothing is left of it where it does not start. */
export async function startWorkerd(
  script: string,
  variables: Readonly<Record<string, string>> = {},
  { kv = emptyKv(), cache, inspect = false, rateLimit, maxHeapMiB }: Surroundings = {},
): Promise<RunningGateway> {
  const kvServer = createServer((request, response) => void answerKvRead(kv, request, response));
  const kvPort = await listen(kvServer);
  // Beside the script: a configuration embeds files by paths from its own.
  const config = join(dirname(script), `${randomUUID()}.capnp`);
  await writeFile(
    config,
    capnp(basename(script), kvPort, variables, { cachePort: cache?.port, rateLimit, maxHeapMiB }),
  );
  const inspector = inspect ? ["--inspector-addr=127.0.0.1:0"] : [];
  const child = spawn(workerdPath, ["serve", config, "--control-fd=3", "--verbose", ...inspector], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const log: Record<string, unknown>[] = [];
  const noise: string[] = [];
  readLines(child.stdout, (line) => takeLine(line, log, noise));
  readLines(child.stderr, (line) => takeLine(line, log, noise));
  const stop = async () => {
    await endProcess(child, "SIGKILL");
    await Promise.all([closeServer(kvServer), rm(config, { force: true })]);
  };
  const { port, inspectorPort } = await readPorts(child, noise).catch(async (error) => {
    await stop();
    throw error;
  });
  return {
    port,
    inspectorPort,
    kv,
    log,
    noise,
    pid: child.pid ?? 0,
    exceptions: () => noise.filter((line) => EXCEPTION.test(line)),
    send: (request) => send(port, request),
    stop,
  };
}

/** One read: `POST /bulk/get` for documents, `GET /<key>` for the shards of a list. */
async function answerKvRead(kv: FakeKv, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const single = request.method === "GET" ? decodeURIComponent((request.url ?? "").slice(1).split("?")[0] ?? "") : "";
  const { keys, withMetadata } = (
    request.method === "GET" ? { keys: [single], withMetadata: false } : JSON.parse(body)
  ) as { keys: string[]; withMetadata?: boolean };
  const entryOf = (key: string) => {
    const value = kv.values.get(key) ?? null;
    return withMetadata && value !== null ? { value, metadata: kv.metadata.get(key) ?? null } : value;
  };
  kv.reads.push(keys);
  kv.queries.push(request.url ?? "");
  try {
    const junk = await kv.before(keys);
    if (typeof junk === "string") response.end(junk);
    else if (request.method !== "GET")
      response.end(JSON.stringify(Object.fromEntries(keys.map((key) => [key, entryOf(key)]))));
    else if (kv.values.has(single)) response.end(kv.values.get(single));
    else response.writeHead(404).end();
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}

function capnp(
  script: string,
  kvPort: number,
  variables: Readonly<Record<string, string>>,
  { cachePort, rateLimit, maxHeapMiB }: Record<"cachePort" | "rateLimit" | "maxHeapMiB", number | undefined>,
): string {
  const bindings = [
    '(name = "POLICIES", kvNamespace = "kv")',
    ...Object.entries(variables).map(
      ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
    ),
    ...(rateLimit === undefined ? [] : ['(name = "RATE_LIMITER", service = "limiter")']),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (${maxHeapMiB === undefined ? "" : `\n  v8Flags = ["--max-heap-size=${maxHeapMiB}"],`}
  services = [
    (name = "main", worker = (
      modules = [(name = "index.js", esModule = embed ${JSON.stringify(script)})],
      compatibilityDate = "${COMPATIBILITY_DATE}",
      bindings = [${bindings.join(", ")}],${cachePort === undefined ? "" : '\n      cacheApiOutbound = "cache",'}
    )),
    ${cachePort === undefined ? "" : `(name = "cache", external = (address = "127.0.0.1:${cachePort}", http = ())),`}
    (name = "kv", external = (address = "127.0.0.1:${kvPort}", http = ())),
    ${
      rateLimit === undefined
        ? ""
        : `(name = "limiter", worker = (
      modules = [(name = "limiter.js", esModule = ${JSON.stringify(limiterScript(rateLimit))})],
      compatibilityDate = "${COMPATIBILITY_DATE}",
    )),`
    }
    (name = "internet", network = (allow = ["local"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);`;
}

/** The address of a client about which the rate limit never answers. */
export const ENDLESS_ADDRESS = "192.0.2.255";

/** The platform's interface; plain workerd has no such binding of its own. */
function limiterScript(limit: number): string {
  return `import { WorkerEntrypoint } from "cloudflare:workers";
const counts = new Map();
export default class extends WorkerEntrypoint {
  async limit({ key }) {
    if (key.endsWith(" ${ENDLESS_ADDRESS}")) await scheduler.wait(1e9);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return { success: counts.get(key) <= ${limit} };
  }
}`;
}

function readLines(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  if (stream !== null) createInterface({ input: stream }).on("line", take);
}

function takeLine(line: string, log: Record<string, unknown>[], noise: string[]): void {
  const start = line.indexOf('{"time"');
  if (start < 0) noise.push(line);
  else log.push(JSON.parse(line.slice(start)) as Record<string, unknown>);
}

/** workerd says on its control descriptor which ports it took: the inspector's first, where it has one. */
async function readPorts(
  child: ChildProcess,
  noise: readonly string[],
): Promise<Pick<RunningGateway, "port" | "inspectorPort">> {
  const control = child.stdio[3] as NodeJS.ReadableStream;
  let inspectorPort = 0;
  for await (const line of createInterface({ input: control })) {
    const message = JSON.parse(line) as { event: string; port?: number };
    if (message.port === undefined) continue;
    if (message.event === "listen") return { port: message.port, inspectorPort };
    if (message.event === "listen-inspector") inspectorPort = message.port;
  }
  throw new Error(`workerd did not start:\n${noise.join("\n")}`);
}
