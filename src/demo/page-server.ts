/** Serves the demo page, and tells it what the browser keeps from it. */

import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { DEMO_CALLS } from "./calls.ts";
import type { DemoApi } from "./demo-api.ts";
import { type LoopbackServer, listenOnLoopback } from "./loopback-server.ts";
import { type Replay, replay } from "./replay.ts";

/** What the page server stands beside. */
export interface PageSurroundings {
  readonly gatewayUrl: string;
  readonly api: DemoApi;
  readonly apiUrl: string;
  /** The policy document that the page shows. */
  readonly policyFile: URL;
}

/** What became of a call, seen from outside the browser. */
interface CallReport {
  readonly gateway: Replay;
  readonly api: Replay;
  /** What the browser's own call left at the API. */
  readonly arrivals: ReturnType<DemoApi["arrivalsOf"]>;
}

const FILES: Readonly<Record<string, { readonly file: URL; readonly type: string }>> = {
  "/": { file: new URL("page.html", import.meta.url), type: "text/html; charset=utf-8" },
  "/base.css": { file: new URL("../cli/report/base.css", import.meta.url), type: "text/css; charset=utf-8" },
  "/page.css": { file: new URL("page.css", import.meta.url), type: "text/css; charset=utf-8" },
  "/page.js": { file: new URL("page.js", import.meta.url), type: "text/javascript; charset=utf-8" },
};

/**
 * Starts the page server. The page is the same under `localhost` and `127.0.0.1`: two origins, one of them allowed.
 * @param port 0 for a free one
 * @throws PortError
 */
export function startPageServer(around: PageSurroundings, port: number): Promise<LoopbackServer> {
  const request = (incoming: IncomingMessage, response: ServerResponse) => {
    answer(incoming, response, around).catch((error: unknown) => sendJson(response, 502, { error: String(error) }));
  };
  return listenOnLoopback({ request }, port);
}

async function answer(request: IncomingMessage, response: ServerResponse, around: PageSurroundings): Promise<void> {
  const origin = URL.parse(`http://${request.headers.host}`);
  // Security: a strange hostname that leads here (DNS rebinding) must not make this server ask as that origin.
  if (origin === null || !["localhost", "127.0.0.1", "[::1]"].includes(origin.hostname)) {
    return sendJson(response, 421, { error: "This is the demo page of localhost." });
  }
  const { pathname, searchParams } = new URL(request.url ?? "/", origin);
  const known = FILES[pathname];
  if (known !== undefined) return send(response, 200, known.type, await readFile(known.file));
  if (pathname === "/demo.json") return sendJson(response, 200, describeDemo(around, origin));
  if (pathname === "/policy.json") return send(response, 200, "application/json", await readFile(around.policyFile));
  const call = DEMO_CALLS.find(({ id }) => id === searchParams.get("call"));
  if (pathname === "/report" && call !== undefined) {
    const report: CallReport = {
      gateway: await replay(call, around.gatewayUrl, origin.origin),
      api: await replay(call, around.apiUrl, origin.origin),
      arrivals: around.api.arrivalsOf(searchParams.get("run") ?? ""),
    };
    return sendJson(response, 200, report);
  }
  sendJson(response, 404, { error: "There is no such page." });
}

function describeDemo({ gatewayUrl, apiUrl }: PageSurroundings, { hostname, port }: URL) {
  const otherHostname = hostname === "localhost" ? "127.0.0.1" : "localhost";
  return { gatewayUrl, apiUrl, otherPageUrl: `http://${otherHostname}:${port}`, calls: DEMO_CALLS };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, "application/json", JSON.stringify(body));
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
}
