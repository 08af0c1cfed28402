/** The laws, held by the built Worker on plain workerd. */

import fc from "fast-check";
import { converseWith, fetchAsPage, type PageFetch, type Sent } from "./browser-model/browser-model.ts";
import type { Answer } from "./browser-model/checks.ts";
import { PreflightCache } from "./browser-model/preflight-cache.ts";
import type { Tally } from "./core-laws.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";
import { type LawRuns, lawCases } from "./law-cases.ts";
import { pageFetchesOf } from "./page-fetches.ts";
import { checkLaws, type FetchCase, upstreamHeaders } from "./page-laws.ts";
import { freshHostname } from "./policies-under-test.ts";
import { startUpstream } from "./upstream.ts";
import { startWorkerd } from "./workerd.ts";

/** The runtime answers 501 to other methods, lower-case ones among them, before the Worker sees them. */
const METHODS = ["GET", "HEAD", "POST", "post", "put", "PUT", "PATCH", "DELETE", "OPTIONS"];
const HOST = "host.test";
/** How many pages fetch at the same time, each in a browser of its own. */
const BROWSERS = 5;

/**
 * Checks, for every case, that the page reads the response if and only if the policy allows it.
 * @param script the built Worker
 * @throws Error with the smallest case that breaks a law
 */
export async function checkWorkerLaws(script: string, { policies, fetchesPerPolicy, seed }: LawRuns): Promise<Tally> {
  const tally: Tally = { cases: 0, read: 0, preflights: 0 };
  const upstream = await startUpstream(({ method, headers }, response) => {
    for (const [name, value] of upstreamHeaders(headers.cookie !== undefined)) response.setHeader(name, value);
    response.end(method === "HEAD" ? undefined : "{}");
    upstream.seen.length = 0;
  });
  const gateway = await startWorkerd(script, { DEFAULT_UPSTREAM: upstream.url });
  const client = new KeepAliveClient(gateway.port);
  try {
    await fc.assert(
      fc.asyncProperty(lawCases(pageFetchesOf(HOST, METHODS), fetchesPerPolicy), async ({ policy, fetches }) => {
        const host = freshHostname();
        gateway.kv.values.set(`policy/${host}`, JSON.stringify(policy));
        const here = fetches.map((page) => JSON.parse(JSON.stringify(page).replaceAll(HOST, host)) as PageFetch);
        const share = Math.ceil(here.length / BROWSERS);
        const browsers = Array.from({ length: BROWSERS }, (_, index) => here.slice(index * share, (index + 1) * share));
        const found = await Promise.all(browsers.map((pages) => fetchInTurn(client, pages)));
        for (const fetched of found.flat()) {
          checkLaws(policy, fetched, Date.now());
          tally.cases++;
          if (fetched.verdict.kind === "read") tally.read++;
          if (fetched.exchanges[0]?.sent.isPreflight) tally.preflights++;
        }
      }),
      { numRuns: policies, seed },
    );
    const errors = gateway.noise.filter((line) => line !== "");
    if (errors.length > 0) throw new Error(`workerd says ${errors.join("\n")}`);
  } finally {
    client.close();
    await gateway.stop();
    await upstream.close();
  }
  return tally;
}

async function fetchInTurn(client: KeepAliveClient, pages: readonly PageFetch[]): Promise<FetchCase[]> {
  const cache = new PreflightCache(() => Date.now() / 1000);
  const cases: FetchCase[] = [];
  for (const page of pages) {
    const exchanges: { sent: Sent; answer: Answer }[] = [];
    const verdict = await converseWith(fetchAsPage(page, cache), async (sent) => {
      const answer = await client.send(sent);
      exchanges.push({ sent, answer });
      return answer;
    });
    cases.push({ page, exchanges, verdict });
  }
  return cases;
}
