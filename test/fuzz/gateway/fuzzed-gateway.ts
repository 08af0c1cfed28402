/** The Worker on plain workerd, with an upstream that says wrong things about CORS, under attack by whole requests. */

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeServer, listen } from "../../support/servers.ts";
import { answerWronglyOpen } from "../../support/upstream.ts";
import { startWorkerd } from "../../support/workerd.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";
import { ASKED_HOST, checkReached, checkReceived, fieldOf, type ReachedRequest } from "./check-exchange.ts";
import { FUZZED_POLICIES } from "./fuzzed-policies.ts";
import { exchange, readResponses } from "./raw-connection.ts";
import { connections } from "./request-bytes.ts";

/** Events of a gateway that works: plain workerd has no cache. */
const FORESEEN = /^(?:denial|cache-failing|document-unusable|upstream-failing|upstream-recovered)$/;

/** What came of all connections: nothing is proven by requests that are all refused. */
export interface Tally {
  responses: number;
  /** Grants of another origin. */
  granted: number;
  denied: number;
  /** Requests that reached the upstream. */
  reached: number;
}

/** A running gateway and the target that it is. */
export interface FuzzedGateway {
  readonly target: FuzzTarget;
  readonly tally: Tally;
  /** Checks once more that it lives and has nothing to complain of, and stops it. */
  stop(): Promise<void>;
}

/** Starts the gateway. */
export async function startFuzzedGateway(script: string): Promise<FuzzedGateway> {
  const tally: Tally = { responses: 0, granted: 0, denied: 0, reached: 0 };
  const reached: ReachedRequest[] = [];
  const upstream = createServer((request, response) => answer(request, response, reached));
  const gateway = await startWorkerd(script, { DEFAULT_UPSTREAM: `http://127.0.0.1:${await listen(upstream)}` });
  for (const [host, policy] of Object.entries(FUZZED_POLICIES)) {
    gateway.kv.values.set(`policy/${host}`, JSON.stringify(policy));
  }
  gateway.kv.values.set("policy/broken.test", '{"rules":[{"name":"broken"}]}');

  const checkHealth = () => {
    const exceptions = gateway.exceptions();
    gateway.noise.length = 0;
    const faults = gateway.log.splice(0).filter(({ event }) => !FORESEEN.test(String(event)));
    assert.deepEqual([...exceptions, ...faults], []);
  };
  const target = fuzzTarget("whole requests", connections, async ({ bytes }) => {
    const responses = readResponses(await exchange(gateway.port, bytes));
    tally.responses += responses.length;
    for (const response of responses) {
      const decision = fieldOf(response.headers, "cors-decision") ?? "";
      if (decision.startsWith("granted")) tally.granted++;
      if (decision.startsWith("denied")) tally.denied++;
      checkReceived(response, bytes);
    }
    const arrived = reached.splice(0);
    tally.reached += arrived.length;
    for (const request of arrived) checkReached(request, Date.now());
    checkHealth();
  });
  return {
    target,
    tally,
    stop: async () => {
      try {
        const { status } = await gateway.send({ host: "exact.test" });
        assert.equal(status, 200);
        checkHealth();
      } finally {
        await gateway.stop();
        await closeServer(upstream);
      }
    },
  };
}

/** Noted when it arrives; a body that never ends must not hide a request. */
function answer(request: IncomingMessage, response: ServerResponse, reached: ReachedRequest[]): void {
  const { method = "", url = "", rawHeaders } = request;
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  const headers = names.map((name, index) => [name, rawHeaders[2 * index + 1] ?? ""] as const);
  reached.push({ method, url, headers });
  request.resume();
  response.setHeader(ASKED_HOST, fieldOf(headers, "x-forwarded-host") ?? "");
  answerWronglyOpen({ method, url, headers: request.headers, rawHeaders, body: Buffer.alloc(0) }, response);
}
