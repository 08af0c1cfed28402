/** How many preflights a page's calls cost: through the gateway, and with the CORS of other libraries. */

import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type LoopbackServer, listenOnLoopback } from "../../src/demo/loopback-server.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { findBrowsers } from "./browsers.ts";
import { type CorsSetup, startCorsSetups } from "./cors-setups.ts";
import { type Surroundings, startSurroundings } from "./surroundings.ts";
import { type WatchedGateway, watchGateway } from "./watched-gateway.ts";

const PAGE_HOST = "app.test.localhost";
const API_HOST = "api.test.localhost";
const DOCS = new URL("../../docs/browsers.md", import.meta.url);

/** Methods and headers of ten calls to one URL; each by itself needs a preflight. */
const CALLS: readonly (readonly [method: string, ...headers: string[]])[] = [
  ["GET", "authorization"],
  ["PUT", "authorization", "content-type"],
  ["GET", "x-client-version"],
  ["PATCH", "content-type", "x-csrf-token"],
  ["DELETE", "authorization"],
  ["POST", "content-type", "x-request-id"],
  ["GET", "x-tenant"],
  ["PUT", "x-csrf-token", "x-request-id"],
  ["PATCH", "authorization", "x-client-version"],
  ["DELETE", "x-csrf-token"],
];
const METHODS = [...new Set(CALLS.map(([method]) => method))];
const HEADERS = [...new Set(CALLS.flatMap(([, ...headers]) => headers))];

/** After five calls the user reads for so long: longer than a browser keeps a preflight whose answer gives no time. */
const PAUSE_MS = 6000;
const DEFAULT_MAX_AGE_MS = 5000;

describe.each(findBrowsers().installed)("$name", (kind) => {
  let around: Surroundings;
  let upstream: Upstream;
  let gateway: WatchedGateway;
  let pages: LoopbackServer;
  let setups: readonly CorsSetup[];

  beforeAll(async () => {
    pages = await listenOnLoopback(
      { request: (_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>Page") },
      0,
    );
    upstream = await startUpstream();
    const origin = `http://${PAGE_HOST}:${pages.port}`;
    const rule = {
      name: "api",
      allowOrigins: [origin],
      allowMethods: METHODS,
      allowHeaders: [...HEADERS, "if-none-match"],
    };
    const policy = { upstream: upstream.url, rules: [rule] };
    around = await startSurroundings(kind, new Map([[`policy/${API_HOST}`, JSON.stringify(policy)]]));
    gateway = await watchGateway(around.demo.gatewayUrl);
    setups = await startCorsSetups({ origin, methods: METHODS, headers: HEADERS });
  });
  afterEach(({ task }) => around.finishTest(task));
  afterAll(async () => {
    await Promise.all([gateway, pages, upstream, ...(setups ?? []).map(({ server }) => server)].map((s) => s?.close()));
    await around?.stop();
  });

  test("ten calls cost one preflight at the gateway, none at the upstream, and with others what docs/browsers.md says", async () => {
    const tab = await around.open(`http://${PAGE_HOST}:${pages.port}/`);
    const measured = [
      { name: "cors-gateway", port: gateway.port, seen: () => gateway.exchanges.map(({ method }) => method) },
      { name: "the upstream behind it", port: undefined, seen: () => upstream.seen.map(({ method }) => method) },
      ...setups.map(({ name, server, seen }) => ({ name, port: server.port, seen: () => [...seen] })),
    ];
    const urls = measured.filter(({ port }) => port).map(({ port }) => `http://${API_HOST}:${port}/v1/orders/7`);

    // What a browser keeps for five seconds makes counts depend on the machine where five calls take longer.
    let before: number[];
    let longest: number;
    do {
      before = measured.map(({ seen }) => seen().length);
      longest = await tab.run(
        callTenTimes,
        urls.map((url) => `${url}?at=${Date.now()}`),
        CALLS,
        PAUSE_MS,
      );
    } while (longest >= DEFAULT_MAX_AGE_MS);

    const counts = measured.map(({ name, seen }, index) => {
      const methods = seen().slice(before[index]);
      expect(methods.filter((method) => method !== "OPTIONS").sort(), name).toEqual(
        CALLS.map(([method]) => method).sort(),
      );
      return { setup: name, preflights: methods.filter((method) => method === "OPTIONS").length };
    });
    console.table(counts);
    expect(counts.slice(0, 2).map(({ preflights }) => preflights)).toEqual([1, 0]);
    expect(counts).toEqual(documentedCounts(kind.name));
  });

  // Fetch looks into the preflight cache whatever a request's cache mode is; WebKit alone does.
  test.each<{ name: string; init: RequestInit }>([
    { name: "If-Match", init: { method: "PUT", headers: { "if-match": '"1"' } } },
    { name: "If-None-Match", init: { headers: { "if-none-match": '"1"' } } },
    { name: "cache: no-store", init: { headers: { authorization: "x" }, cache: "no-store" } },
  ])("a call with $name costs a preflight each time, but for WebKit", async ({ name, init }) => {
    const tab = await around.open(`http://${PAGE_HOST}:${pages.port}/`);
    const before = gateway.exchanges.length;
    await tab.run(
      async (url: string, options: RequestInit) => {
        for (let call = 0; call < 3; call++) await (await fetch(url, options)).text();
      },
      `http://${API_HOST}:${gateway.port}/v1/orders/8?with=${encodeURIComponent(name)}`,
      init,
    );
    const methods = gateway.exchanges.slice(before).map(({ method }) => method);
    const call = init.method ?? "GET";
    const asked = kind.name === "WebKit" ? ["OPTIONS", call, call, call] : Array(3).fill(["OPTIONS", call]).flat();
    expect(methods).toEqual(asked);
  });
});

/** Runs in the page. The result is how long the longest run of calls without a pause took, in milliseconds. */
async function callTenTimes(urls: string[], calls: typeof CALLS, pause: number): Promise<number> {
  let longest = 0;
  for (const half of [calls.slice(0, 5), calls.slice(5)]) {
    if (half[0] !== calls[0]) await new Promise((resolve) => setTimeout(resolve, pause));
    const start = performance.now();
    const callAll = async (url: string) => {
      for (const [method, ...names] of half) {
        const headers = Object.fromEntries(
          names.map((name) => [name, name === "content-type" ? "application/json" : "x"]),
        );
        await (await fetch(url, { method, headers })).text();
      }
    };
    await Promise.all(urls.map(callAll));
    longest = Math.max(longest, performance.now() - start);
  }
  return longest;
}

/** The table's column of a browser. */
function documentedCounts(browser: string): { setup: string; preflights: number }[] {
  const blocks = readFileSync(DOCS, "utf8").split("\n\n");
  const table = blocks.find((block) => block.startsWith("| Preflights for ten calls |")) ?? "";
  const [head = [], , ...rows] = table.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const column = head.findIndex((cell) => cell.startsWith(browser));
  return rows.map((row) => ({ setup: row[1] ?? "", preflights: Number(row[column]) }));
}
