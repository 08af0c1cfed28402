/** What real browsers let a page do through the gateway, under a policy of these tests' own. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type LoopbackServer, listenOnLoopback } from "../../src/demo/loopback-server.ts";
import { findBrowsers, type Tab } from "./browsers.ts";
import { type Surroundings, startSurroundings } from "./surroundings.ts";

// Browsers resolve every name under localhost to this machine. The hosts share a site, so that cookies are sent.
const API_HOST = "api.test.localhost";
const ALLOWED_HOST = "app.test.localhost";
const OTHER_HOST = "other.test.localhost";

const POLICY = {
  rules: [
    {
      name: "personal",
      paths: ["/v1/*"],
      allowOrigins: [`http://${ALLOWED_HOST}:*`],
      allowMethods: ["GET", "PUT"],
      allowHeaders: ["authorization", "content-type"],
      exposeHeaders: ["etag"],
      allowCredentials: true,
      maxAge: 0,
    },
    { name: "impersonal", paths: ["/public/*"], allowOrigins: [`http://${ALLOWED_HOST}:*`] },
  ],
};

/** What a page gets of an answer: all of it, or an error that tells nothing. */
type Seen = { status: number; text: string; etag: string | null } | { error: string };

describe.each(findBrowsers().installed)("$name", (kind) => {
  let around: Surroundings;
  let pages: LoopbackServer;
  let apiUrl: string;

  beforeAll(async () => {
    around = await startSurroundings(kind, new Map([[`policy/${API_HOST}`, JSON.stringify(POLICY)]]));
    pages = await listenOnLoopback(
      { request: (_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>Page") },
      0,
    );
    apiUrl = around.demo.gatewayUrl.replace("localhost", API_HOST);
  });
  afterEach(({ task }) => around.finishTest(task));
  afterAll(async () => {
    await pages?.close();
    await around?.stop();
  });

  const openPage = (host: string) => around.open(`http://${host}:${pages.port}/`);

  /** Calls the API from a page; `arrivals` is what the upstream saw of it. */
  async function call(tab: Tab, path: string, init: RequestInit = {}) {
    const run = randomUUID();
    const seen = await tab.run(
      async (url: string, options: RequestInit): Promise<Seen> => {
        try {
          const response = await fetch(url, options);
          return { status: response.status, text: await response.text(), etag: response.headers.get("etag") };
        } catch (error) {
          return { error: String(error) };
        }
      },
      `${apiUrl}${path}?run=${run}`,
      init,
    );
    return { seen, arrivals: around.demo.arrivalsOf(run) };
  }

  /** What a WebSocket of a page gets: the echo, or the code that it was closed with. */
  async function callWebSocket(tab: Tab) {
    const run = randomUUID();
    const seen = await tab.run(
      (url: string) =>
        new Promise<{ echo: string } | { closed: number }>((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => socket.send("hello");
          socket.onmessage = ({ data }) => resolve({ echo: data });
          socket.onclose = ({ code }) => resolve({ closed: code });
        }),
      `${apiUrl.replace("http", "ws")}/v1/echo?run=${run}`,
    );
    return { seen, arrivals: around.demo.arrivalsOf(run) };
  }

  const UNREADABLE = { error: expect.stringContaining("TypeError") };

  test("a page of an allowed origin reads the answer", async () => {
    const { seen } = await call(await openPage(ALLOWED_HOST), "/v1/products");
    expect(seen).toMatchObject({ status: 200, text: expect.stringContaining("Teapot") });
  });

  test("a page of another origin reads nothing, and nothing reaches the upstream", async () => {
    const { seen, arrivals } = await call(await openPage(OTHER_HOST), "/v1/products");
    expect(seen).toEqual(UNREADABLE);
    expect(arrivals).toEqual([]);
  });

  test("a page of an opaque origin reads nothing", async () => {
    const tab = await openPage(ALLOWED_HOST);
    const seen = await tab.run(
      (url: string) =>
        new Promise((resolve) => {
          addEventListener("message", ({ data }) => resolve(data));
          const frame = document.createElement("iframe");
          frame.setAttribute("sandbox", "allow-scripts");
          frame.srcdoc = `<script>fetch(${JSON.stringify(url)}).then(
            () => parent.postMessage({ origin, readable: true }, "*"),
            () => parent.postMessage({ origin, readable: false }, "*"))</script>`;
          document.body.append(frame);
        }),
      `${apiUrl}/v1/products`,
    );
    expect(seen).toEqual({ origin: "null", readable: false });
  });

  test("a page reads the header that the rule exposes, and no other", async () => {
    const tab = await openPage(ALLOWED_HOST);
    const exposed = await call(tab, "/v1/products");
    const hidden = await call(tab, "/public/status");
    expect(exposed.seen).toMatchObject({ etag: expect.stringMatching(/^W\/"/) });
    expect(hidden.seen).toMatchObject({ status: 200, etag: null });
  });

  test("a PUT is sent after a preflight, which the upstream does not see", async () => {
    const { seen, arrivals } = await call(await openPage(ALLOWED_HOST), "/v1/products/7", {
      method: "PUT",
      headers: { authorization: "Bearer token", "content-type": "application/json" },
      body: '{"price":39}',
    });
    expect(seen).toMatchObject({ status: 200, text: '{"saved":{"id":7,"price":39}}' });
    expect(arrivals).toEqual([{ method: "PUT", cookie: null }]);
  });

  test("with allowCredentials a cookie reaches the upstream, and the page reads the answer", async () => {
    const tab = await openPage(ALLOWED_HOST);
    await call(tab, "/v1/visits", { credentials: "include" });
    const { seen, arrivals } = await call(tab, "/v1/visits", { credentials: "include" });
    expect(arrivals).toEqual([{ method: "GET", cookie: "visits=1" }]);
    expect(seen).toMatchObject({ status: 200, text: '{"visits":2}' });
  });

  test("without allowCredentials a cookie is lost, and the page reads nothing", async () => {
    const tab = await openPage(ALLOWED_HOST);
    await call(tab, "/v1/visits", { credentials: "include" });
    const { seen, arrivals } = await call(tab, "/public/status", { credentials: "include" });
    expect(arrivals).toEqual([{ method: "GET", cookie: null }]);
    expect(seen).toEqual(UNREADABLE);
    expect(await call(tab, "/public/status")).toMatchObject({ seen: { status: 200 } });
  });

  test("a 500 of the upstream is readable as a 500", async () => {
    const { seen } = await call(await openPage(ALLOWED_HOST), "/v1/broken");
    expect(seen).toMatchObject({ status: 500, text: expect.stringContaining("on fire") });
  });

  test("a method that needs a preflight and is not listed is not sent, and a console that can be read says why", async () => {
    const tab = await openPage(ALLOWED_HOST);
    const { seen, arrivals } = await call(tab, "/v1/products/7", { method: "DELETE" });
    expect(seen).toEqual(UNREADABLE);
    expect(arrivals).toEqual([]);
    // Firefox does not name the method, but the list that it missed it in.
    const complaint =
      kind.name === "Firefox" ? /Did not find method in .*\bAccess-Control-Allow-Methods\b/ : /\bDELETE\b/;
    if (tab.console !== undefined) await expect.poll(() => tab.console?.join("\n")).toMatch(complaint);
  });

  test("a method that needs no preflight and is not listed is blocked, and the page reads why", async () => {
    const { seen, arrivals } = await call(await openPage(ALLOWED_HOST), "/v1/products", { method: "POST" });
    expect(seen).toMatchObject({ status: 403, text: expect.stringContaining('"method-not-allowed"') });
    expect(arrivals).toEqual([]);
  });

  test("a request header that is not listed is not sent, and a console that can be read names it", async () => {
    const tab = await openPage(ALLOWED_HOST);
    const { seen, arrivals } = await call(tab, "/v1/products", { headers: { "x-debug": "1" } });
    expect(seen).toEqual(UNREADABLE);
    expect(arrivals).toEqual([]);
    if (tab.console !== undefined) await expect.poll(() => tab.console?.join("\n")).toMatch(/\bx-debug\b/);
  });

  test("a WebSocket of an allowed origin connects, with cookies", async () => {
    const tab = await openPage(ALLOWED_HOST);
    await call(tab, "/v1/visits", { credentials: "include" });
    const { seen, arrivals } = await callWebSocket(tab);
    expect(seen).toEqual({ echo: "hello" });
    expect(arrivals).toEqual([{ method: "WebSocket", cookie: "visits=1" }]);
  });

  test("a WebSocket of another origin is refused, and nothing reaches the upstream", async () => {
    const { seen, arrivals } = await callWebSocket(await openPage(OTHER_HOST));
    expect(seen).toEqual({ closed: 1006 });
    expect(arrivals).toEqual([]);
  });
});
