/** What a client hears when the upstream fails: a status and a problem document that an allowed page can read. */

import { once } from "node:events";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { WebSocket } from "ws";
import { freshHostname } from "../support/policies-under-test.ts";
import { open, type RawRequest, type RawResponse } from "../support/raw-http.ts";
import { type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";
import { selfSigned } from "../support/self-signed.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const APP = "https://app.example.com";
const headers = { Origin: APP };
const GRANT = { "access-control-allow-origin": APP, vary: "Origin", "cors-decision": "granted;rule=r" };
const OK = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
const LONG_HEADER = `X-Long: ${"a".repeat(64 * 1024)}\r\n`;

/** What the upstream does, by the target; a text is written, and then the connection is closed. */
const BEHAVIOURS: Readonly<Record<string, string | ((socket: Socket) => void)>> = {
  "/ok": OK,
  "/error": "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy",
  "/closes": "",
  "/resets": (socket) => socket.resetAndDestroy(),
  "/garbage": "This is no HTTP at all.\r\n\r\n",
  "/http2": "\x00\x00\x12\x04\x00\x00\x00\x00\x00",
  "/status-is-no-number": "HTTP/1.1 abc OK\r\n\r\n",
  "/status-of-two-digits": "HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n",
  "/status-600": "HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n",
  "/status-999-and-no-end": (socket) => {
    socket.write(CHUNKED.replace("200 OK", "999 Highest"));
    const timer = setInterval(() => socket.write("5\r\nhello\r\n"), 20);
    socket.on("close", () => clearInterval(timer));
  },
  "/unasked-101": "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
  "/header-without-colon": "HTTP/1.1 200 OK\r\nfoo bar\r\nContent-Length: 0\r\n\r\n",
  "/header-name-with-space": "HTTP/1.1 200 OK\r\nfo o: bar\r\nContent-Length: 0\r\n\r\n",
  "/header-with-nul": "HTTP/1.1 200 OK\r\nx: a\x00b\r\nContent-Length: 0\r\n\r\n",
  "/two-lengths": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nhello",
  "/negative-length": "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
  "/length-and-chunks":
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "/endless-headers": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    const write = () => {
      while (!socket.destroyed && socket.write(LONG_HEADER));
    };
    socket.on("drain", write);
    write();
  },
  "/silent": () => undefined,
  "/half-a-head": (socket) => void socket.write("HTTP/1.1 200 OK\r\nContent-Le"),
  "/dripping-headers": (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    const timer = setInterval(() => socket.write("X-Drip: 1\r\n"), 50);
    socket.on("close", () => clearInterval(timer));
  },
  "/slow-body": (socket) => {
    socket.write(CHUNKED);
    setTimeout(() => socket.end("5\r\nworld\r\n0\r\n\r\n"), 2000);
  },
  "/cut-by-reset": (socket) => void socket.write(CHUNKED),
  "/cut-before-last-chunk": CHUNKED,
  "/cut-by-bad-chunk": `${CHUNKED}zz\r\nworld\r\n0\r\n\r\n`,
  "/cut-before-length": "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
};

let gateway: RunningGateway;
let upstream: RawUpstream;
let host: string;

beforeAll(async () => {
  upstream = await startRawUpstream((target, socket) => {
    const behaviour = BEHAVIOURS[target.split("?")[0] ?? ""] ?? OK;
    if (typeof behaviour === "string") socket.end(behaviour, "latin1");
    else behaviour(socket);
  });
  gateway = await startWorkerd(inject("workerScript"), { POLICY_FRESH_SECONDS: "1" });
  host = putPolicy(upstream.url);
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  expect(gateway.exceptions()).toEqual([]);
  expect(gateway.log.filter(({ event }) => event === "internal-error")).toEqual([]);
});

/** A hostname whose policy sends requests there. */
function putPolicy(url: string, upstreamTimeout = 30, name = freshHostname()): string {
  const rules = [{ name: "r", allowOrigins: [APP], allowMethods: ["*"] }];
  const document = { upstream: url, upstreamTimeout, dangerouslyAllow: ["insecure-upstream"], rules };
  gateway.kv.values.set(`policy/${name}`, JSON.stringify(document));
  return name;
}

const ask = (target: string, request: RawRequest = {}): Promise<RawResponse> =>
  gateway.send({ host, target, headers, ...request });

/** Expects a problem document that the allowed page can read. */
function expectProblem(response: RawResponse, status: number, code: string): void {
  expect(response.status).toBe(status);
  expect(response.header("content-type")).toBe("application/problem+json");
  expect(response.header("cache-control")).toBe("no-store");
  expect(JSON.parse(response.body.toString())).toMatchObject({ status, code });
  expect(response.cors).toEqual(GRANT);
}

/** The events about an upstream so far. */
const eventsOf = (url: string): unknown[] =>
  gateway.log.filter((line) => line.upstream === url).map(({ event }) => event);

describe("an upstream that cannot be reached", () => {
  let plain: Upstream;
  const tls = createTlsServer(selfSigned(), (_, response) => response.end("secret"));
  const urls: Record<string, string> = {};

  beforeAll(async () => {
    plain = await startUpstream();
    tls.listen(0, "127.0.0.1");
    await once(tls, "listening");
    urls.refuses = "http://127.0.0.1:1";
    urls["has a name that is not known"] = "http://no-such-host.invalid";
    urls["has a certificate that nobody vouched for"] = `https://127.0.0.1:${(tls.address() as AddressInfo).port}`;
    urls["speaks no TLS where https is meant"] = plain.url.replace("http:", "https:");
  });

  afterAll(async () => {
    tls.close();
    await plain.close();
  });

  it.each([
    ["refuses", /Connection refused/],
    ["has a name that is not known", /failed to lookup address/],
    ["has a certificate that nobody vouched for", /certificate/i],
    ["speaks no TLS where https is meant", /TLS|SSL|InvalidContentType/i],
  ])("because it %s is 502, logged when it begins", async (what, cause) => {
    const url = urls[what] ?? "";
    const name = putPolicy(url);
    const before = gateway.noise.length;
    expectProblem(await gateway.send({ host: name, headers }), 502, "upstream-unreachable");
    expectProblem(await gateway.send({ host: name, headers }), 502, "upstream-unreachable");
    expect(eventsOf(url)).toEqual(["upstream-failing"]);
    expect(gateway.noise.slice(before).join("\n")).toMatch(cause);
    const plainRequest = await gateway.send({ host: name });
    expect(plainRequest.status).toBe(502);
    expect(plainRequest.cors).toEqual({ vary: "Origin" });
  });
});

describe("an upstream that answers wrongly", () => {
  it.each([
    ["/closes", "upstream-unreachable"],
    ["/resets", "upstream-unreachable"],
    ["/garbage", "upstream-unreachable"],
    ["/http2", "upstream-unreachable"],
    ["/status-is-no-number", "upstream-unreachable"],
    ["/status-of-two-digits", "upstream-unreachable"],
    ["/status-600", "upstream-status-invalid"],
    ["/status-999-and-no-end", "upstream-status-invalid"],
    ["/unasked-101", "upstream-status-invalid"],
    ["/header-without-colon", "upstream-unreachable"],
    ["/header-name-with-space", "upstream-unreachable"],
    ["/header-with-nul", "upstream-unreachable"],
    ["/two-lengths", "upstream-unreachable"],
    ["/negative-length", "upstream-unreachable"],
    ["/endless-headers", "upstream-unreachable"],
  ])("at %s gives 502 with the code %s", async (target, code) => {
    expectProblem(await ask(target), 502, code);
  });

  it.each(["/closes", "/status-600"])("at %s is logged when that begins and when it ends", async (target) => {
    await ask("/ok");
    const before = eventsOf(upstream.url).length;
    for (const next of [target, target, "/ok", "/ok"]) await ask(next);
    expect(eventsOf(upstream.url).slice(before)).toEqual(["upstream-failing", "upstream-recovered"]);
  });

  it("with an error of its own is passed on as it is, and is no fault", async () => {
    const before = eventsOf(upstream.url).length;
    const response = await ask("/error");
    expect(response.status).toBe(503);
    expect(response.body.toString()).toBe("busy");
    expect(response.cors).toEqual(GRANT);
    expect(eventsOf(upstream.url).length).toBe(before);
  });

  it("with a length and chunks is read as chunks, and framed anew for the client", async () => {
    const response = await ask("/length-and-chunks");
    expect(response.body.toString()).toBe("hello");
    expect(response.header("content-length")).toBeUndefined();
  });

  it("in turns with right answers does not drown the log", async () => {
    const before = gateway.log.length;
    for (let i = 0; i < 40; i++) for (const target of ["/closes", "/ok"]) await ask(target);
    const seconds = gateway.log.slice(before).map(({ time }) => String(time).slice(0, 19));
    for (const second of new Set(seconds)) {
      expect(seconds.filter((other) => other === second).length).toBeLessThanOrEqual(10);
    }
  });
});

describe("an upstream that takes too long", () => {
  const SILENT = ["/silent", "/half-a-head", "/dripping-headers"];

  it.each(SILENT)("at %s is 504 after upstreamTimeout, and its connection is closed", async (target) => {
    const impatient = putPolicy(upstream.url, 1);
    const arrival = upstream.next(target);
    const start = performance.now();
    const asked = gateway.send({ host: impatient, target, headers });
    const { socket } = await arrival;
    await once(socket, "close");
    expectProblem(await asked, 504, "upstream-timeout");
    expect(performance.now() - start).toBeGreaterThan(900);
    expect(eventsOf(upstream.url).at(-1)).toBe("upstream-failing");
  });

  it.each(SILENT)("at %s keeps no WebSocket handshake waiting either", async (target) => {
    const response = await handshake(putPolicy(upstream.url, 1), target);
    expect(response.status).toBe(504);
    expect(response.decision).toBe("granted;rule=r");
  });

  it("only over its body is left alone: the time is until the headers", async () => {
    const impatient = putPolicy(upstream.url, 1);
    await gateway.send({ host: impatient, target: "/ok" });
    await sleep(1100);
    // A request that still reads KV in the background keeps its timers; others lose them with the headers.
    let endRead: (() => void) | undefined;
    gateway.kv.before = () => new Promise<void>((resolve) => (endRead = resolve));
    const response = await gateway.send({ host: impatient, target: "/slow-body", headers });
    gateway.kv.before = () => undefined;
    endRead?.();
    expect(response.body.toString()).toBe("helloworld");
  });
});

describe("a body that breaks off", () => {
  it.each(["/cut-by-reset", "/cut-before-last-chunk", "/cut-by-bad-chunk", "/cut-before-length"])(
    "at %s breaks off for the client too",
    async (target) => {
      const arrival = upstream.next(target);
      const client = open(gateway.port, { host, target, headers });
      // A reset drops what has not been read yet, so it waits until the client has something.
      const reset = async (chunk: Buffer) => chunk.includes("hello") && (await arrival).socket.resetAndDestroy();
      if (target === "/cut-by-reset") client.on("data", (chunk) => void reset(chunk));
      const text = await readAll(client);
      const [head = "", body = ""] = text.split("\r\n\r\n");
      expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(head).toContain(`Access-Control-Allow-Origin: ${APP}`);
      expect(body).toContain("hello");
      if (/^content-length: 10$/im.test(head)) expect(body.length).toBeLessThan(10);
      else {
        expect(head).toMatch(/^transfer-encoding: chunked$/im);
        expect(text).not.toContain("\r\n0\r\n");
      }
    },
  );
});

describe("a WebSocket handshake", () => {
  it.each([
    ["/closes", 502],
    ["/garbage", 502],
    ["/status-600", 502],
    ["/unasked-101", 502],
    ["/ok", 200],
    ["/error", 503],
  ])("that the upstream answers with %s fails with %i and the fields of a grant", async (target, status) => {
    const response = await handshake(host, target);
    expect(response).toEqual({ status, origin: APP, decision: "granted;rule=r" });
  });
});

describe("a loop", () => {
  it("straight back into the gateway is 508", async () => {
    const own = `http://127.0.0.1:${gateway.port}`;
    putPolicy(own, 30, "127.0.0.1");
    const response = await gateway.send({ host: `127.0.0.1:${gateway.port}`, headers });
    expectProblem(response, 508, "loop-detected");
  });

  it("over another hostname of the gateway is 508, whatever the client says about it", async () => {
    putPolicy(`http://localhost:${gateway.port}`, 30, "127.0.0.1");
    putPolicy(`http://127.0.0.1:${gateway.port}`, 30, "localhost");
    const lies = [
      {},
      { Connection: "close, cors-gateway-loop" },
      { "CORS-Gateway-Loop": "" },
      { "CORS-Gateway-Loop": "elsewhere.example;," },
    ];
    for (const lie of lies) {
      const response = await gateway.send({ host: `localhost:${gateway.port}`, headers: { ...headers, ...lie } });
      expectProblem(response, 508, "loop-detected");
    }
  });
});

/** What came back instead of a WebSocket. */
async function handshake(
  name: string,
  target: string,
): Promise<{ status: number; origin: unknown; decision: unknown }> {
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}${target}`, { headers: { Host: name, Origin: APP } });
  const [, response] = await once(socket, "unexpected-response");
  response.destroy();
  const { "access-control-allow-origin": origin, "cors-decision": decision } = response.headers;
  return { status: response.statusCode, origin, decision };
}

/** Everything until the connection ends, however it ends. */
async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk) => {
    text += String(chunk);
  });
  await once(socket, "close");
  // What was on its way has arrived.
  await sleep(0);
  return text;
}
