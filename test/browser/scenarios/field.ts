/** The field that scenarios are played on: one gateway before every API, one server for every page, one browser. */

import { readFile } from "node:fs/promises";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { type Listeners, type LoopbackServer, listenOnLoopback } from "../../../src/demo/loopback-server.ts";
import { type RunningGateway, startWorkerd } from "../../support/workerd.ts";
import type { Browser, BrowserKind, Tab } from "../browsers.ts";
import { keepEvidence } from "../surroundings.ts";

/** A request as it reached an API. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly origin: string | undefined;
  readonly cookie: string | undefined;
  readonly range: string | undefined;
}

/** Anything that answers HTTP behind the gateway; browsers can also go past the gateway to it. */
export interface Service {
  /** What reached it so far. */
  readonly arrivals: readonly Arrival[];
  /** Its own URL under any hostname. */
  at(hostname: string): string;
}

/** What a page wrote into its `<output>` elements, by their ids. */
export type Said = Readonly<Record<string, string>>;

/** A place to play a scenario; everything but itself is there once its `beforeAll` has run. */
export interface Field {
  /** The name of its browser. */
  readonly browser: string;
  /** The browser's only tab: it goes from page to page as a user does, with cookies, caches and all. */
  readonly tab: Tab;
  /** Starts a service, which ends with the field. */
  serve(request: RequestListener, upgrade?: Listeners["upgrade"]): Promise<Service>;
  /** Puts a policy into KV, in the place of the one that was there. */
  putPolicy(hostname: string, document: object): void;
  /** The gateway's URL under a hostname. */
  gateway(hostname: string): string;
  /** Goes to a file of pages/ under a hostname; `parameters` tell the page where its APIs are. */
  visit(hostname: string, file: string, parameters?: Readonly<Record<string, string>>): Promise<Said>;
  /** Goes to any page, and returns what it says once it has said everything. */
  go(url: string): Promise<Said>;
  /** What the page says, once it has said everything. */
  said(): Promise<Said>;
  /** The denials under a hostname that the gateway logged so far; it writes ten a second. */
  denials(hostname: string): readonly Record<string, unknown>[];
}

/** Makes a field for the tests of this block: a browser knows every name under `localhost`, so hosts are made up at will. */
export function useField(kind: BrowserKind): Field {
  // Plain workerd: `wrangler dev` rewrites an Origin that is its own host, and is slower to start. KV is the test's own.
  let gateway: RunningGateway;
  let pages: LoopbackServer;
  let browser: Browser;
  let tab: Tab;
  let visits = 0;
  const servers: LoopbackServer[] = [];
  const openTab = async () => {
    tab = await browser.open(`http://localhost:${pages.port}/start.html`);
  };

  beforeAll(async () => {
    gateway = await startWorkerd(inject("workerScript"), { POLICY_FRESH_SECONDS: "1" });
    pages = await listenOnLoopback({ request: sendPage }, 0);
    browser = await kind.start();
    await openTab();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail") return;
    const log = [...gateway.log.map((line) => JSON.stringify(line)), ...gateway.noise];
    await keepEvidence(`${kind.name} ${task.name}`, [tab], log);
    await tab.close();
    await openTab();
  });
  afterAll(async () => {
    await tab?.close();
    await browser?.close();
    await Promise.all([gateway?.stop(), pages?.close(), ...servers.map((server) => server.close())]);
  });

  const field: Field = {
    browser: kind.name,
    get tab() {
      return tab;
    },
    async serve(request, upgrade) {
      const arrivals: Arrival[] = [];
      const counted: Listeners = {
        request: (incoming, response) => {
          arrivals.push(describeArrival(incoming));
          request(incoming, response);
        },
        ...(upgrade && {
          upgrade: (incoming, socket, head) => {
            arrivals.push({ ...describeArrival(incoming), method: "WebSocket" });
            upgrade(incoming, socket, head);
          },
        }),
      };
      const server = await listenOnLoopback(counted, 0);
      servers.push(server);
      return { arrivals, at: (hostname) => `http://${hostname}:${server.port}` };
    },
    putPolicy: (hostname, document) => gateway.kv.values.set(`policy/${hostname}`, JSON.stringify(document)),
    gateway: (hostname) => `http://${hostname}:${gateway.port}`,
    visit: (hostname, file, parameters = {}) =>
      field.go(`http://${hostname}:${pages.port}/${file}?${new URLSearchParams(parameters)}`),
    async go(url) {
      // A URL of its own, so that the page before cannot be taken for it.
      const target = new URL(url);
      target.searchParams.set("visit", String(++visits));
      await tab.run((href: string) => void setTimeout(() => location.assign(href)), target.href);
      await expect.poll(() => tab.run(() => location.href)).toBe(target.href);
      return field.said();
    },
    async said() {
      let outputs: Said = {};
      const unsaid = async () => {
        outputs = await tab.run(() =>
          document.readyState === "loading"
            ? { document: "" }
            : Object.fromEntries([...document.querySelectorAll("output")].map(({ id, value }) => [id, value])),
        );
        return Object.keys(outputs).filter((id) => outputs[id] === "");
      };
      await expect.poll(unsaid).toEqual([]);
      return outputs;
    },
    denials: (hostname) => gateway.log.filter((line) => line.event === "denial" && line.hostname === hostname),
  };
  return field;
}

function describeArrival({
  method = "",
  url: path = "",
  headers: { origin, cookie, range },
}: IncomingMessage): Arrival {
  return { method, path, origin, cookie, range };
}

/** A file of pages/. One with `coep` in its query is isolated, as pages that share memory have to be. */
async function sendPage({ url = "" }: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const [, name = "", type = ""] = /^\/([a-z-]+\.(html|js))$/.exec(pathname) ?? [];
  if (name === "") return void response.writeHead(404).end();
  response.setHeader("content-type", type === "js" ? "text/javascript" : "text/html");
  if (searchParams.has("coep")) {
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
  }
  response.end(await readFile(new URL(`pages/${name}`, import.meta.url)));
}
