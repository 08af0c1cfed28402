/** Bodies of a gigabyte at constant memory, and connections that say nothing for a minute. */

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { residentMiB } from "../support/memory.ts";
import { open } from "../support/raw-http.ts";
import { closeServer, listen } from "../support/servers.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const MIB = 1024 * 1024;
const BLOCK = randomBytes(MIB);
const BLOCKS = 1024;
const PAUSE_AFTER = 64 * MIB;
/** What sockets, the runtime and streams hold between a producer and a consumer that has stopped reading. */
const MAX_ON_THE_WAY = 64 * MIB;
const MAX_GROWTH_MIB = 64;
const IDLE_MS = 65_000;
const APP = "https://app.example.com";
/** The upstream has a few seconds until its headers, and then as long as it likes. */
const headers = { Host: "api.test", Origin: APP };
/** The time of an upload counts, for the headers come after its last byte. */
const uploadHeaders = { Host: "upload.test", Origin: APP };

let gateway: RunningGateway;
/** What the upstream does with a request. */
let answer: (request: IncomingMessage, response: ServerResponse) => unknown;
const sockets = new WebSocketServer({ noServer: true });
const server = createServer((request, response) => void answer(request, response));
server.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (peer) => peer.on("message", (data) => peer.send(`echo ${data}`)));
});

beforeAll(async () => {
  const upstream = `http://127.0.0.1:${await listen(server)}`;
  gateway = await startWorkerd(inject("workerScript"));
  const rules = [{ name: "r", allowOrigins: [APP], allowMethods: ["*"] }];
  gateway.kv.values.set("policy/api.test", JSON.stringify({ upstream, upstreamTimeout: 5, rules }));
  gateway.kv.values.set("policy/upload.test", JSON.stringify({ upstream, upstreamTimeout: 300, rules }));
});

afterAll(async () => {
  await gateway.stop();
  await closeServer(server);
  expect(gateway.exceptions()).toEqual([]);
});

/** A gigabyte from one end to the other: how far both have come. */
class Transfer {
  produced = 0;
  consumed = 0;
  readonly #sent = createHash("sha256");
  readonly #received = createHash("sha256");

  /** Made block by block, as fast as they are taken. */
  source(): Readable {
    return Readable.from(this.#blocks(), { highWaterMark: 1 });
  }

  async *#blocks(): AsyncGenerator<Buffer> {
    for (let block = 0; block < BLOCKS; block++) {
      this.produced += BLOCK.length;
      this.#sent.update(BLOCK);
      yield BLOCK;
    }
  }

  /** Reads everything, and stops once in between until nothing more is produced. */
  async consume(body: Readable): Promise<void> {
    let hasPaused = false;
    for await (const chunk of body) {
      this.consumed += (chunk as Buffer).length;
      this.#received.update(chunk as Buffer);
      if (hasPaused || this.consumed < PAUSE_AFTER) continue;
      hasPaused = true;
      await this.#standstill();
      expect(this.produced - this.consumed).toBeLessThan(MAX_ON_THE_WAY);
    }
    expect(hasPaused).toBe(true);
    expect(this.consumed).toBe(BLOCKS * MIB);
    expect(this.#received.digest("hex")).toBe(this.#sent.digest("hex"));
  }

  async #standstill(): Promise<void> {
    for (let before = -1; before !== this.produced; ) {
      before = this.produced;
      await sleep(1000);
    }
  }
}

/** Expects that workerd's memory stays what it was while this happens. */
async function expectConstantMemory(during: () => Promise<void>): Promise<void> {
  const before = residentMiB(gateway.pid);
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMiB(gateway.pid));
  }, 50);
  await during();
  clearInterval(timer);
  expect(peak - before).toBeLessThan(MAX_GROWTH_MIB);
}

it.each([
  ["in chunks", {}],
  ["of a known length", { "content-length": BLOCKS * MIB }],
])(
  "a download of 1 GiB, %s, takes no memory, and the upstream waits for a client that stops reading",
  async (_, fields) => {
    const transfer = new Transfer();
    answer = (_request, response) => {
      response.writeHead(200, fields);
      return pipeline(transfer.source(), response);
    };
    await expectConstantMemory(async () => {
      const [response] = await once(httpRequest({ port: gateway.port, headers }).end(), "response");
      expect(response.headers["access-control-allow-origin"]).toBe(APP);
      await transfer.consume(response);
    });
  },
);

it.each([
  ["in chunks", {}],
  ["of a known length", { "Content-Length": BLOCKS * MIB }],
])(
  "an upload of 1 GiB, %s, takes no memory, and the client waits for an upstream that stops reading",
  async (_, fields) => {
    const transfer = new Transfer();
    answer = async (request, response) => {
      await transfer.consume(request);
      response.end("thanks");
    };
    await expectConstantMemory(async () => {
      const request = httpRequest({ port: gateway.port, method: "PUT", headers: { ...uploadHeaders, ...fields } });
      const answered = once(request, "response");
      await pipeline(transfer.source(), request);
      const [response] = (await answered) as [IncomingMessage];
      expect(response.statusCode).toBe(200);
      expect(String(await response.toArray())).toBe("thanks");
    });
  },
);

it("a WebSocket that is idle for more than a minute still carries messages, both ways", async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}`, { headers });
  await once(socket, "open");
  await sleep(IDLE_MS);
  socket.send("still here");
  expect(String((await once(socket, "message"))[0])).toBe("echo still here");
  await sleep(IDLE_MS);
  for (const peer of sockets.clients) peer.send("so am I");
  expect(String((await once(socket, "message"))[0])).toBe("so am I");
  socket.close(4000);
  expect((await once(socket, "close"))[0]).toBe(4000);
});

it("an event reaches the client after a minute without any, whatever upstreamTimeout says", async () => {
  answer = async (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: first\n\n");
    await sleep(IDLE_MS);
    response.write("data: second\n\n");
  };
  const socket = open(gateway.port, { headers });
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.includes("data: second")) break;
  }
  expect(text).toContain("data: first");
});
