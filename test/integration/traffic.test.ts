/** Bytes pass as they are, in both directions, while they flow. */

import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { putPolicy, type Site } from "../support/policies-under-test.ts";
import { open } from "../support/raw-http.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const APP = "https://app.example.com";
const headers = { Origin: APP };
const GRANT = { "access-control-allow-origin": APP, vary: "Origin", "cors-decision": "granted;rule=r" };
const compressed = gzipSync("hello ".repeat(1000));
const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });

let gateway: RunningGateway;
let upstream: Upstream;
let site: Site;

beforeAll(async () => {
  upstream = await startUpstream(
    ({ url, method, body }, response) => {
      const path = url.split("?")[0];
      if (path === "/error") response.writeHead(500).end("broken");
      else if (path === "/redirect") response.writeHead(302, { location: "https://elsewhere.example/" }).end();
      else if (path === "/not-modified") response.writeHead(304, { etag: '"1"', vary: "*" }).end();
      else if (path === "/head") response.writeHead(200, { "content-length": "1234" }).end();
      else if (path === "/status-700") response.writeHead(700).end();
      else if (path === "/reset") response.socket?.destroy();
      else if (path === "/slow") setTimeout(() => response.end("late"), 3000).unref();
      else if (path === "/gzip") response.writeHead(200, { "content-encoding": "gzip" }).end(compressed);
      else if (path === "/events")
        response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
      else if (path === "/cookies") {
        response.writeHead(200, ["Set-Cookie", "a=1", "Set-Cookie", "b=2", "Vary", "Accept", "Vary", "origin"]).end();
      } else response.end(`${method} ${body.toString()}`);
    },
    (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (peer) => {
        peer.on("message", (data, isBinary) => peer.send(data, { binary: isBinary }));
        peer.on("close", (code) => peer.close(code));
      });
    },
  );
  gateway = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url });
  site = putPolicy(gateway, upstream, {
    upstreamTimeout: 1,
    rules: [{ name: "r", allowOrigins: [APP], allowMethods: ["*"], onDenied: "forward" }],
  });
});

afterAll(async () => {
  // workerd itself reports a connection that an upstream resets; an exception of the Worker would name it.
  expect(gateway.noise.filter((line) => /uncaught|Error:/i.test(line))).toEqual([]);
  await gateway.stop();
  await upstream.close();
});

it.each([
  ["/error", 500, {}],
  ["/redirect", 302, { location: "https://elsewhere.example/" }],
  ["/not-modified", 304, { etag: '"1"', vary: "*" }],
])("a response to %s passes with its status and our CORS fields", async (target, status, expected) => {
  const response = await site.ask({ target, headers });
  expect(response.status).toBe(status);
  for (const [name, value] of Object.entries(expected)) expect(response.header(name)).toBe(value);
  expect(response.cors).toEqual({ ...GRANT, ...("vary" in expected && { vary: expected.vary }) });
});

it.each([
  ["/status-700", 502, "upstream-status-invalid"],
  ["/reset", 502, "upstream-unreachable"],
  ["/slow", 504, "upstream-timeout"],
])("a failure of the upstream at %s is %i, readable by the page", async (target, status, code) => {
  const response = await site.ask({ target, headers });
  expect(response.status).toBe(status);
  expect(JSON.parse(response.body.toString())).toMatchObject({ status, code });
  expect(response.cors).toEqual(GRANT);
  expect(gateway.log.some(({ event }) => event === "upstream-failing")).toBe(true);
});

it("a HEAD response keeps its length", async () => {
  const response = await site.ask({ method: "HEAD", target: "/head", headers });
  expect(response.header("content-length")).toBe("1234");
});

it("several Set-Cookie and Vary lines stay what they are", async () => {
  const { lines } = await site.ask({ target: "/cookies", headers });
  const valuesOf = (name: string) => lines.filter(([line]) => line.toLowerCase() === name).map(([, value]) => value);
  expect(valuesOf("set-cookie")).toEqual(["a=1", "b=2"]);
  expect(valuesOf("vary").join(", ")).toBe("Accept, origin");
});

it("compressed bytes pass byte for byte", async () => {
  const response = await site.ask({ target: "/gzip", headers: { ...headers, "Accept-Encoding": "gzip" } });
  expect(response.header("content-encoding")).toBe("gzip");
  expect(response.body.equals(compressed)).toBe(true);
});

it.each(["GET", "POST", "PUT", "PATCH", "DELETE", "QUERY", "PROPFIND"])(
  "a body of %s reaches the upstream",
  async (method) => {
    const response = await site.ask({ method, target: "/echo", headers, body: "body" });
    expect(response.body.toString()).toBe(`${method} body`);
  },
);

it("a path and query reach the upstream as the URL parser serializes them", async () => {
  const { reached } = await site.ask({ target: "/a/./b/../caf%c3%a9;x=1/%7e?q=%zz&b" });
  expect(reached[0]?.url).toBe("/a/caf%c3%a9;x=1/%7e?q=%zz&b");
});

it("an event reaches the client while the response is open", async () => {
  const socket = open(gateway.port, { host: site.host, target: "/events", headers });
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.includes("data: 1")) break;
  }
  expect(text).toContain("text/event-stream");
});

function connect(origin: string | undefined, protocols: string[] = [], cookie = "a=b"): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${gateway.port}/socket`, protocols, {
    headers: { Host: site.host, Cookie: cookie, ...(origin !== undefined && { Origin: origin }) },
  });
}

it("a WebSocket of an allowed origin passes both ways, without cookies under a rule without credentials", async () => {
  const before = upstream.seen.length;
  const socket = connect(APP, ["chat.v2"]);
  const [[response]] = await Promise.all([once(socket, "upgrade"), once(socket, "open")]);
  expect(response.headers).toMatchObject({ "cors-decision": "granted;rule=r" });
  expect(socket.protocol).toBe("chat.v2");
  socket.send("ping");
  expect(String((await once(socket, "message"))[0])).toBe("ping");
  socket.close(4001, "bye");
  expect((await once(socket, "close"))[0]).toBe(4001);
  expect(upstream.seen[before]?.headers).toMatchObject({ origin: APP });
  expect(upstream.seen[before]?.headers.cookie).toBeUndefined();
});

it("a WebSocket of another origin is 403, whatever onDenied says", async () => {
  const before = upstream.seen.length;
  const [, response] = await once(connect("https://evil.example"), "unexpected-response");
  expect(response.statusCode).toBe(403);
  expect(response.headers["cors-decision"]).toBe("denied;reason=origin-not-allowed;rule=r");
  expect(upstream.seen.length).toBe(before);
});

it("a WebSocket without an Origin passes untouched", async () => {
  const before = upstream.seen.length;
  const socket = connect(undefined);
  await once(socket, "open");
  socket.close();
  expect(upstream.seen[before]?.headers.cookie).toBe("a=b");
});
