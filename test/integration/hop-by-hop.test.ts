/** What concerns one connection ends there, and nothing else does. */

import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { WebSocketServer } from "ws";
import { putPolicy, type Site } from "../support/policies-under-test.ts";
import { open } from "../support/raw-http.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const APP = "https://app.example.com";

let gateway: RunningGateway;
let upstream: Upstream;
let site: Site;

beforeAll(async () => {
  const sockets = new WebSocketServer({ noServer: true });
  upstream = await startUpstream(
    ({ method, body }, response) => {
      response.writeHead(200, [
        ...["Connection", "X-Hop, keep-alive, Access-Control-Allow-Origin"],
        ...["X-Hop", "1", "X-End", "1", "Set-Cookie", "a=1"],
        ...["Keep-Alive", "timeout=5", "Proxy-Connection", "keep-alive", "TE", "trailers", "Upgrade", "h2c"],
        ...["Proxy-Authenticate", "Basic"],
      ]);
      response.end(`${method} ${body.toString()}`);
    },
    (request, socket, head) => sockets.handleUpgrade(request, socket, head, () => undefined),
  );
  gateway = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url });
  site = putPolicy(gateway, upstream, {
    rules: [{ name: "r", allowOrigins: [APP], allowMethods: ["*"], exposeHeaders: ["*"], allowCredentials: true }],
  });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  expect(gateway.noise).toEqual([]);
});

/** The names of the fields that reached the upstream, in lower case and in order, `Host` and the gateway's own apart. */
async function reached(headers: readonly (readonly [string, string])[], method = "GET", body?: string) {
  const [request] = (await site.ask({ method, headers, ...(body !== undefined && { body }) })).reached;
  const names = Object.keys(request?.headers ?? {}).filter((name) => !OWN.has(name));
  return { names: names.sort(), body: request?.body.toString() };
}

const OWN = new Set(["host", "cors-gateway-loop", "x-forwarded-host", "x-forwarded-proto"]);

describe("a request", () => {
  it("is forwarded without what was meant for the connection to the gateway", async () => {
    const { names } = await reached([
      ["Connection", "close, X-Hop ,, HTTP2-Settings"],
      ["connection", "x-second"],
      ["X-Hop", "1"],
      ["X-Second", "1"],
      ["HTTP2-Settings", "AAMAAABk"],
      ["Keep-Alive", "timeout=5"],
      ["Proxy-Connection", "keep-alive"],
      ["TE", "trailers, deflate"],
      ["Trailer", "x-end"],
      ["Upgrade", "h2c"],
      ["X-End", "1"],
    ]);
    expect(names).toEqual(["x-end"]);
  });

  it("keeps Proxy-Authorization, which is for the first proxy that expects it", async () => {
    expect((await reached([["Proxy-Authorization", "Basic x"]])).names).toEqual(["proxy-authorization"]);
  });

  it("keeps what upstreams trust or decide by, even if the client calls it part of the connection", async () => {
    const fields = [
      ["Authorization", "Bearer x"],
      ["CDN-Loop", "edge"],
      ["CF-Connecting-IP", "192.0.2.1"],
      ["Content-Type", "text/plain"],
      ["Cookie", "a=b"],
      ["Forwarded", "for=192.0.2.1"],
      ["Origin", APP],
      ["Sec-Fetch-Site", "cross-site"],
      ["True-Client-IP", "192.0.2.1"],
      ["X-Forwarded-For", "192.0.2.1"],
      ["X-Real-IP", "192.0.2.1"],
    ] as const;
    const names = fields.map(([name]) => name.toLowerCase());
    const connection = `close, host, content-length, cors-gateway-loop, x-forwarded-host, ${names.join(", ")}`;
    const sent = await reached([["Connection", connection], ...fields], "POST", "body");
    expect(sent.body).toBe("body");
    expect(sent.names).toEqual([...names, "content-length"].sort());
    const { headers } = upstream.seen.at(-1) ?? {};
    expect(headers).toMatchObject({
      "cors-gateway-loop": site.host,
      "x-forwarded-host": site.host,
      host: `127.0.0.1:${upstream.port}`,
    });
  });

  it.each([
    ["no token", "(, x-other"],
    ["white space in a name", "x other"],
    ["no ASCII", "\u00e9"],
    ["9000 commas", `x-other${",".repeat(9000)}`],
    ["the framing", "transfer-encoding, content-length"],
  ])("whose Connection has %s is served like any other", async (_, connection) => {
    const sent = await reached([
      ["Connection", "close"],
      ["Connection", connection],
      ["X-End", "1"],
    ]);
    expect(sent.names).toEqual(["x-end"]);
  });

  it("for a WebSocket stays one, and loses what else was meant for the connection", async () => {
    const socket = open(gateway.port, {
      host: site.host,
      headers: {
        Origin: APP,
        Connection: "Upgrade, X-Hop, Sec-WebSocket-Key",
        Upgrade: "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "X-Hop": "1",
        "X-End": "1",
      },
    });
    const [head] = await once(socket, "data");
    socket.destroy();
    expect(String(head)).toMatch(/^HTTP\/1\.1 101 /);
    const { headers } = upstream.seen.at(-1) ?? {};
    expect(headers).toMatchObject({ upgrade: "websocket", origin: APP, "x-end": "1" });
    expect(headers?.["x-hop"]).toBeUndefined();
  });
});

describe("a response", () => {
  it("comes without what was meant for the connection to the upstream, exposed or not", async () => {
    const { lines, cors } = await site.ask({ headers: { Origin: APP } });
    const names = lines.map(([name]) => name.toLowerCase());
    for (const gone of ["x-hop", "keep-alive", "proxy-connection", "te", "upgrade"]) expect(names).not.toContain(gone);
    expect(lines).toContainEqual(["Connection", "close"]);
    for (const kept of ["x-end", "proxy-authenticate"]) expect(names).toContain(kept);
    expect(cors["access-control-allow-origin"]).toBe(APP);
    expect(cors["access-control-expose-headers"]?.split(", ")).toContain("x-end");
    expect(cors["access-control-expose-headers"]?.split(", ")).not.toContain("x-hop");
  });
});
