/**
 * Calls repeated without a browser. A page cannot read the headers of an answer that is denied to it, so its server
 * asks once more, as the page's origin, and reports.
 */

import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import type { DemoCall } from "./calls.ts";

/** What an answer says about CORS. */
interface ReplayedAnswer {
  readonly status: number;
  /** `CORS-Decision`; null where there is none, as in the API's own answers. */
  readonly decision: string | null;
  /** `Access-Control-*` and `Vary`, in the order sent. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** The answers to a call: to its preflight, if it has one, and to the request itself. */
export interface Replay {
  readonly preflight: ReplayedAnswer | null;
  readonly actual: ReplayedAnswer;
}

const TIMEOUT_MILLISECONDS = 10_000;
const COOKIE = "visits=1";

/** Repeats a call as a browser would have sent it from a page of that origin. */
export async function replay(call: DemoCall, server: string, origin: string): Promise<Replay> {
  const url = new URL(call.path, server);
  const preflight = call.hasPreflight ? await ask(url, "OPTIONS", preflightHeaders(call, origin)) : null;
  return { preflight, actual: await ask(url, call.method, actualHeaders(call, origin), bodyOf(call)) };
}

function preflightHeaders({ method, headers = {} }: DemoCall, origin: string): Record<string, string> {
  const names = Object.keys(headers).sort().join(",");
  return {
    origin,
    "access-control-request-method": method,
    ...(names !== "" && { "access-control-request-headers": names }),
  };
}

function actualHeaders(call: DemoCall, origin: string): Record<string, string> {
  return {
    origin,
    ...call.headers,
    ...(call.hasCredentials && { cookie: COOKIE }),
    ...(call.kind === "websocket" && {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }),
  };
}

function bodyOf({ kind, body }: DemoCall): string | undefined {
  return kind === "fetch" && body !== undefined ? JSON.stringify(body) : undefined;
}

/** By node:http, because `fetch` has no WebSocket handshake. */
function ask(url: URL, method: string, headers: IncomingHttpHeaders, body?: string): Promise<ReplayedAnswer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, agent: false, timeout: TIMEOUT_MILLISECONDS });
    asking.once("error", reject);
    asking.once("timeout", () => asking.destroy(new Error(`${url} did not answer in time`)));
    asking.once("response", (response) => {
      response.resume();
      response.once("error", reject);
      response.once("end", () => resolve(summarize(response)));
    });
    asking.once("upgrade", (response, socket) => {
      socket.destroy();
      resolve(summarize(response));
    });
    asking.end(body);
  });
}

function summarize({ statusCode = 0, rawHeaders, headers }: IncomingMessage): ReplayedAnswer {
  const pairs: [string, string][] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? "").toLowerCase();
    if (name.startsWith("access-control-") || name === "vary") pairs.push([name, rawHeaders[i + 1] ?? ""]);
  }
  const decision = headers["cors-decision"];
  return { status: statusCode, decision: typeof decision === "string" ? decision : null, headers: pairs };
}
