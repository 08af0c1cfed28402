/**
 * The law of the whole gateway: a browser lets a page read a response if and only if the policy allows it.
 * The browser is the model; what the policy allows is its meaning; neither imports anything of src.
 */

import type { PageFetch, Sent } from "./browser-model/browser-model.ts";
import { type Answer, getHeader, passesTimingCheck, type Verdict } from "./browser-model/checks.ts";
import { type HeaderLines, isForbiddenHeader, normalizeMethod, unsafeHeaderNames } from "./browser-model/names.ts";
import { type Meaning, meaningOf, ruleFor, type WrittenPolicy } from "./policy-meaning.ts";

interface Exchange {
  readonly sent: Sent;
  readonly answer: Answer;
}

/** A fetch of a page: every request that was sent for it, with its answer, and what the page gets. */
export interface FetchCase {
  readonly page: PageFetch;
  readonly exchanges: readonly Exchange[];
  readonly verdict: Verdict;
}

/** What the upstream of the laws answers to everything: it is careless about CORS, and tells whether it got a cookie. */
export function upstreamHeaders(hasCookie: boolean): HeaderLines {
  return [
    ["content-type", "application/json"],
    ["etag", '"1"'],
    ["x-upstream", "yes"],
    ["x-cookie", hasCookie ? "yes" : "no"],
    ["access-control-allow-origin", "https://evil.example"],
    ["access-control-allow-credentials", "true"],
    ["access-control-expose-headers", "x-upstream, x-secret"],
    ["timing-allow-origin", "https://evil.example"],
    ["cors-decision", "granted;rule=forged"],
  ];
}

const UPSTREAM_NAMES = ["content-type", "etag", "x-cookie", "x-upstream"];
const SAFELISTED_NAMES = ["content-type"];

/**
 * Holds a case against what the policy means.
 * @param now milliseconds since the epoch
 * @throws Error that says what is and what is due
 */
export function checkLaws(policy: WrittenPolicy, fetched: FetchCase, now: number): void {
  try {
    checkFetch(policy, fetched, now);
  } catch (error) {
    throw new Error(`${JSON.stringify(fetched, undefined, 1)}\nunder ${JSON.stringify(policy)}`, { cause: error });
  }
}

function checkFetch(policy: WrittenPolicy, fetched: FetchCase, now: number): void {
  const { page, exchanges, verdict } = fetched;
  const url = new URL(page.url);
  const actual = exchanges.at(-1);
  // A `no-cors` request may have no origin, or `null` after the referrer policy; one of mode `cors` has the page's.
  const origin = page.mode === "cors" ? page.origin : actual?.sent.headers.find(([name]) => name === "origin")?.[1];
  if (actual === undefined) must("a method that no page can send", verdict.kind, "error");
  else if (policy.mode === "report-only") checkUntouched(exchanges);
  else if (origin === undefined || page.origin === url.origin) {
    checkPassed(actual);
    if (page.origin === url.origin) must("the page reads its own API", verdict.kind, "read");
    else checkOpaque(verdict, ruleFor(policy, url.pathname)?.resourcePolicy);
  } else {
    const headers = page.headers.filter(([name, value]) => !isForbiddenHeader(name, value));
    const method = normalizeMethod(page.method);
    const unsafeNames = unsafeHeaderNames(headers);
    const meaning = meaningOf(policy, { origin, path: url.pathname, method, unsafeNames, now });
    for (const exchange of exchanges) checkExchange(meaning, exchange);
    if (page.mode === "no-cors") checkOpaque(verdict, meaning?.rule.resourcePolicy);
    else checkRead(meaning, fetched);
  }
}

/**
 * Holds a WebSocket against what the policy means: it opens if and only if the page's origin is allowed.
 * @throws Error that says what is and what is due
 */
export function checkSocketLaw(policy: WrittenPolicy, { origin, url }: PageFetch, opens: boolean, now: number): void {
  const { pathname, origin: own } = new URL(url);
  const meaning = meaningOf(policy, { origin, path: pathname, method: "GET", unsafeNames: [], now });
  const isAllowed = policy.mode === "report-only" || origin === own || meaning?.allowsOrigin === true;
  must(`a WebSocket of ${origin} to ${url} under ${JSON.stringify(policy)} opens`, opens, isAllowed);
}

/** What CORS has no say in goes on as it came. */
function checkPassed({ sent, answer }: Exchange): void {
  must("reaches the upstream", isFromUpstream(answer), true);
  must("carries its cookie", getHeader(answer, "x-cookie"), sent.hasCredentials ? "yes" : "no");
}

/** What CORS has a say in reaches the upstream, and carries its cookie, only where the policy says so. */
function checkExchange(meaning: Meaning | undefined, { sent, answer }: Exchange): void {
  const isGranted = meaning?.allowsOrigin === true && meaning.allowsMethod;
  const isDecisionGrant = isGranted && (!sent.isPreflight || meaning.allowsHeaders);
  const decision = getHeader(answer, "cors-decision") ?? "";
  must("the decision", decision.startsWith("granted"), isDecisionGrant);
  must("names the rule", /;rule=([a-z0-9-]+)/.exec(decision)?.[1], meaning?.rule.name);
  const mayReach = !sent.isPreflight && (isGranted || meaning?.forwardsDenied === true);
  must("reaches the upstream", isFromUpstream(answer), mayReach);
  if (!isFromUpstream(answer)) return;
  const mayCarry = !isGranted || meaning.allowsCredentials;
  must("carries its cookie", getHeader(answer, "x-cookie"), sent.hasCredentials && mayCarry ? "yes" : "no");
}

function checkRead(meaning: Meaning | undefined, { page, exchanges, verdict }: FetchCase): void {
  const isCredentialed = page.credentials === "include";
  const mayUseCredentials = meaning !== undefined && (!isCredentialed || meaning.allowsCredentials);
  const isOriginFine = mayUseCredentials && meaning.allowsOrigin;
  const isAllowed = isOriginFine && meaning.allowsMethod && meaning.allowsHeaders;
  const answer = exchanges.at(-1)?.answer;
  const readsUpstream = verdict.kind === "read" && answer !== undefined && isFromUpstream(answer);
  must("the page reads the upstream's response", readsUpstream, isAllowed);
  if (verdict.kind !== "read" || answer === undefined) return;
  if (!readsUpstream) {
    // A front end may read why its method is refused.
    must("the page reads a refusal", verdict.status === 403 && isOriginFine && !meaning.allowsMethod, true);
    return;
  }
  const exposed = (meaning?.rule.exposeHeaders ?? []).map((name) => name.toLowerCase());
  const due = UPSTREAM_NAMES.filter(
    (name) => SAFELISTED_NAMES.includes(name) || exposed.includes("*") || exposed.includes(name),
  );
  const readable = verdict.names.filter((name) => UPSTREAM_NAMES.includes(name));
  must("the page reads the headers", readable.join(), due.join());
  if (meaning?.rule.timingAllowOrigin) must("the page reads the times", passesTimingCheck(page.origin, answer), true);
}

/** `no-cors` tells script nothing; the rule's resource policy decides whether the load goes through. */
function checkOpaque(verdict: Verdict, resourcePolicy = "cross-origin"): void {
  // No host of these laws shares a site with a page.
  must("what is loaded blindly", verdict.kind, resourcePolicy === "cross-origin" ? "opaque" : "error");
}

/** Under report-only every answer is the upstream's own. */
function checkUntouched(exchanges: readonly Exchange[]): void {
  for (const { answer } of exchanges) {
    for (const [name, value] of upstreamHeaders(false)) {
      if (name.startsWith("access-control-") || name === "timing-allow-origin")
        must(name, getHeader(answer, name), value);
    }
  }
}

function isFromUpstream(answer: Answer): boolean {
  return getHeader(answer, "x-upstream") === "yes";
}

function must(what: string, found: unknown, due: unknown): void {
  if (found !== due) throw new Error(`${what}: is ${JSON.stringify(found)}, and ${JSON.stringify(due)} is due`);
}
