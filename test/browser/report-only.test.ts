/** Report-only: a page's calls are the same with and without the gateway, and the log says what enforce would do. */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type LoopbackServer, listenOnLoopback } from "../../src/demo/loopback-server.ts";
import { findBrowsers, type Tab } from "./browsers.ts";
import { type Surroundings, startSurroundings } from "./surroundings.ts";

const REPORT_HOST = "report.test.localhost";
const ENFORCE_HOST = "enforce.test.localhost";
const ALLOWED_HOST = "app.test.localhost";
const OTHER_HOST = "other.test.localhost";

const RULES = [
  {
    name: "products",
    paths: ["/v1/*"],
    allowOrigins: [`http://${ALLOWED_HOST}:*`],
    allowMethods: ["GET", "PUT"],
    allowHeaders: ["content-type"],
    allowCredentials: true,
    maxAge: 0,
  },
];

/** Calls of a page, and the reasons for which enforce denies them: of an allowed page, and of another. */
const CALLS: readonly { path: string; init: RequestInit; reasons: readonly [string | undefined, string] }[] = [
  { path: "/v1/products", init: {}, reasons: [undefined, "origin-not-allowed"] },
  { path: "/v1/visits", init: { credentials: "include" }, reasons: [undefined, "origin-not-allowed"] },
  { path: "/v1/broken", init: {}, reasons: [undefined, "origin-not-allowed"] },
  {
    path: "/v1/products/7",
    init: { method: "PUT", headers: { "content-type": "application/json", authorization: "x" }, body: "{}" },
    reasons: ["header-not-allowed", "origin-not-allowed"],
  },
  { path: "/v1/products/7", init: { method: "DELETE" }, reasons: ["method-not-allowed", "origin-not-allowed"] },
  { path: "/public/status", init: {}, reasons: ["no-rule", "no-rule"] },
];

describe.each(findBrowsers().installed)("$name", (kind) => {
  let around: Surroundings;
  let pages: LoopbackServer;

  beforeAll(async () => {
    around = await startSurroundings(
      kind,
      new Map([
        [`policy/${REPORT_HOST}`, JSON.stringify({ mode: "report-only", rules: RULES })],
        [`policy/${ENFORCE_HOST}`, JSON.stringify({ rules: RULES })],
      ]),
    );
    pages = await listenOnLoopback(
      { request: (_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>Page") },
      0,
    );
  });
  afterEach(({ task }) => around.finishTest(task));
  afterAll(async () => {
    await pages?.close();
    await around?.stop();
  });

  /** What the page sees of a call, and what the upstream saw. */
  async function call(tab: Tab, base: string, path: string, init: RequestInit) {
    const run = randomUUID();
    const seen = await tab.run(
      async (url: string, options: RequestInit) => {
        try {
          const response = await fetch(url, options);
          // wrangler dev itself leaves the length out; the gateway does not.
          const headers = [...response.headers.keys()].filter((name) => name !== "content-length");
          return { status: response.status, text: await response.text(), headers };
        } catch (error) {
          return { error: String(error) };
        }
      },
      `${base}${path}?run=${run}`,
      init,
    );
    return { seen, methods: around.demo.arrivalsOf(run).map(({ method }) => method) };
  }

  /** The denials logged of a hostname so far, by what they are about. */
  function denials(hostname: string) {
    return around.log
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line.event === "denial" && line.hostname === hostname)
      .map(({ reason, rule, origin, path, reportOnly }) => ({ reason, rule, origin, path, reportOnly }));
  }

  test.each([ALLOWED_HOST, OTHER_HOST])("%s calls the same with and without the gateway in between", async (host) => {
    const gateway = around.demo.gatewayUrl.replace("localhost", REPORT_HOST);
    // The API's own CORS lets everybody in; without the gateway every call is read.
    const tab = await around.open(`http://${host}:${pages.port}/`);
    const api = around.demo.apiUrl.replace("localhost", "direct.test.localhost");
    for (const { path, init } of CALLS) {
      const direct = await call(tab, api, path, init);
      const through = await call(tab, gateway, path, init);
      expect(direct.seen).toHaveProperty("status");
      if (path === "/v1/visits") expect(through.seen).toHaveProperty("status", 200);
      else expect(through.seen).toEqual(direct.seen);
      expect(through.methods).toEqual(direct.methods);
    }
  });

  test("the decisions logged are those that enforce makes", async () => {
    let calls = 0;
    for (const [page, host] of [ALLOWED_HOST, OTHER_HOST].entries()) {
      const tab = await around.open(`http://${host}:${pages.port}/`);
      for (const { path, init, reasons } of CALLS) {
        const before = [denials(REPORT_HOST).length, denials(ENFORCE_HOST).length];
        // The gateway writes ten denials a second, and these two calls make up to four.
        if (calls++ % 2 === 0) await sleep(1000 - (Date.now() % 1000));
        await call(tab, around.demo.gatewayUrl.replace("localhost", REPORT_HOST), path, init);
        await call(tab, around.demo.gatewayUrl.replace("localhost", ENFORCE_HOST), path, init);
        const reason = reasons[page];
        if (reason === undefined) continue;
        const reported = () => denials(REPORT_HOST).slice(before[0])[0];
        const enforced = () => denials(ENFORCE_HOST).slice(before[1])[0];
        // Lines travel behind the answers.
        await expect.poll(enforced).toMatchObject({ reason, path });
        await expect.poll(reported).toEqual({ ...enforced(), reportOnly: true });
      }
    }
  });
});
