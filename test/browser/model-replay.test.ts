/**
 * The browser model judges the gateway, and here real browsers judge the model: generated pages fetch, once for real and
 * once in the model, from a server that answers anything about CORS, and from the gateway under generated policies.
 */

import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type LoopbackServer, listenOnLoopback } from "../../src/demo/loopback-server.ts";
import {
  converse,
  converseWith,
  fetchAsPage,
  type PageFetch,
  type Sent,
} from "../support/browser-model/browser-model.ts";
import { type Answer, getHeader } from "../support/browser-model/checks.ts";
import { PreflightCache } from "../support/browser-model/preflight-cache.ts";
import { KeepAliveClient } from "../support/keep-alive-client.ts";
import { usablePolicies } from "../support/law-cases.ts";
import { pageFetchesOf } from "../support/page-fetches.ts";
import { type ScriptedCase, scriptedCases } from "../support/scripted-answers.ts";
import { FIXED_SEED } from "../support/seed.ts";
import { findBrowsers } from "./browsers.ts";
import { quirksOf, quirkyCases, REWRITTEN_BY_WEBKIT } from "./engine-quirks.ts";
import { fetchInPage, type Outcome, outcomeOf } from "./page-script.ts";
import { type Surroundings, startSurroundings } from "./surroundings.ts";

const DOCS = new URL("../../docs/browsers.md", import.meta.url);
const SCRIPTED_CASES = 80;
const POLICIES = 12;
const FETCHES_PER_POLICY = 6;

// Browsers resolve every name under localhost to this machine.
const PAGE_HOSTS = ["app.test.localhost", "other.test.localhost"] as const;
const SERVER_HOST = "server.test.localhost";
const NEXT_HOST = "next.test.localhost";
const sample = <Value>(arbitrary: fc.Arbitrary<Value>, count: number) =>
  fc.sample(arbitrary, { numRuns: count, seed: FIXED_SEED });

/** What the server saw of a request, as far as CORS goes. */
type Seen = readonly [method: string, origin: string | null, askedMethod: string | null, askedNames: string | null];

describe.each(findBrowsers().installed)("$name", (kind) => {
  let around: Surroundings;
  let server: LoopbackServer;
  let scripted: readonly ScriptedCase[];
  let hosts: readonly string[];
  let policies: readonly string[];
  const quirks = quirksOf(kind.name);
  const seen = new Map<string, Seen[]>();

  beforeAll(async () => {
    server = await listenOnLoopback({ request: answer }, 0);
    const location = `http://${NEXT_HOST}:${server.port}/next`;
    scripted = [
      ...sample(scriptedCases(pageOrigin(0), location), SCRIPTED_CASES),
      ...quirkyCases(pageOrigin(0), location),
    ];
    // The gateway's policies name the pages' origins, whose port is known only now.
    policies = sample(usablePolicies, POLICIES).map((policy) => withPageOrigins(JSON.stringify(policy)));
    hosts = policies.map((_, index) => `api-${index}.test.localhost`);
    around = await startSurroundings(
      kind,
      new Map(policies.map((policy, index) => [`policy/${hosts[index]}`, policy])),
    );
  });
  afterEach(({ task }) => around.finishTest(task));
  afterAll(async () => {
    await server?.close();
    await around?.stop();
  });

  const pageOrigin = (index: 0 | 1) => `http://${PAGE_HOSTS[index]}:${server.port}`;

  function withPageOrigins(policy: string): string {
    return policy
      .replaceAll("https://a.com:*", `http://${PAGE_HOSTS[0]}:*`)
      .replaceAll("https://a.com", pageOrigin(0))
      .replaceAll("http://a.com", pageOrigin(1))
      .replaceAll("https://*.a.com", `http://*.test.localhost:${server.port}`)
      .replaceAll("https://x*.a.com", `http://o*.test.localhost:*`);
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://server");
    const id = searchParams.get("case");
    const script = id === null ? undefined : scripted[Number(id)];
    if (id === null || script === undefined) {
      response.setHeader("content-type", "text/html").end("<!doctype html><title>Page");
      return;
    }
    const header = (name: string) => request.headers[name]?.toString() ?? null;
    const asked = header("access-control-request-method");
    const entry: Seen = [request.method ?? "", header("origin"), asked, header("access-control-request-headers")];
    seen.set(id, [...(seen.get(id) ?? []), entry]);
    const { status, headers } = answerOf(script, pathname, asked !== null);
    const lines = headers.map(([name, value]): [string, string] => [name, withCase(name, value, id)]);
    for (const [name, value] of lines) response.appendHeader(name, value);
    response.writeHead(status).end();
  }

  /** Redirects take the case with them. */
  function withCase(name: string, value: string, id: string): string {
    return name === "location" ? `${value}?case=${id}` : value;
  }

  function answerOf(script: ScriptedCase, pathname: string, isPreflight: boolean): Answer {
    if (isPreflight) return script.preflight;
    return pathname === "/next" ? script.redirected : script.actual;
  }

  test("fetches from a server that answers anything about CORS as the model does, preflights and cache included", async () => {
    const tab = await around.open(pageOrigin(0));
    const groups = scripted.map(({ fetches }, id) =>
      fetches.map((asked) => ({ ...asked, url: `http://${SERVER_HOST}:${server.port}/first?case=${id}` })),
    );
    const outcomes = await fetchInPage(tab, groups);
    const differences = scripted.flatMap((script, id) => {
      const cache = new PreflightCache();
      const sent: Sent[] = [];
      const verdicts = (groups[id] ?? []).map((asked) =>
        converse(fetchAsPage({ ...asked, origin: pageOrigin(0) }, cache), (request) => {
          sent.push(request);
          const { status, headers } = answerOf(script, new URL(request.url).pathname, request.isPreflight);
          return {
            status,
            headers: headers.map(([name, value]) => [name, withCase(name, value, String(id))] as const),
          };
        }),
      );
      const found = { outcomes: (outcomes[id] ?? []).map(ownNames), requests: seen.get(String(id)) ?? [] };
      const expected = { outcomes: verdicts.map(outcomeOf).map(ownNames), requests: sent.map(seenOf) };
      if (JSON.stringify(found) === JSON.stringify(expected)) return [];
      const quirk = quirks.find(({ touches }) => touches(script, verdicts))?.name;
      return [{ id, quirk, script, found, expected }];
    });
    expect(differences.filter(({ quirk }) => quirk === undefined)).toEqual([]);
    // A quirk that the engine has lost is to be struck from the list, and from docs/browsers.md.
    const met = new Set(differences.map(({ quirk }) => quirk));
    expect([...met].sort()).toEqual(quirks.map(({ name }) => name).sort());
    for (const { name } of quirks) expect(await readFile(DOCS, "utf8")).toContain(`- **${name}**`);
    const kinds = outcomes.flat().map((outcome) => outcome.kind);
    expect(kinds.filter((kind) => kind === "read").length).toBeGreaterThan(20);
    expect(kinds.filter((kind) => kind === "error").length).toBeGreaterThan(20);
  });

  test("fetches from the gateway under generated policies as the model does", async () => {
    const gatewayPort = Number(new URL(around.demo.gatewayUrl).port);
    const client = new KeepAliveClient(gatewayPort);
    const differences: unknown[] = [];
    let reads = 0;
    for (const page of [0, 1] as const) {
      const tab = await around.open(pageOrigin(page));
      // A URL of its own for each fetch: what is left in a preflight cache is another test's matter.
      const groups = hosts.map((host, index) =>
        fc
          .sample(pageFetchesOf(`${host}:${gatewayPort}`), { numRuns: FETCHES_PER_POLICY, seed: FIXED_SEED + index })
          .map((asked, number) => ({
            ...asked,
            url: `${asked.url}${asked.url.includes("?") ? "&" : "?"}n=${page}${number}`,
          })),
      );
      const outcomes = await fetchInPage(tab, groups);
      for (const [index, asked] of groups.flat().entries()) {
        const model: PageFetch = { ...asked, origin: pageOrigin(page) };
        const verdict = await converseWith(fetchAsPage(model), (sent) => client.send(sent));
        const [found, due] = [ownNames(outcomes.flat()[index] as Outcome), ownNames(outcomeOf(verdict))];
        if (found.kind === "read") reads++;
        const isRewritten = kind.name === "WebKit" && REWRITTEN_BY_WEBKIT.test(asked.url);
        if (JSON.stringify(found) === JSON.stringify(due) || isRewritten) continue;
        differences.push({ policy: policies[Math.floor(index / FETCHES_PER_POLICY)], model, found, due });
      }
    }
    client.close();
    expect(differences).toEqual([]);
    expect(reads).toBeGreaterThan(10);
  });
});

/** An outcome in the order of its keys, without the names that servers and browsers add on their own. */
function ownNames(outcome: Outcome): Outcome {
  if (outcome.kind !== "read") return outcome;
  const names = outcome.names.filter(
    (name) => !/^(?:connection|keep-alive|date|content-length|transfer-encoding)$/.test(name),
  );
  return { kind: "read", url: outcome.url, status: outcome.status, names };
}

function seenOf({ method, headers }: Sent): Seen {
  const header = (name: string) => getHeader({ status: 0, headers }, name);
  return [method, header("origin"), header("access-control-request-method"), header("access-control-request-headers")];
}
