/** Core alone as a server: what the Worker would answer, without a Worker. */

import type { CompiledPolicy } from "../../src/core/compile-policy.ts";
import { decide } from "../../src/core/decide.ts";
import { decisionHeader } from "../../src/core/decision.ts";
import { writeHeaders } from "../../src/worker/write-headers.ts";
import type { Sent } from "./browser-model/browser-model.ts";
import type { Answer } from "./browser-model/checks.ts";
import { upstreamHeaders } from "./page-laws.ts";

/**
 * A server in memory under a policy.
 * @param now milliseconds since the epoch
 */
export function coreServer(policy: CompiledPolicy, now: number): (sent: Sent) => Answer {
  return ({ method, url, headers, hasCredentials }) => {
    const { origin, pathname } = new URL(url);
    const fields = new Map<string, string>([...headers, ...(hasCredentials ? [["cookie", "a=b"] as const] : [])]);
    const request = { method, urlOrigin: origin, pathname, header: (name: string) => fields.get(name) ?? null };
    const decision = decide({ kind: "found", policy }, request, now);
    const isProxied = decision.action === "proxy";
    const received = new Headers(
      isProxied ? (upstreamHeaders(decision.forwardsCookie && hasCredentials) as [string, string][]) : [],
    );
    writeHeaders(received, decision.response, decisionHeader(decision));
    // The upstream speaks WebSocket.
    const isSocket = fields.get("upgrade") === "websocket";
    return {
      status: isProxied ? (isSocket ? 101 : 200) : decision.action === "answer" ? 204 : 403,
      headers: [...received],
    };
  };
}
