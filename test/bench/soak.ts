/**
 * Drives the built Worker on workerd with mixed traffic while policies change every second and KV fails now and then, and
 * checks every answer against src/core's decision for a policy version that may have been in force.
 *
 *     npm run soak              # ten minutes
 *     npm run soak -- 60        # so many seconds
 */

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketServer } from "ws";
import type { RequestView } from "../../src/core/classify.ts";
import { type CompiledPolicy, compilePolicy } from "../../src/core/compile-policy.ts";
import { decide } from "../../src/core/decide.ts";
import { type Decision, decisionHeader } from "../../src/core/decision.ts";
import { parsePolicy } from "../../src/core/parse-policy.ts";
import { buildWorker } from "../support/build-worker.ts";
import { residentMiB } from "../support/memory.ts";
import { open, parseResponse, type RawRequest, type RawResponse } from "../support/raw-http.ts";
import { closeServer, listen } from "../support/servers.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const seconds = Number(process.argv[2] ?? 600);
const WORKERS = 8;
const HOSTS = ["a.soak.test", "b.soak.test", "c.soak.test"];
const ORIGINS = Array.from({ length: 10 }, (_, index) => `https://app${index}.example.com`);
const MALFORMED = ["https://APP0.example.com", "https://app0.example.com/", "x", `https://${"a".repeat(5000)}.example`];
const TIMES = {
  POLICY_FRESH_SECONDS: "1",
  POLICY_HARD_LIMIT_SECONDS: "2",
  POLICY_STALE_WAIT_SECONDS: "1",
  POLICY_READ_TIMEOUT_SECONDS: "1",
  POLICY_RETRY_SECONDS: "1",
  POLICY_MAX_RETRY_SECONDS: "1",
};
/** A version may be used so long after the next one was put: fresh, one fault of KV, a wait, a retry, and slow machines. */
const WINDOW_MS = 20_000;
const FAULT_MS = 3_000;
const HANG_MS = 20_000;
const LONG_RUN_SECONDS = 180;
const MAX_GROWTH = 1.15;
const MAX_RESIDENT_MIB = 400;
const BIG_BODY = Buffer.alloc(1024 * 1024, "x");

/** What version `n` of a policy says: which origins, and how. Everything differs from one version to the next. */
function documentOf(version: number): object {
  return {
    rules: [
      {
        name: `v${version}`,
        paths: ["/api/*"],
        allowOrigins: ORIGINS.filter((_, index) => (index + version) % 3 !== 0),
        allowMethods: ["GET", version % 2 === 0 ? "PUT" : "POST"],
        allowHeaders: [`x-v${version}`, "content-type"],
        exposeHeaders: [`x-v${version}`],
        allowCredentials: version % 2 === 0,
        maxAge: version % 86400,
        onDenied: version % 5 === 0 ? "forward" : "block",
      },
    ],
  };
}

const compiled = new Map<number, CompiledPolicy>();
function policyOf(version: number): CompiledPolicy {
  const known = compiled.get(version);
  if (known !== undefined) return known;
  const parsed = parsePolicy(JSON.stringify(documentOf(version)));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const policy = compilePolicy(parsed.document);
  compiled.set(version, policy);
  return policy;
}

/** When each version of a hostname was put; the index is the version. */
const history = new Map(HOSTS.map((host) => [host, [0]]));
const wrong: string[] = [];
const counts: Record<string, number> = {};

function put(gateway: RunningGateway, host: string): void {
  const puts = history.get(host) ?? [];
  const version = puts.length;
  puts.push(Date.now());
  gateway.kv.values.set(`policy/${host}`, JSON.stringify(documentOf(version)));
  gateway.kv.metadata.set(`policy/${host}`, { version });
}

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}

/** A request of the mix. */
function invent(): RawRequest & { host: string; headers: Record<string, string> } {
  const host = pick(HOSTS);
  const origin = Math.random() < 0.1 ? pick(MALFORMED) : pick([...ORIGINS, "https://evil.example", "null"]);
  const target = Math.random() < 0.1 ? pick(["/other", "/api%2fx", "//api/x"]) : "/api/x";
  const roll = Math.random();
  if (roll < 0.3) {
    const headers = {
      Origin: origin,
      "Access-Control-Request-Method": pick(["GET", "PUT", "POST", "DELETE"]),
      "Access-Control-Request-Headers": pick(["content-type", "x-unknown", ","]),
    };
    return { method: "OPTIONS", host, target, headers };
  }
  if (roll < 0.4) return { host, target, headers: {} };
  const headers = { Origin: origin, Cookie: "a=b" };
  if (roll < 0.43) return { method: "PUT", host, target, headers, body: BIG_BODY };
  if (roll < 0.5) {
    const upgrade = {
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    return { host, target, headers: { ...headers, ...upgrade } };
  }
  return { method: pick(["GET", "PUT", "POST", "DELETE"]), host, target, headers };
}

/** The answer; or none: the connection ended without a byte, or was silent for too long. */
type Answer = RawResponse | "cut" | "hung";

async function ask(port: number, request: RawRequest): Promise<Answer> {
  const isUpgrade = "Upgrade" in (request.headers as Record<string, string>);
  const socket = open(port, request);
  const chunks: Buffer[] = [];
  let isHung = false;
  const timer = setTimeout(() => {
    isHung = true;
    socket.destroy();
  }, HANG_MS);
  try {
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
      // A WebSocket stays open until we go.
      if (isUpgrade && Buffer.concat(chunks).includes("\r\n\r\n")) break;
    }
  } catch {
    // A refused upload is cut once it is answered; what was answered is what counts.
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
  if (isHung) return "hung";
  const bytes = Buffer.concat(chunks);
  return bytes.includes("\r\n\r\n") ? parseResponse(bytes) : "cut";
}

function viewOf({ method = "GET", host, target = "/", headers }: ReturnType<typeof invent>): RequestView {
  const { origin, pathname } = new URL(`http://${host}${target}`);
  const fields = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { method, urlOrigin: origin, pathname, header: (name) => fields[name] ?? null };
}

const STATUS = { answer: 204, refuse: 403 } as const;

/** What is wrong with a response under this version; undefined for nothing. */
function faultUnder(
  version: number,
  request: ReturnType<typeof invent>,
  response: RawResponse | "cut",
): string | undefined {
  const decision: Decision = decide({ kind: "found", policy: policyOf(version), version }, viewOf(request), Date.now());
  if (response === "cut") {
    // workerd closes while we still send, and our kernel drops what had come: RFC 9112, section 9.6.
    const mayBeCut = decision.action === "refuse" && request.body !== undefined;
    return mayBeCut ? undefined : "cut, and no refused upload";
  }
  const isUpgrade = decision.requestClass === "websocket" && decision.action === "proxy";
  const status = decision.action === "proxy" ? (isUpgrade ? 101 : 200) : STATUS[decision.action];
  if (response.status !== status) return `status ${response.status}, not ${status}`;
  const expected = new Map<string, string>(decision.response.fields);
  if (decision.response.vary !== "") expected.set("vary", decision.response.vary);
  if (request.headers.Origin !== undefined) expected.set("cors-decision", decisionHeader(decision) ?? "");
  const found = { ...response.cors };
  if (found["cors-decision"] !== undefined) found["cors-decision"] = found["cors-decision"].replace(/;stale=\d+/, "");
  for (const name of new Set([...expected.keys(), ...Object.keys(found)])) {
    if (expected.get(name) !== found[name]) return `${name}: ${found[name]}, not ${expected.get(name)}`;
  }
  if (decision.action === "proxy" && !isUpgrade && response.body.toString() !== String(request.body?.length ?? 0)) {
    return `the upstream got ${response.body} bytes`;
  }
  return undefined;
}

function check(request: ReturnType<typeof invent>, response: Answer, startedAt: number): void {
  const kind = typeof response === "string" ? response : String(response.status);
  counts[kind] = (counts[kind] ?? 0) + 1;
  if (response === "hung") {
    wrong.push(`hung: ${describe(request)}`);
    return;
  }
  const puts = history.get(request.host) ?? [];
  const faults: string[] = [];
  for (let version = puts.length - 1; version > 0; version--) {
    // In force until the next one was put, and believed for a while after.
    const replacedAt = puts[version + 1] ?? Number.POSITIVE_INFINITY;
    if (replacedAt < startedAt - WINDOW_MS) break;
    const fault = faultUnder(version, request, response);
    if (fault === undefined) return;
    faults.push(`v${version}: ${fault}`);
  }
  wrong.push(
    `${describe(request)} → ${response === "cut" ? "cut" : `${response.status} ${JSON.stringify(response.cors)}`}\n  ${faults.slice(0, 3).join("\n  ")}`,
  );
}

function describe({ method = "GET", host, target, headers }: ReturnType<typeof invent>): string {
  return `${method} ${host}${target} ${JSON.stringify(headers).slice(0, 300)}`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const folder = await mkdtemp(join(tmpdir(), "cors-gateway-soak-"));
const sockets = new WebSocketServer({ noServer: true });
const upstream = createServer((request, response) => {
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
  });
  request.on("end", () => response.setHeader("access-control-allow-origin", "*").end(String(length)));
});
upstream.on("upgrade", (request, socket, head) => {
  socket.on("error", () => socket.destroy());
  sockets.handleUpgrade(request, socket, head, (peer) => peer.on("error", () => peer.terminate()));
});
const upstreamPort = await listen(upstream);
const gateway = await startWorkerd(await buildWorker(folder), {
  ...TIMES,
  DEFAULT_UPSTREAM: `http://127.0.0.1:${upstreamPort}`,
});
for (const host of HOSTS) put(gateway, host);

const endsAt = Date.now() + seconds * 1000;
const memory: number[] = [];
const isOver = () => Date.now() >= endsAt || wrong.length >= 20;

/** A change of a policy every second, and every ten seconds KV fails for a while: it throws, or it hangs. */
async function keepChanging(): Promise<void> {
  while (!isOver()) {
    await sleep(1000);
    put(gateway, pick(HOSTS));
    memory.push(residentMiB(gateway.pid));
    const startsFault = Math.floor(Date.now() / 1000) % 10 === 3;
    if (startsFault) failForAWhile();
    if (process.stderr.isTTY)
      process.stderr.write(`\r${memory.length} s, ${Object.values(counts).reduce((a, b) => a + b, 0)} requests`);
  }
}

function failForAWhile(): void {
  const hangs = Math.random() < 0.5;
  gateway.kv.before = async () => {
    if (hangs) await sleep(FAULT_MS);
    throw new Error("KV is down");
  };
  setTimeout(() => {
    gateway.kv.before = () => undefined;
  }, FAULT_MS);
}

async function keepAsking(): Promise<void> {
  while (!isOver()) {
    const request = invent();
    const startedAt = Date.now();
    check(request, await ask(gateway.port, request), startedAt);
  }
}

try {
  await Promise.all([keepChanging(), ...Array.from({ length: WORKERS }, keepAsking)]);
} finally {
  await gateway.stop();
  await closeServer(upstream);
  await rm(folder, { recursive: true, force: true });
}
const uncaught = gateway.exceptions();

// V8 grows its heap lazily, for some two minutes. Only a run that goes on for longer can tell growth from that: its
// middle third is held against its last. A shorter one is held against a bound that only a gross leak breaks.
const third = Math.floor(memory.length / 3);
const [middle, late] = [median(memory.slice(third, 2 * third)), median(memory.slice(-third))];
const growth = late / middle;
const isSteady = late < MAX_RESIDENT_MIB && (seconds < LONG_RUN_SECONDS || growth < MAX_GROWTH);
const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
const versions = [...history.values()].reduce((sum, puts) => sum + puts.length - 1, 0);
console.log(`${total} requests in ${seconds} s, ${versions} policy versions: ${JSON.stringify(counts)}`);
console.log(
  `resident memory: ${middle.toFixed(0)} MiB in the middle third, ${late.toFixed(0)} MiB in the last (${growth.toFixed(2)} times)`,
);
for (const line of [...wrong.slice(0, 20), ...uncaught.slice(0, 5)]) console.log(line);
const isGood = wrong.length === 0 && uncaught.length === 0 && isSteady && total > 0;
console.log(
  `${wrong.length} wrong, ${counts.hung ?? 0} hung, ${uncaught.length} uncaught: ${isGood ? "passed" : "FAILED"}`,
);
process.exitCode = isGood ? 0 : 1;
