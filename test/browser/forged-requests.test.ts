/** What a hostile page of another site can make a browser send, and how far it gets. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type LoopbackServer, listenOnLoopback } from "../../src/demo/loopback-server.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { findBrowsers, type Tab } from "./browsers.ts";
import { type Surroundings, startSurroundings } from "./surroundings.ts";
import { type WatchedGateway, watchGateway } from "./watched-gateway.ts";

// `localhost` is a public suffix to browsers, so that shop.localhost and hostile.localhost are two sites.
const API_HOST = "api.shop.localhost";
const PAGE_HOST = "www.shop.localhost";
const PARTNER_HOST = "www.partner.localhost";
const HOSTILE_HOST = "www.hostile.localhost";

const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

/** Ways of a page to send a request without asking. They run in the page. */
const FORGERIES = {
  form: (url: string) => {
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: url, enctype: "text/plain" });
    document.body.append(form);
    // Later, because this function must have ended when the page goes.
    setTimeout(() => form.submit());
  },
  fetch: (url: string) => {
    fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body: "amount=1000" }).catch(() => {});
  },
  image: (url: string) => {
    new Image().src = url;
  },
  link: (url: string) => {
    setTimeout(() => {
      location.href = url;
    });
  },
} as const;

const UNTIL_ANSWERED = { timeout: 60_000 };

type Forgery = keyof typeof FORGERIES;

describe.each(findBrowsers().installed)("$name", (kind) => {
  let around: Surroundings;
  let upstream: Upstream;
  let gateway: WatchedGateway;
  let pages: LoopbackServer;

  beforeAll(async () => {
    pages = await listenOnLoopback(
      { request: (_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>Page") },
      0,
    );
    upstream = await startUpstream((_, response) => void response.setHeader("content-type", "image/gif").end(GIF));
    const rule = {
      allowOrigins: [`http://${PAGE_HOST}:${pages.port}`, `http://${PARTNER_HOST}:${pages.port}`],
      allowCredentials: true,
      onDenied: "block",
    };
    const policy = {
      upstream: upstream.url,
      rules: [
        { ...rule, name: "isolated", paths: ["/isolated/*"], isolation: true },
        { ...rule, name: "plain", paths: ["/plain/*"] },
      ],
    };
    around = await startSurroundings(kind, new Map([[`policy/${API_HOST}`, JSON.stringify(policy)]]));
    gateway = await watchGateway(around.demo.gatewayUrl);
  });
  afterEach(({ task }) => around.finishTest(task));
  afterAll(async () => {
    await Promise.all([gateway, pages, upstream].map((server) => server?.close()));
    await around?.stop();
  });

  const openPage = (host: string) => around.open(`http://${host}:${pages.port}/`);

  /** What of a forged request came to the gateway, and from there to the upstream. */
  async function forge(tab: Tab, forgery: Forgery, path: string) {
    const url = `${path}?run=${randomUUID()}`;
    await tab.run(FORGERIES[forgery], `http://${API_HOST}:${gateway.port}${url}`);
    const came = () => gateway.exchanges.filter((exchange) => exchange.url === url);
    await expect.poll(came, UNTIL_ANSWERED).toHaveLength(1);
    const reached = upstream.seen.filter((seen) => seen.url === url).map(({ method }) => method);
    return { came: came(), reached };
  }

  test.each([
    ["form", "POST"],
    ["fetch", "POST"],
    ["image", "GET"],
  ] as const)("without the gateway a hostile page's %s reaches the API", async (forgery, method) => {
    const tab = await openPage(HOSTILE_HOST);
    const url = `/pay?run=${randomUUID()}`;
    await tab.run(FORGERIES[forgery], `http://${API_HOST}:${upstream.port}${url}`);
    const reached = () => upstream.seen.filter((seen) => seen.url === url).map((seen) => seen.method);
    await expect.poll(reached, UNTIL_ANSWERED).toEqual([method]);
  });

  test.each([
    ["form", "plain"],
    ["fetch", "plain"],
    ["form", "isolated"],
    ["fetch", "isolated"],
  ] as const)("a hostile page's %s is blocked for its Origin under the %s rule", async (forgery, rule) => {
    const { came, reached } = await forge(await openPage(HOSTILE_HOST), forgery, `/${rule}/pay`);
    const origin = `http://${HOSTILE_HOST}:${pages.port}`;
    const decision = `denied;reason=origin-not-allowed;rule=${rule}`;
    expect(came).toMatchObject([{ method: "POST", origin, site: "cross-site", status: 403, decision }]);
    expect(reached).toEqual([]);
  });

  test("a hostile page's image is a GET without Origin, which passes under the plain rule", async () => {
    const { came, reached } = await forge(await openPage(HOSTILE_HOST), "image", "/plain/pixel");
    expect(came).toMatchObject([{ method: "GET", origin: undefined, status: 200 }]);
    expect(reached).toEqual(["GET"]);
  });

  test("a hostile page's image is blocked for its site under the isolated rule", async () => {
    const { came, reached } = await forge(await openPage(HOSTILE_HOST), "image", "/isolated/pixel");
    const decision = "denied;reason=cross-site-blocked;rule=isolated";
    expect(came).toMatchObject([{ method: "GET", origin: undefined, site: "cross-site", status: 403, decision }]);
    expect(reached).toEqual([]);
  });

  test("an image in a page of the API's own site passes under the isolated rule", async () => {
    const { came, reached } = await forge(await openPage(PAGE_HOST), "image", "/isolated/pixel");
    expect(came).toMatchObject([{ site: "same-site", status: 200 }]);
    expect(reached).toEqual(["GET"]);
  });

  test("an allowed page of another site reads an answer under the isolated rule", async () => {
    const tab = await openPage(PARTNER_HOST);
    const status = await tab.run(
      async (url: string) => (await fetch(url)).status,
      `http://${API_HOST}:${gateway.port}/isolated/orders`,
    );
    expect(status).toBe(200);
  });

  test("a link of a hostile page leads to the API under the isolated rule", async () => {
    const { came, reached } = await forge(await openPage(HOSTILE_HOST), "link", "/isolated/manual");
    expect(came).toMatchObject([{ method: "GET", site: "cross-site", status: 200 }]);
    expect(reached).toEqual(["GET"]);
  });
});
