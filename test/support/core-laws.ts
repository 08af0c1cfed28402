/** The laws, held by core alone. */

import fc from "fast-check";
import { converse, fetchAsPage, openWebSocket, type PageFetch, type Sent } from "./browser-model/browser-model.ts";
import type { Answer, Verdict } from "./browser-model/checks.ts";
import { PreflightCache } from "./browser-model/preflight-cache.ts";
import { coreServer } from "./core-server.ts";
import { type LawRuns, lawCases } from "./law-cases.ts";
import { pageFetchesOf } from "./page-fetches.ts";
import { checkLaws, checkSocketLaw, type FetchCase } from "./page-laws.ts";
import { policyFrom } from "./policies.ts";
import type { WrittenPolicy } from "./policy-meaning.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");

/** What came of all cases: nothing is proven by cases that are all alike. */
export interface Tally {
  cases: number;
  read: number;
  preflights: number;
}

/**
 * Checks, for every case: the page reads the response if and only if the policy allows it, and opens a WebSocket if and
 * only if its origin is allowed; the order of a list does not matter; and one origin more never takes back what could be
 * read.
 * @throws Error with the smallest case that breaks a law
 */
export function checkCoreLaws({ policies, fetchesPerPolicy, seed }: LawRuns): Tally {
  const tally: Tally = { cases: 0, read: 0, preflights: 0 };
  const cases = fc.tuple(lawCases(pageFetchesOf("api.test"), fetchesPerPolicy), fc.nat(), fc.constantFrom(...PATTERNS));
  fc.assert(
    fc.property(cases, ([{ policy, fetches }, chance, pattern]) => {
      const found = fetchAll(policy, fetches);
      for (const fetched of found) {
        checkLaws(policy, fetched, NOW);
        tally.cases++;
        if (fetched.verdict.kind === "read") tally.read++;
        if (fetched.exchanges[0]?.sent.isPreflight) tally.preflights++;
      }
      const server = coreServer(policyFrom(policy), NOW);
      for (const page of fetches) {
        checkSocketLaw(policy, page, converse(openWebSocket(page.origin, page.url), server), NOW);
      }
      const isReordered = chance % 2 === 0;
      const other = isReordered ? withListsRotated(policy, chance) : withOneOriginMore(policy, chance, pattern);
      fetchAll(other, fetches).forEach(({ verdict }, index) => {
        const before = found[index]?.verdict;
        if (isReordered || before?.kind === "read") checkSame(before, verdict);
      });
    }),
    { numRuns: policies, seed },
  );
  return tally;
}

const PATTERNS = ["https://a.com", "https://*.a.com", "https://x*.a.com", "https://a.com:*", "https://b.test"];

function fetchAll(policy: WrittenPolicy, fetches: readonly PageFetch[]): readonly FetchCase[] {
  const server = coreServer(policyFrom(policy), NOW);
  const cache = new PreflightCache();
  return fetches.map((page) => {
    const exchanges: { sent: Sent; answer: Answer }[] = [];
    const verdict = converse(fetchAsPage(page, cache), (sent) => {
      const answer = server(sent);
      exchanges.push({ sent, answer });
      return answer;
    });
    return { page, exchanges, verdict };
  });
}

function rotated<Item>(list: readonly Item[], by: number): readonly Item[] {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)].reverse();
}

function withListsRotated(policy: WrittenPolicy, by: number): WrittenPolicy {
  const rules = policy.rules.map((rule) => ({
    ...rule,
    paths: rotated(rule.paths ?? ["/*"], by),
    allowOrigins: rotated(rule.allowOrigins, by),
    allowMethods: rotated(rule.allowMethods ?? [], by),
    allowHeaders: rotated(rule.allowHeaders ?? [], by),
    exposeHeaders: rotated(rule.exposeHeaders ?? [], by),
  }));
  return { ...policy, rules };
}

function withOneOriginMore(policy: WrittenPolicy, chance: number, pattern: string): WrittenPolicy {
  const rules = policy.rules.map((rule, index) => {
    const isForAll = rule.allowOrigins.some(
      (entry) => entry === "*" || (typeof entry === "object" && entry.origin === "*"),
    );
    if (index !== chance % policy.rules.length || isForAll) return rule;
    return { ...rule, allowOrigins: [pattern, ...rule.allowOrigins] };
  });
  return { ...policy, rules };
}

function checkSame(before: Verdict | undefined, after: Verdict): void {
  // Which of two culprits is named first may change.
  const [first, second] = [before, after].map((verdict) => JSON.stringify({ ...verdict, culprit: "" }));
  if (first !== second) throw new Error(`${first} becomes ${second}`);
}
