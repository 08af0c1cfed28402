/** The law of `explain`: what it says is what the Worker does. */

import fc from "fast-check";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { Kv } from "../../src/cli/kv.ts";
import { findPolicy } from "../../src/cli/policy-source.ts";
import { expectedFields } from "../../src/core/explain/expected-fields.ts";
import { type ExplainedExchange, type ExplainedRequest, explain } from "../../src/core/explain/explain.ts";
import { pageRequestsTo, policyDocuments } from "../support/page-arbitraries.ts";
import { freshHostname } from "../support/policies-under-test.ts";
import type { RawResponse } from "../support/raw-http.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const POLICIES = 150;
const REQUESTS_PER_POLICY = 6;

let gateway: RunningGateway;
let upstream: Upstream;
let sent = 0;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  expect(gateway.noise).toEqual([]);
});

/** What the upstream of these tests says about CORS by itself. */
const UPSTREAM_SAYS = {
  "access-control-allow-origin": "https://evil.example",
  "access-control-allow-credentials": "true",
  "access-control-allow-private-network": "true",
  "access-control-expose-headers": "x-secret",
};
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "date"]);

/** The CORS fields that an explanation says a response will have. */
function fieldsSaid(exchange: ExplainedExchange, received: RawResponse): Record<string, string> {
  const isProxied = exchange.status === undefined;
  const fields: Record<string, string> = isProxied ? { "timing-allow-origin": "*", ...UPSTREAM_SAYS } : {};
  const expected = expectedFields(exchange);
  for (const field of expected.filter(({ kind }) => kind === "removed")) {
    const prefix = field.name.replace("*", "");
    for (const name of Object.keys(fields)) if (name.startsWith(prefix)) delete fields[name];
  }
  for (const field of expected) {
    if (field.kind === "exact" || field.kind === "added") fields[field.name] = field.value;
    if (field.kind === "each-header") fields[field.name] = exposedNames(received);
  }
  return fields;
}

/** The value of the field as it came, once it is seen to name every header of the response that a page may read. */
function exposedNames(received: RawResponse): string {
  const value = received.header("access-control-expose-headers") ?? "";
  const listed = value.split(", ");
  const own = received.lines.map(([name]) => name.toLowerCase()).filter((name) => !HOP_BY_HOP.has(name));
  const readable = own.filter((name) => !name.startsWith("access-control-"));
  expect(listed.filter((name) => !HOP_BY_HOP.has(name)).sort()).toEqual([...new Set(readable)].sort());
  return value;
}

async function compare(
  host: string,
  method: string,
  exchange: ExplainedExchange,
  { url, hasCredentials }: ExplainedRequest,
) {
  const cookie = hasCredentials && exchange.decision.requestClass !== "preflight" ? [["Cookie", "a=b"] as const] : [];
  const target = url.pathname + url.search;
  const received = await gateway.send({ method, target, host, headers: [...exchange.sent, ...cookie] });
  sent++;
  expect({ status: received.status, fields: received.cors }).toEqual({
    status: exchange.status ?? 200,
    fields: fieldsSaid(exchange, received),
  });
}

/** Open to all, but farther away than the document that counts. */
const DECOY = JSON.stringify({ rules: [{ name: "decoy", allowOrigins: ["*"] }] });

/** The KV of the gateway, as the command line would read it. */
const kv: Pick<Kv, "name" | "get"> = {
  name: "test",
  get: async (key) => {
    const value = gateway.kv.values.get(key);
    return value === undefined ? null : { value, metadata: gateway.kv.metadata.get(key) ?? null };
  },
};

it("explain and the Worker never disagree", async () => {
  const asked = fc.array(pageRequestsTo("host.test"), {
    minLength: REQUESTS_PER_POLICY,
    maxLength: REQUESTS_PER_POLICY,
  });
  const versions = fc.option(fc.constantFrom(1, 7, "8", -1));
  await fc.assert(
    fc.asyncProperty(
      fc.option(policyDocuments, { freq: 20 }),
      fc.boolean(),
      versions,
      asked,
      async (document, isWildcard, version, requests) => {
        const parent = freshHostname();
        const host = `www.${parent}`;
        const key = `policy/${isWildcard ? `*.${parent}` : host}`;
        if (document !== null) {
          const farther = isWildcard ? `policy/*.www.${parent}` : `policy/*.${parent}`;
          gateway.kv.values.set(key, JSON.stringify(document)).set(farther, DECOY);
        }
        if (version !== null) gateway.kv.metadata.set(key, { version });
        const policy = await findPolicy({ kv: kv as Kv }, host);
        for (const request of requests) {
          const here = { ...request, url: new URL(request.url.href.replace("host.test", host)) };
          const origin = request.origin.replace("host.test", host);
          const { preflight, actual } = explain(policy, { ...here, origin }, Date.now());
          if (preflight !== undefined) await compare(host, "OPTIONS", preflight, here);
          // The runtime refuses what browsers never send after the gateway's answer.
          if (request.method !== "patch") await compare(host, request.method, actual, here);
        }
      },
    ),
    { numRuns: POLICIES },
  );
  expect(sent).toBeGreaterThan(500);
});
