/** What a decision is, and how it is said. */

import type { RequestClass } from "./classify.ts";
import type { CompiledPolicy, CompiledRule } from "./compile-policy.ts";
import type { ResponseHeaders } from "./header-fields.ts";

/** What is known of the policy for a hostname. */
export type PolicyLookup =
  | {
      readonly kind: "found";
      readonly policy: CompiledPolicy;
      /** Where the document was pushed with one. */
      readonly version?: number | undefined;
      /** Age of the document in seconds where it is beyond the hard limit. */
      readonly staleSeconds?: number;
    }
  /** KV says that there is none. */
  | { readonly kind: "none" }
  /** There may be one, but it cannot be read or used; `namesUpstream` where its text speaks of an upstream. */
  | { readonly kind: "unavailable"; readonly namesUpstream: boolean };

/**
 * What is known where the text under the key cannot be used.
 * Security: where it may have named an upstream, no other one stands in for that.
 */
export function unusablePolicy(text: string): PolicyLookup {
  return { kind: "unavailable", namesUpstream: text.includes('"upstream"') };
}

/** Why a request is denied; stable codes, in the order in which they are checked. */
export type DenialReason =
  | "policy-unavailable"
  | "no-policy"
  | "ambiguous-path"
  | "no-rule"
  | "origin-malformed"
  | "origin-opaque"
  | "origin-expired"
  | "origin-not-allowed"
  | "request-malformed"
  | "method-not-allowed"
  | "header-not-allowed"
  | "cross-site-blocked"
  | "rate-limited";

/** A denial and what it is about: the method or header name that was not allowed. */
export interface Denial {
  readonly reason: DenialReason;
  readonly culprit?: string;
}

/** What happens to a request, and what its response must carry. */
export interface Decision {
  readonly requestClass: RequestClass;
  /** The rule for the path, if there is one; for other origins there is none on an ambiguous path. */
  readonly rule: CompiledRule | undefined;
  /** Undefined for a grant, and where CORS has no say. */
  readonly denial: Denial | undefined;
  /** `answer`: 204 to a preflight; `refuse`: 403, or 429 where the rate is at fault; `proxy`: to the upstream. */
  readonly action: "answer" | "refuse" | "proxy";
  /** False where the upstream sees no cookies: the policy grants the request without credentials, or nothing is sent. */
  readonly forwardsCookie: boolean;
  /** What the upstream's response must carry, and what one that the gateway makes itself. */
  readonly response: ResponseHeaders;
  readonly ownResponse: ResponseHeaders;
  /** Name of the rate limit that the request counts for: what of other origins the policy, enforced, lets through. */
  readonly rateLimit: string | undefined;
  /** The rule whose upstream is meant: that of the path as it stands. */
  readonly routedBy: CompiledRule | undefined;
  /** True where the policy only reports: the request is proxied as if there were no gateway. */
  readonly isReportOnly: boolean;
  /** Version of the policy that the decision was made by, where it has one. */
  readonly version: number | undefined;
  /** Age of that policy in seconds where it is beyond the hard limit, else 0. */
  readonly staleSeconds: number;
}

/** True for the requests that CORS has a say in. */
export function isCrossOrigin(requestClass: RequestClass): boolean {
  return requestClass !== "non-cors" && requestClass !== "same-origin";
}

/** The decision where the rate limit is used up: refused, and readable for a page that would have been let in. */
export function denyByRate(decision: Decision): Decision {
  const action = decision.isReportOnly ? "proxy" : "refuse";
  return { ...decision, denial: { reason: "rate-limited" }, action, response: decision.ownResponse };
}

/**
 * The value of the `CORS-Decision` response header; undefined where nothing was to decide.
 * @see https://www.rfc-editor.org/rfc/rfc9651#name-items
 * @example decisionHeader(decision) // "denied;reason=method-not-allowed;rule=orders;version=7"
 */
export function decisionHeader(decision: Decision): string | undefined {
  const { denial, requestClass, rule, version, staleSeconds, isReportOnly } = decision;
  if (denial === undefined && !isCrossOrigin(requestClass)) return undefined;
  let says = denial === undefined ? "granted" : `denied;reason=${denial.reason}`;
  if (rule !== undefined) says += `;rule=${rule.name}`;
  if (version !== undefined) says += `;version=${version}`;
  if (staleSeconds > 0) says += `;stale=${staleSeconds}`;
  return isReportOnly ? `${says};report-only` : says;
}
