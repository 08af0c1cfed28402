/** Bytes pass as they are, in both directions, while they flow. */

import { EventEmitter, once } from "node:events";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { putPolicy, type Site } from "../support/policies-under-test.ts";
import { open } from "../support/raw-http.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const APP = "https://app.example.com";
const headers = { Origin: APP };
const GRANT = { "access-control-allow-origin": APP, vary: "Origin", "cors-decision": "granted;rule=r" };
const plain = Buffer.from("hello ".repeat(1000));
const compressed: Readonly<Record<string, Buffer>> = {
  gzip: gzipSync(plain),
  deflate: deflateSync(plain),
  br: brotliCompressSync(plain),
  zstd: zstdCompressSync(plain),
  // A client is told what it is told; whether it is true is not for us to say.
  unknown: plain,
};
const MIB = 1024 * 1024;
const LOCATION = "//elsewhere.example/x?y#z";
const sockets = new WebSocketServer({
  noServer: true,
  maxPayload: 2 * MIB,
  handleProtocols: (offered) => (offered.has("chat.v2") ? "chat.v2" : false),
});

/** Hears how each WebSocket ended, as the upstream saw it. */
const closed = new EventEmitter();

let gateway: RunningGateway;
let upstream: Upstream;
let site: Site;

beforeAll(async () => {
  upstream = await startUpstream(
    ({ url, method, headers, body }, response) => {
      const path = url.split("?")[0];
      if (path === "/error") response.writeHead(500).end("broken");
      else if (path?.startsWith("/redirect-")) {
        response.writeHead(Number(path.slice(-3)), { location: LOCATION }).end("moved");
      } else if (path === "/not-modified") response.writeHead(304, { etag: '"1"', vary: "*" }).end();
      else if (path === "/head") response.writeHead(200, { "content-length": "1234" }).end();
      else if (path === "/compressed") {
        const encoding = String(headers["accept-encoding"]);
        response.writeHead(200, { "content-encoding": encoding }).end(compressed[encoding]);
      } else if (path === "/range") {
        const { range } = headers;
        if (range !== "bytes=2-4") response.writeHead(416, { "content-range": "bytes */6" }).end();
        else response.writeHead(206, { "content-range": "bytes 2-4/6", "content-length": "3" }).end("cde");
      } else if (path === "/events")
        response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
      else if (path === "/cookies") {
        response.writeHead(200, ["Set-Cookie", "a=1", "Set-Cookie", "b=2", "Vary", "Accept", "Vary", "origin"]).end();
      } else response.end(`${method} ${body.toString()}`);
    },
    (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (peer) => {
        peer.on("message", (data, isBinary) => {
          if (!isBinary && String(data).startsWith("close ")) peer.close(Number(String(data).slice(6)), "as you say");
          else peer.send(data, { binary: isBinary });
        });
        peer.on("close", (code, reason) => closed.emit("close", code, String(reason)));
      });
    },
  );
  gateway = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url });
  site = putPolicy(gateway, upstream, {
    rules: [{ name: "r", allowOrigins: [APP], allowMethods: ["*"], onDenied: "forward" }],
  });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  expect(gateway.exceptions()).toEqual([]);
});

it.each<readonly [string, number, Readonly<Record<string, string>>]>([
  ["/error", 500, {}],
  ["/redirect-301", 301, { location: LOCATION }],
  ["/redirect-302", 302, { location: LOCATION }],
  ["/redirect-303", 303, { location: LOCATION }],
  ["/redirect-307", 307, { location: LOCATION }],
  ["/redirect-308", 308, { location: LOCATION }],
  ["/not-modified", 304, { etag: '"1"', vary: "*" }],
])("a response to %s passes with its status and our CORS fields", async (target, status, expected) => {
  const response = await site.ask({ target, headers });
  expect(response.status).toBe(status);
  for (const [name, value] of Object.entries(expected)) expect(response.header(name)).toBe(value);
  expect(response.cors).toEqual({ ...GRANT, ...("vary" in expected && { vary: expected.vary }) });
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

it.each(Object.keys(compressed))("bytes with the content coding %s pass byte for byte", async (encoding) => {
  const response = await site.ask({ target: "/compressed", headers: { ...headers, "Accept-Encoding": encoding } });
  expect(response.header("content-encoding")).toBe(encoding);
  expect(response.body.equals(compressed[encoding] ?? Buffer.alloc(0))).toBe(true);
});

it("a range is asked for and answered as it is, and so is one that cannot be had", async () => {
  const some = await site.ask({ target: "/range", headers: { ...headers, Range: "bytes=2-4", "If-Range": '"1"' } });
  expect(some.status).toBe(206);
  expect(some.header("content-range")).toBe("bytes 2-4/6");
  expect(some.header("content-length")).toBe("3");
  expect(some.body.toString()).toBe("cde");
  expect(some.reached[0]?.headers["if-range"]).toBe('"1"');
  const none = await site.ask({ target: "/range", headers: { ...headers, Range: "bytes=9-" } });
  expect(none.status).toBe(416);
  expect(none.header("content-range")).toBe("bytes */6");
});

it("conditions reach the upstream, and its 304 has no body", async () => {
  const conditional = { ...headers, "If-None-Match": '"1"', "If-Modified-Since": "Mon, 02 Nov 2026 00:00:00 GMT" };
  const response = await site.ask({ target: "/not-modified", headers: conditional });
  expect(response.body.length).toBe(0);
  expect(response.reached[0]?.headers).toMatchObject({
    "if-none-match": '"1"',
    "if-modified-since": "Mon, 02 Nov 2026 00:00:00 GMT",
  });
});

it.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "PROPFIND"])(
  "a body of %s reaches the upstream",
  async (method) => {
    const response = await site.ask({ method, target: "/echo", headers, body: "body" });
    expect(response.body.toString()).toBe(`${method} body`);
  },
);

it("a multipart form arrives byte for byte, with its length or in chunks", async () => {
  const form = new FormData();
  form.set("text", "Gr\u00fc\u00dfe");
  form.set("file", new Blob([Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)]), "all bytes.bin");
  const encoded = new Response(form);
  const body = Buffer.from(await encoded.arrayBuffer());
  const type = { ...headers, "Content-Type": encoded.headers.get("content-type") ?? "" };
  const chunks = [
    Buffer.from(`${body.length.toString(16)}\r\n`, "latin1"),
    body,
    Buffer.from("\r\n0\r\n\r\n", "latin1"),
  ];
  for (const request of [
    { headers: type, body },
    { headers: { ...type, "Transfer-Encoding": "chunked" }, body: Buffer.concat(chunks) },
  ]) {
    const { reached } = await site.ask({ method: "POST", target: "/echo", ...request });
    expect(reached[0]?.headers["content-type"]).toBe(type["Content-Type"]);
    expect(reached[0]?.body.equals(body)).toBe(true);
  }
});

it.each([
  ["/a/./b/../caf%c3%a9;x=1/%7e?q=%zz&b", "/a/caf%c3%a9;x=1/%7e?q=%zz&b"],
  ["/a/%2e/%2E%2e/b", "/b"],
  ["/a\\b?c\\d", "/a/b?c\\d"],
  ["/bare?", "/bare?"],
  ["/twice??a?", "/twice??a?"],
  ["/%00%0d%0a%20+%2B?%00%0d%0a%20+%2B", "/%00%0d%0a%20+%2B?%00%0d%0a%20+%2B"],
  ["/\"{}|^[]?`{}|^[]'", "/%22%7B%7D|%5E[]?`{}|^[]%27"],
  ["//double//slashes", "//double//slashes"],
  ["/:443/@user:pw", "/:443/@user:pw"],
])("the target %s reaches the upstream as the URL parser serializes it: %s", async (target, serialized) => {
  expect(new URL(`http://any.test${target}`).href).toBe(`http://any.test${serialized}`);
  const { reached, status } = await site.ask({ target });
  expect(status).toBe(200);
  expect(reached[0]?.url).toBe(serialized);
});

// What the URL parser would encode besides, plain workerd refuses; no browser sends it.
it.each(["/<", "/>", "/`", '/?"', "/?<", "/?>"])("the target %s is refused by the runtime", async (target) => {
  expect((await site.ask({ target, headers })).status).toBe(400);
});

it("a target that is not ASCII is read as UTF-8 and percent-encoded; what is no UTF-8 is refused by the runtime", async () => {
  // `send` writes one byte a character.
  const target = Buffer.from("/caf\u00e9/\u65e5?\u00fc=\u{1f600}", "utf8").toString("latin1");
  const { reached } = await site.ask({ target, headers });
  expect(reached.map(({ url }) => url)).toEqual(["/caf%C3%A9/%E6%97%A5?%C3%BC=%F0%9F%98%80"]);
  const invalid = await site.ask({ target: "/caf\u00e9", headers });
  expect(invalid.status).toBe(400);
  expect(invalid.reached).toEqual([]);
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
  const socket = connect(APP, ["chat.v1", "chat.v2"]);
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

it.each([
  ["text", "\u00e9".repeat(MIB / 2), false],
  ["binary", Buffer.from(Array.from({ length: MIB }, (_, index) => (index * 7) % 256)), true],
] as const)("a WebSocket message of 1 MiB, %s, passes both ways as it is", async (_, message, isBinary) => {
  const socket = connect(APP);
  await once(socket, "open");
  socket.send(message);
  const [data, wasBinary] = await once(socket, "message");
  expect(wasBinary).toBe(isBinary);
  expect((data as Buffer).equals(Buffer.from(message as string))).toBe(true);
  socket.close();
  await once(socket, "close");
});

it.each([1000, 1001, 1008, 1011, 3000, 4999])("the close code %i passes both ways", async (code) => {
  const leaving = connect(APP);
  await once(leaving, "open");
  const heard = once(closed, "close");
  leaving.close(code, "bye");
  expect(await heard).toEqual([code, "bye"]);
  const staying = connect(APP);
  await once(staying, "open");
  staying.send(`close ${code}`);
  const [received, reason] = await once(staying, "close");
  expect([received, String(reason)]).toEqual([code, "as you say"]);
});

it("a WebSocket whose upstream chooses no subprotocol has none", async () => {
  const socket = connect(APP, ["chat.v1"]);
  const [error] = await once(socket, "error");
  expect(String(error)).toMatch(/sent no subprotocol/i);
});

it("a WebSocket that breaks off on one side breaks off on the other", async () => {
  const leaving = connect(APP);
  await once(leaving, "open");
  const heard = once(closed, "close");
  leaving.terminate();
  expect((await heard)[0]).toBe(1006);
  const staying = connect(APP);
  await once(staying, "open");
  for (const peer of sockets.clients) peer.terminate();
  expect((await once(staying, "close"))[0]).toBe(1006);
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
