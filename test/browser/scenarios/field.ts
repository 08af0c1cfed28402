/** The field that scenarios are played on: one gateway before every API, one server for every page, one browser. */

import { readFile } from "node:fs/promises";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { type Listeners, type LoopbackServer, listenOnLoopback } from "../../../src/demo/loopback-server.ts";
import { type RunningGateway, startWorkerd } from "../../support/workerd.ts";
import type { Browser, BrowserKind, Tab } from "../browsers.ts";
import { keepEvidence } from "../surroundings.ts";

/** So long a slow machine may take. */
export const PATIENCE = { timeout: 20_000, interval: 20 };

/** A request as it reached an API. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly origin: string | undefined;
  readonly cookie: string | undefined;
}

/** Anything that answers HTTP behind the gateway; browsers can also go past the gateway to it. */
export interface Service {
  /** What reached it so far. */
  readonly arrivals: Arrival[];
  /** Its own URL under any hostname. */
  at(hostname: string): string;
}

/** What a page wrote into its `<output>` elements, by their ids. */
export type Said = Readonly<Record<string, string>>;

/** A place to play a scenario; everything but itself is there once its `beforeAll` has run. */
export interface Field {
  /** Starts a service, which ends with the field. */
  serve(request: RequestListener, upgrade?: Listeners["upgrade"]): Promise<Service>;
  /** Puts a policy into KV, in the place of the one that was there. */
  putPolicy(hostname: string, document: object): void;
  /** The gateway's URL under a hostname. */
  gateway(hostname: string): string;
  /** The URL of a page of this folder under a hostname; `parameters` tell the page where its APIs are. */
  page(hostname: string, file: string, parameters?: Readonly<Record<string, string>>): string;
  /** Opens a page in a browser that knows nothing yet. */
  open(url: string): Promise<Tab>;
  /** Opens a page of this folder, and returns what it says. */
  visit(hostname: string, file: string, parameters?: Readonly<Record<string, string>>): Promise<Said>;
  /** The denials under a hostname that the gateway logged so far; it writes ten a second. */
  denials(hostname: string): readonly Record<string, unknown>[];
}

/** Makes a field for the tests of this block: a browser knows every name under `localhost`, so hosts are made up at will. */
export function useField(kind: BrowserKind): Field {
  // Plain workerd: `wrangler dev` rewrites an Origin that is its own host, and is slower to start. KV is the test's own.
  let gateway: RunningGateway;
  let pages: LoopbackServer;
  let browser: Browser;
  const servers: LoopbackServer[] = [];
  const tabs: Tab[] = [];

  beforeAll(async () => {
    gateway = await startWorkerd(inject("workerScript"), { POLICY_FRESH_SECONDS: "1" });
    pages = await listenOnLoopback({ request: sendPage }, 0);
    browser = await kind.start();
  });
  afterEach(async ({ task }) => {
    const closing = tabs.splice(0);
    const log = [...gateway.log.map((line) => JSON.stringify(line)), ...gateway.noise];
    if (task.result?.state === "fail") await keepEvidence(`${kind.name} ${task.name}`, closing, log);
    for (const tab of closing) await tab.close();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([gateway?.stop(), pages?.close(), ...servers.map((server) => server.close())]);
  });

  const field: Field = {
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
    page: (hostname, file, parameters = {}) =>
      `http://${hostname}:${pages.port}/${file}?${new URLSearchParams(parameters)}`,
    async open(url) {
      const tab = await browser.open(url);
      tabs.push(tab);
      return tab;
    },
    denials: (hostname) => gateway.log.filter((line) => line.event === "denial" && line.hostname === hostname),
    visit: async (hostname, file, parameters) => said(await field.open(field.page(hostname, file, parameters))),
  };
  return field;
}

/** What a page says, once it has said everything. */
export async function said(tab: Tab): Promise<Said> {
  let outputs: Said = {};
  const missing = async () => {
    outputs = await tab.run(() =>
      Object.fromEntries([...document.querySelectorAll("output")].map(({ id, value }) => [id, value])),
    );
    return Object.keys(outputs).filter((id) => outputs[id] === "");
  };
  await expect.poll(missing, PATIENCE).toEqual([]);
  return outputs;
}

/** Takes a tab to another page, with everything that its browser knows. */
export async function follow(tab: Tab, url: string): Promise<void> {
  await tab.run((target: string) => void setTimeout(() => location.assign(target)), url);
  await expect.poll(() => tab.run(() => location.href), PATIENCE).toBe(url);
}

function describeArrival({ method = "", url: path = "", headers: { origin, cookie } }: IncomingMessage): Arrival {
  return { method, path, origin, cookie };
}

/** Pages are files of this folder. One with `coep` in its query is isolated, as pages that share memory have to be. */
async function sendPage({ url = "" }: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const [, name = "", type = ""] = /^\/([a-z-]+\.(html|js))$/.exec(pathname) ?? [];
  if (name === "") return void response.writeHead(404).end();
  response.setHeader("content-type", type === "js" ? "text/javascript" : "text/html");
  if (searchParams.has("coep")) {
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
  }
  response.end(await readFile(new URL(name, import.meta.url)));
}
