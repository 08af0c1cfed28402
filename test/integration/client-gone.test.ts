/**
 * A client that goes away takes its request to the upstream with it.
 *
 * workerd notices a connection that was reset at once. One that was only closed (FIN) may still be reading, so workerd
 * notices it when it has something to write, or something more to read.
 */

import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { freshHostname } from "../support/policies-under-test.ts";
import { open, type RawRequest } from "../support/raw-http.ts";
import { type RawUpstream, startRawUpstream } from "../support/raw-upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const APP = "https://app.example.com";
const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const HELLO = "5\r\nhello\r\n";
const LAST_CHUNK = "0\r\n\r\n";

let gateway: RunningGateway;
let upstream: RawUpstream;

beforeAll(async () => {
  upstream = await startRawUpstream((target, socket) => {
    if (target === "/quiet") socket.write(HEAD + HELLO);
    else if (target === "/chatty") repeat(socket, HEAD, HELLO);
    else if (target === "/done") socket.end("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  });
  gateway = await startWorkerd(inject("workerScript"), { POLICY_FRESH_SECONDS: "1" });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  expect(gateway.exceptions()).toEqual([]);
});

/** Writes a beginning, and then the same thing for as long as the connection lasts. */
function repeat(socket: Socket, beginning: string, then: string): void {
  socket.write(beginning);
  const timer = setInterval(() => socket.write(then), 20);
  for (const event of ["close", "finish"]) socket.on(event, () => clearInterval(timer));
}

/** A hostname with a policy under which no time-out of the gateway explains that a connection was closed. */
function putPolicy(): string {
  const host = freshHostname();
  const rules = [{ name: "r", allowOrigins: [APP], allowMethods: ["*"] }];
  gateway.kv.values.set(`policy/${host}`, JSON.stringify({ upstream: upstream.url, upstreamTimeout: 300, rules }));
  return host;
}

/** Sends a request and waits until it has reached the upstream, and its response, if any, the client. */
async function start(request: RawRequest, sends = "", host = putPolicy()) {
  const arrived = upstream.next(request.target ?? "");
  const client = open(gateway.port, { host, ...request, headers: { Origin: APP, ...request.headers } });
  if (sends !== "") repeat(client, sends, sends);
  const arrival = await arrived;
  const answers = request.target !== "/silent";
  if (answers) await once(client, "data");
  client.resume();
  return { client, ...arrival, closed: once(arrival.socket, "close") };
}

const UPLOAD = { method: "POST", headers: { "Transfer-Encoding": "chunked" } };
const HANDSHAKE = {
  headers: {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
  },
};

it.each<[string, RawRequest, string]>([
  ["waits for the headers", { target: "/silent" }, ""],
  ["waits for the headers, its body sent", { target: "/silent", method: "POST", body: "x" }, ""],
  ["waits for a WebSocket", { target: "/silent", ...HANDSHAKE }, ""],
  ["waits for more of a body", { target: "/quiet" }, ""],
  ["reads a body", { target: "/chatty" }, ""],
  ["uploads", { target: "/silent", ...UPLOAD }, HELLO],
  ["uploads and reads", { target: "/chatty", ...UPLOAD }, HELLO],
])("a client that %s and is reset: the upstream's connection is closed, nobody's fault", async (_, request, sends) => {
  const { client, closed, text } = await start(request, sends);
  client.resetAndDestroy();
  await closed;
  // Once the response has begun, workerd ends an upload in chunks as if it were complete, under any Worker.
  if (request.target === "/silent") expect(text()).not.toContain(LAST_CHUNK);
  expect(gateway.log.filter(({ event }) => event === "upstream-failing")).toEqual([]);
});

it.each<[string, RawRequest, string]>([
  ["reads a body", { target: "/chatty" }, ""],
  ["uploads", { target: "/silent", ...UPLOAD }, HELLO],
  ["uploads and reads", { target: "/chatty", ...UPLOAD }, HELLO],
  ["uploads less than it announced", { target: "/silent", method: "POST", headers: { "Content-Length": "9" } }, "x"],
])("a client that %s and closes: the upstream's connection is closed, its upload not complete", async (...row) => {
  const [, request, sends] = row;
  const { client, closed, text } = await start(request, sends);
  client.destroy();
  await closed;
  expect(text()).not.toContain(LAST_CHUNK);
});

it("a client that sends nothing more and still reads gets its answer", async () => {
  const { client, socket } = await start({ target: "/silent" });
  client.end();
  await sleep(200);
  const answer = once(client, "data");
  socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

it("a policy that is being read again delays this no longer than the read takes", async () => {
  const host = putPolicy();
  await gateway.send({ host, target: "/done" });
  await sleep(1100);
  let endRead: (() => void) | undefined;
  gateway.kv.before = () => new Promise<void>((resolve) => (endRead = resolve));
  const { client, closed } = await start({ target: "/silent" }, "", host);
  client.resetAndDestroy();
  endRead?.();
  await closed;
  gateway.kv.before = () => undefined;
});
