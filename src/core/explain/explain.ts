/** Why a request of a page comes to what it comes to: the edge's decisions, and the browser's answer to them. */

import type { RequestClass, RequestView } from "../classify.ts";
import { decide } from "../decide.ts";
import { type Decision, decisionHeader, isCrossOrigin } from "../decision.ts";
import type { HeaderFields, ResponseHeaders } from "../header-fields.ts";
import {
  checkCors,
  checkPreflight,
  isMixedContent,
  type PageRequest,
  type PageResponse,
  type PreflightCause,
  preflightCauses,
  preflightFields,
  type Refusal,
} from "./browser.ts";
import { explainSteps, type Step } from "./explain-steps.ts";
import type { ExplainedPolicy } from "./explained-policy.ts";

/** A page's request to a URL. For `ws:` and `wss:` an opening handshake. */
export interface ExplainedRequest extends PageRequest {
  readonly url: URL;
}

/** What the edge does with one request, as exactly as it can be told without the upstream. */
export interface ExplainedExchange {
  /** The fields of the request that the decision depends on. */
  readonly sent: HeaderFields;
  readonly decision: Decision;
  /** Undefined for the upstream's own. */
  readonly status: 204 | 403 | undefined;
  readonly headers: ResponseHeaders;
  /** Value of `CORS-Decision`; undefined where CORS has no say. */
  readonly says: string | undefined;
}

/** What comes of a page's request. */
export type Outcome =
  /** The page may read the response. */
  | { readonly kind: "read" }
  | { readonly kind: "same-origin" }
  /** The page may read the gateway's 403, because its origin is allowed. */
  | { readonly kind: "denial-read" }
  | { readonly kind: "blocked-before"; readonly refusal: Refusal }
  | { readonly kind: "blocked-after"; readonly refusal: Refusal; readonly reachesUpstream: boolean }
  | { readonly kind: "mixed-content" }
  | { readonly kind: "handshake-refused" }
  | { readonly kind: "handshake-forwarded" }
  /** The policy only reports; `enforced` is what would come of the request if it did more. */
  | { readonly kind: "left-to-upstream"; readonly enforced: Outcome };

/** What decisions are made from. */
type KnownPolicy = Pick<ExplainedPolicy, "lookup" | "isListed">;

/** What goes over the wire for a page's request. */
interface Exchanges {
  /** Why the browser asks first; empty where it does not. */
  readonly causes: readonly PreflightCause[];
  /** Undefined where the browser sends none. */
  readonly preflight: ExplainedExchange | undefined;
  /** What would come of the request itself, whether or not it is sent. */
  readonly actual: ExplainedExchange;
}

/** What comes of a page's request, and what goes over the wire for it. */
interface Conclusion extends Exchanges {
  readonly request: ExplainedRequest;
  readonly requestClass: RequestClass;
  /** The decision that settles it: what a preflight is granted, the request itself is granted, too. */
  readonly decisive: Decision;
  readonly outcome: Outcome;
}

/** Everything there is to say about a page's request. */
export interface Explanation extends Conclusion {
  /** In the order of the checks; empty where CORS has no say. */
  readonly steps: readonly Step[];
}

/**
 * Explains what the edge decides about a page's request, and what the browser makes of it.
 * @param now milliseconds since the epoch
 */
export function explain(policy: ExplainedPolicy, request: ExplainedRequest, now: number): Explanation {
  const conclusion = conclude(policy, request, now);
  const { requestClass, decisive: decision } = conclusion;
  const steps = isCrossOrigin(requestClass) ? explainSteps({ policy, request, decision, now }) : [];
  return { ...conclusion, steps };
}

/**
 * What comes of a page's request, without the steps that explain it: those look at every entry of a rule.
 * @param now milliseconds since the epoch
 */
export function conclude(policy: KnownPolicy, request: ExplainedRequest, now: number): Conclusion {
  const exchanges = exchangesOf(policy, request, now);
  const { requestClass } = exchanges.actual.decision;
  const { decision: decisive } = exchanges.preflight ?? exchanges.actual;
  return { ...exchanges, request, requestClass, decisive, outcome: foretell(policy, request, exchanges, now) };
}

/** True for the outcomes with which a page gets what it asked for; of a policy that only reports, if it were enforced. */
export function isGood(outcome: Outcome): boolean {
  if (outcome.kind === "left-to-upstream") return isGood(outcome.enforced);
  return outcome.kind === "read" || outcome.kind === "same-origin" || outcome.kind === "handshake-forwarded";
}

function exchangesOf(policy: KnownPolicy, request: ExplainedRequest, now: number): Exchanges {
  const actual = explainActual(policy, request, now);
  const { requestClass } = actual.decision;
  const causes = requestClass === "actual" ? preflightCauses(request.method, request.headers) : [];
  const preflight = causes.length === 0 ? undefined : explainPreflight(policy, request, now);
  return { causes, preflight, actual };
}

function explainPreflight(policy: KnownPolicy, request: ExplainedRequest, now: number): ExplainedExchange {
  return exchange(policy, viewOf(request.url, "OPTIONS", preflightFields(request)), preflightFields(request), now);
}

function explainActual(policy: KnownPolicy, request: ExplainedRequest, now: number): ExplainedExchange {
  const { url, method, origin, headers, hasCredentials } = request;
  const isHandshake = url.protocol === "ws:" || url.protocol === "wss:";
  const sent: HeaderFields = [
    ["origin", origin],
    ...headers,
    ...(isHandshake ? [["upgrade", "websocket"] as const] : []),
  ];
  // The cookies themselves make no difference, but that there may be some does.
  const view = viewOf(url, method, hasCredentials || isHandshake ? [...sent, ["cookie", ""]] : sent);
  return exchange(policy, view, sent, now);
}

function viewOf({ origin, pathname }: URL, method: string, fields: HeaderFields): RequestView {
  return {
    method,
    urlOrigin: origin,
    pathname,
    header: (name) => {
      const values = fields.filter(([field]) => field === name).map(([, value]) => value);
      return values.length === 0 ? null : values.join(", ");
    },
  };
}

const STATUS = { answer: 204, refuse: 403, proxy: undefined } as const;

function exchange(policy: KnownPolicy, view: RequestView, sent: HeaderFields, now: number): ExplainedExchange {
  const decision = decide(policy.lookup, view, now, policy.isListed);
  return {
    sent,
    decision,
    status: STATUS[decision.action],
    headers: decision.response,
    says: decisionHeader(decision),
  };
}

function foretell(policy: KnownPolicy, request: ExplainedRequest, exchanges: Exchanges, now: number): Outcome {
  if (isMixedContent(request.origin, request.url)) return { kind: "mixed-content" };
  const { preflight, actual } = exchanges;
  const { requestClass, denial, action } = actual.decision;
  if (requestClass === "same-origin" || requestClass === "non-cors") return { kind: "same-origin" };
  const { lookup } = policy;
  if (lookup.kind === "found" && lookup.policy.isReportOnly) {
    const enforced = { ...policy, lookup: { ...lookup, policy: { ...lookup.policy, isReportOnly: false } } };
    return {
      kind: "left-to-upstream",
      enforced: foretell(enforced, request, exchangesOf(enforced, request, now), now),
    };
  }
  if (requestClass === "websocket") {
    return { kind: action === "proxy" ? "handshake-forwarded" : "handshake-refused" };
  }
  if (preflight !== undefined) {
    const refusal = checkPreflight(request, asReceived(preflight));
    if (refusal !== undefined) return { kind: "blocked-before", refusal };
  }
  const refusal = checkCors(request, asReceived(actual));
  if (refusal !== undefined) return { kind: "blocked-after", refusal, reachesUpstream: action === "proxy" };
  return { kind: denial === undefined ? "read" : "denial-read" };
}

/** The response as the browser sees it. What the upstream adds makes no difference: its CORS fields are removed. */
function asReceived({ status, headers }: ExplainedExchange): PageResponse {
  const fields = new Map(headers.fields);
  return { status: status ?? 200, header: (name) => fields.get(name) ?? null };
}
