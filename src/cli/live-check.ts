/** The real exchange: what a browser would send, what comes back, and what the browser would make of it. */

import { isCrossOrigin } from "../core/decision.ts";
import {
  checkCors,
  checkPreflight,
  isRedirectStatus,
  type PageResponse,
  type Refusal,
} from "../core/explain/browser.ts";
import type { ExplainedExchange, Explanation } from "../core/explain/explain.ts";
import type { HeaderFields } from "../core/header-fields.ts";
import { findDisagreement, type LiveFinding } from "./live-findings.ts";
import { pageFields } from "./page-fields.ts";
import { NoResponse, type RawResponse, sendRaw } from "./raw-request.ts";

/** A request that was sent, and its response. */
export interface LiveExchange {
  readonly method: string;
  readonly sent: HeaderFields;
  readonly received: RawResponse;
}

/** What the browser would do after the real exchange. */
type LiveOutcome =
  | { readonly kind: "read"; readonly status: number }
  | { readonly kind: "blocked-before"; readonly refusal: Refusal }
  | { readonly kind: "blocked-after"; readonly refusal: Refusal }
  /** `origin` is the page's at the next URL: `null` after a redirect from one foreign origin to another. */
  | { readonly kind: "redirected"; readonly location: string; readonly origin: string }
  /** The preflight is answered well, but nobody said that the request itself may be sent. */
  | { readonly kind: "not-sent" }
  | { readonly kind: "mixed-content" }
  | { readonly kind: "no-response"; readonly message: string };

interface Exchanges {
  preflight?: LiveExchange;
  actual?: LiveExchange;
}

/** Everything that came of a real exchange. */
export interface LiveCheck extends Readonly<Exchanges> {
  readonly outcome: LiveOutcome;
  readonly findings: readonly LiveFinding[];
}

/** How to go about it. */
export interface LiveSettings {
  readonly timeoutSeconds: number;
  /** Asked before a method that may change something. */
  readonly mayChange: () => Promise<boolean>;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Sends what a browser would send, and stops where it would stop.
 * @param place of the policy
 */
export async function checkLive(explanation: Explanation, place: string, settings: LiveSettings): Promise<LiveCheck> {
  const exchanges: Exchanges = {};
  const outcome = await converse(explanation, settings, exchanges);
  return { ...exchanges, outcome, findings: findAll(explanation, exchanges, outcome, place) };
}

/** Notes every exchange as soon as there is an answer. */
async function converse(explanation: Explanation, settings: LiveSettings, into: Exchanges): Promise<LiveOutcome> {
  const { request, preflight, actual, outcome } = explanation;
  if (outcome.kind === "mixed-content") return { kind: "mixed-content" };
  try {
    if (preflight !== undefined) {
      into.preflight = await send("OPTIONS", preflight, explanation, settings);
      const refusal = checkPreflight(request, into.preflight.received);
      if (refusal !== undefined) return { kind: "blocked-before", refusal };
    }
    if (!SAFE_METHODS.has(request.method) && !(await settings.mayChange())) return { kind: "not-sent" };
    into.actual = await send(request.method, actual, explanation, settings);
    return judge(explanation, into.actual.received);
  } catch (error) {
    if (error instanceof NoResponse) return { kind: "no-response", message: error.message };
    throw error;
  }
}

async function send(
  method: string,
  { sent }: ExplainedExchange,
  { request }: Explanation,
  { timeoutSeconds }: LiveSettings,
): Promise<LiveExchange> {
  const fields = pageFields(request.origin, request.url, sent);
  return { method, sent, received: await sendRaw(request.url, method, fields, timeoutSeconds) };
}

function judge({ request, requestClass }: Explanation, received: RawResponse): LiveOutcome {
  const { origin, url } = request;
  const isForeign = isCrossOrigin(requestClass);
  const refusal = isForeign ? checkCors(request, received) : undefined;
  if (refusal !== undefined) return { kind: "blocked-after", refusal };
  const location = locationOf(url, received);
  if (location === undefined) return { kind: "read", status: received.status };
  const isTainted = isForeign && location.origin !== url.origin;
  return { kind: "redirected", location: location.href, origin: isTainted ? "null" : origin };
}

/** @see https://fetch.spec.whatwg.org/#concept-response-location-url */
function locationOf(url: URL, response: PageResponse): URL | undefined {
  const location = isRedirectStatus(response.status) ? response.header("location") : null;
  return location === null ? undefined : (URL.parse(location, url.href) ?? undefined);
}

/** The first disagreement of each exchange; the same one twice is said once. */
function findAll(
  { requestClass, decisive, ...expected }: Explanation,
  { preflight, actual }: Exchanges,
  outcome: LiveOutcome,
  place: string,
): readonly LiveFinding[] {
  const unreached: LiveFinding[] =
    outcome.kind === "no-response" ? [{ hop: "connection", message: outcome.message }] : [];
  if (!isCrossOrigin(requestClass)) return unreached;
  const findings = [
    expected.preflight && preflight && findDisagreement(expected.preflight, preflight.received, place),
    actual && findDisagreement(expected.actual, actual.received, place),
    ...unreached,
  ].filter((finding) => finding !== undefined);
  if (findings.length === 0 && decisive.isReportOnly && outcome.kind.startsWith("blocked")) {
    const message = "the policy only reports, so the upstream's own CORS headers count, and they are not enough";
    return [{ hop: "upstream", message }];
  }
  return findings.filter(({ message }, index) => findings.findIndex((other) => other.message === message) === index);
}
