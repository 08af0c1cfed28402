/** Whether a policy does what is expected of it. */

import {
  type KnownRule,
  type ListContents,
  type OriginSet,
  originSetFrom,
  originSetOf,
} from "../compare/compare-origins.ts";
import { pathArea, standIns, surroundingsOf } from "../compare/path-area.ts";
import { RulePairs } from "../compare/rule-pairs.ts";
import { sampleOrigins } from "../compare/sample-origins.ts";
import { isCrossOrigin } from "../decision.ts";
import { conclude, type ExplainedRequest, type Explanation, explain, isGood } from "../explain/explain.ts";
import type { ExplainedPolicy } from "../explain/explained-policy.ts";
import type { IsListed } from "../origin-matcher.ts";
import { parseOriginPattern } from "../origin-pattern.ts";
import { type Expectation, parseExpectedRequest } from "./expectations.ts";

/** What became of an expectation. */
export type Judgement =
  | { readonly kind: "holds" }
  /** The request that does not do what was expected, explained. */
  | { readonly kind: "fails"; readonly explanation: Explanation }
  /** A list decides whose content is not known. */
  | { readonly kind: "not-known"; readonly explanation: Explanation };

/** What expectations are judged by. */
export interface ExpectedPolicy {
  readonly policy: ExplainedPolicy;
  /** The hostname, or `*.example.com`, that the expectations are about. */
  readonly hostname: string;
  readonly contents: ListContents;
}

/**
 * Judges an expectation for every path of its pattern that can be read in one way only, and for every origin.
 * @param now milliseconds since the epoch
 */
export function judgeExpectation(expectation: Expectation, known: ExpectedPolicy, now: number): Judgement {
  const { can, cannot, nobody } = expectation;
  const { method, path } = parseExpectedRequest(can ?? cannot ?? nobody ?? "") ?? { method: undefined, path: "/*" };
  let judgement: Judgement = { kind: "holds" };
  for (const { rule, pathname } of rulesOn(path, known.policy)) {
    const allowed = originSetOf(rule, known.contents);
    for (const { origin, isListed } of originsToTry(expectation, allowed, known.contents, now)) {
      const request = requestOf(expectation, origin, method, `${urlHost(known.hostname, origin)}${pathname}`);
      const policy = { ...known.policy, isListed };
      const { decisive, outcome, requestClass } = conclude(policy, request, now);
      const isNotKnown = decisive.denial?.reason === "policy-unavailable" && decisive.rule !== undefined;
      // CORS has no say in what an API's own pages do.
      const isUnexpected = can !== undefined ? !isGood(outcome) : isGood(outcome) && isCrossOrigin(requestClass);
      if (isUnexpected && !isNotKnown) return { kind: "fails", explanation: explain(policy, request, now) };
      if (isNotKnown && judgement.kind === "holds") {
        judgement = { kind: "not-known", explanation: explain(policy, request, now) };
      }
    }
  }
  return judgement;
}

/** Each rule that any path of the pattern is under, with such a path; without a rule where there is none. */
function rulesOn(path: string, { document, lookup }: ExplainedPolicy) {
  const area = pathArea(path);
  const rules = document?.rules ?? [];
  const compiled = lookup.kind === "found" ? lookup.policy.rules : [];
  const { pairs } = new RulePairs(
    rules.map(({ paths }) => paths.map(pathArea)),
    [[area]],
  );
  const found = pairs.filter(({ after }) => after === 0);
  // Where every path has a second reading, one stands for all: each is denied.
  const [ambiguous = "/"] = standIns(area, surroundingsOf([area]));
  const places = found.length > 0 ? found : [{ before: -1, path: ambiguous }];
  return places.map(({ before, path: pathname }) => {
    const [ruleDocument, compiledRule] = [rules[before], compiled[before]];
    const rule: KnownRule | undefined = ruleDocument &&
      compiledRule && { document: ruleDocument, compiled: compiledRule };
    return { rule, pathname };
  });
}

/** Origins such that the expectation holds for all if it holds for these. */
function* originsToTry(
  { origin, can, except = [] }: Expectation,
  allowed: OriginSet,
  contents: ListContents,
  now: number,
): Iterable<{ origin: string; isListed: IsListed }> {
  const isListed: IsListed = (name, sent) => contents(name)?.has(sent);
  const pattern = origin === undefined ? undefined : parseOriginPattern(origin);
  if (pattern !== undefined) {
    for (const sample of sampleOrigins(pattern, allowed.surroundings)) yield { origin: sample, isListed };
    if (can !== undefined) return;
  }
  // Whoever is allowed and meant by the expectation; lists of unknown content have made-up origins here.
  const excepted = originSetFrom(except, contents);
  const meant = origin === undefined ? originSetFrom(["*"], contents) : originSetFrom([origin], contents);
  const isMeant = (sample: string) => meant.allows(sample, now) && !excepted.allows(sample, now);
  for (const entry of allowed.entries) {
    for (const { surroundings } of [excepted, meant]) {
      for (const sample of sampleOrigins(entry.pattern, surroundings)) {
        if (isMeant(sample)) yield { origin: sample, isListed: allowed.isListed };
      }
    }
  }
  const exceptedLists = new Set(excepted.lists.map(({ name }) => name));
  for (const { name, origins } of allowed.lists) {
    if (exceptedLists.has(name)) continue;
    for (const sample of origins) if (isMeant(sample)) yield { origin: sample, isListed: allowed.isListed };
  }
}

function requestOf(
  { with: names = [], credentials = false }: Expectation,
  origin: string,
  method: string | undefined,
  target: string,
): ExplainedRequest {
  // Without a method only the origin counts, as it does for a WebSocket.
  return {
    url: new URL(`${method === undefined ? "wss" : "https"}://${target}`),
    origin,
    method: method ?? "GET",
    headers: names.map((name) => [name.toLowerCase(), "x"]),
    hasCredentials: credentials,
  };
}

/** A wildcard serves many hostnames; of them one that is not the origin's, to which CORS would have nothing to say. */
function urlHost(hostname: string, origin: string): string {
  return hostname.replace(/^\*/, origin.includes("://any.") ? "other" : "any");
}
