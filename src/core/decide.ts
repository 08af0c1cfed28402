/** Decides about a request: a grant or a denial with a reason, complete with all headers either way. */

import type { JudgedHeaders } from "./allowed-headers.ts";
import { classify, isCrossSiteLoad, type RequestClass, type RequestView } from "./classify.ts";
import type { CompiledRule } from "./compile-policy.ts";
import { type Decision, type Denial, type DenialReason, isCrossOrigin, type PolicyLookup } from "./decision.ts";
import { type HeaderFields, type ResponseHeaders, VARY_BY_ORIGIN, VARY_OF_PREFLIGHT } from "./header-fields.ts";
import { isToken, SAFELISTED_METHODS } from "./http-names.ts";
import type { IsListed } from "./origin-matcher.ts";
import { MAX_REQUESTED_HEADERS_LENGTH } from "./requested-headers.ts";
import { headersOf, type RuleHeaders } from "./rule-headers.ts";

/** A cross-origin request's rule, and the value of `Access-Control-Allow-Origin` where it is granted. */
interface Subject {
  readonly rule: CompiledRule;
  /** `*` where the rule allows every origin at this moment. */
  readonly allowOrigin: string;
}

/** A decision under a policy that is enforced; what the policy's mode and version add comes last. */
type EnforcedDecision = Pick<Decision, "requestClass" | "rule" | "denial" | "action" | "response"> & {
  readonly ownResponse?: ResponseHeaders;
};

const WITHOUT_RULE: Pick<RuleHeaders, "unreadable" | "refusedPreflight"> = {
  unreadable: headersOf(VARY_BY_ORIGIN),
  refusedPreflight: headersOf(VARY_OF_PREFLIGHT),
};

/** Of a policy that only reports: the upstream's own fields stay. */
const UNTOUCHED: ResponseHeaders = { ...headersOf(""), keepsUpstreamFields: true };

/**
 * Decides about a request. Pure; no input makes it throw.
 * @param now milliseconds since the epoch
 * @param isListed asked about huge lists; an origin that only a list of unknown content could allow is denied
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function decide(
  lookup: PolicyLookup,
  request: RequestView,
  now: number,
  isListed: IsListed = () => undefined,
): Decision {
  const decided = decideEnforced(lookup, request, now, isListed);
  const { requestClass, rule, denial, action, response, ownResponse = response } = decided;
  const { policy, version, staleSeconds = 0 } = lookup.kind === "found" ? lookup : {};
  const isProxied = action === "proxy";
  const isChecked = isCrossOrigin(requestClass);
  const lacksCredentials = isChecked && denial === undefined && rule?.allowCredentials !== true;
  const isReportOnly = policy?.isReportOnly === true;
  // One object with the same fields each time: copies of copies would cost more than the rest of the decision.
  return {
    requestClass,
    rule,
    denial,
    action: isReportOnly ? "proxy" : action,
    forwardsCookie: isReportOnly || (isProxied && !lacksCredentials),
    response: isReportOnly ? UNTOUCHED : response,
    ownResponse: isReportOnly ? UNTOUCHED : ownResponse,
    rateLimit: isProxied && isChecked ? rule?.rateLimit : undefined,
    routedBy: isReportOnly ? policy.ruleFor(request.pathname) : rule,
    isReportOnly,
    version,
    staleSeconds,
  };
}

function decideEnforced(lookup: PolicyLookup, request: RequestView, now: number, isListed: IsListed): EnforcedDecision {
  const requestClass = classify(request);
  if (!isCrossOrigin(requestClass)) return decideUnchecked(requestClass, lookup, request, now);
  const origin = request.header("origin") ?? "";
  const applying = applyingRule(lookup, request.pathname);
  if (typeof applying === "string") return refuse(requestClass, undefined, { reason: applying });
  const subject: Subject = { rule: applying, allowOrigin: applying.origins.allowsAny(now) ? "*" : origin };
  const denial = denyByOrigin(applying, origin, now, isListed);
  if (requestClass === "actual") return decideActual(subject, denial, request);
  if (denial !== undefined) return refuse(requestClass, applying, denial);
  if (requestClass === "preflight") return decidePreflight(subject, request);
  return grant(requestClass, subject, request);
}

/** The rule that a cross-origin request stands under, or why there is none. */
function applyingRule(lookup: PolicyLookup, pathname: string): CompiledRule | DenialReason {
  if (lookup.kind === "unavailable") return "policy-unavailable";
  if (lookup.kind === "none") return "no-policy";
  if (lookup.policy.isAmbiguous(pathname)) return "ambiguous-path";
  return lookup.policy.ruleFor(pathname) ?? "no-rule";
}

const ORIGIN_REASONS = {
  malformed: "origin-malformed",
  unknown: "policy-unavailable",
  opaque: "origin-opaque",
  expired: "origin-expired",
  "not-allowed": "origin-not-allowed",
} as const;

function denyByOrigin({ origins }: CompiledRule, origin: string, now: number, isListed: IsListed): Denial | undefined {
  const verdict = origins.judge(origin, now, isListed);
  return verdict === "allowed" ? undefined : { reason: ORIGIN_REASONS[verdict] };
}

function denyByMethod({ methods }: CompiledRule, method: string): Denial | undefined {
  return methods.any || methods.names.has(method) ? undefined : { reason: "method-not-allowed", culprit: method };
}

/** @see https://fetch.spec.whatwg.org/#cors-preflight-fetch */
function decidePreflight({ rule, allowOrigin }: Subject, request: RequestView): EnforcedDecision {
  const method = request.header("access-control-request-method") ?? "";
  const headers = rule.requestHeaders.judge(request.header("access-control-request-headers") ?? "");
  if (method.length > MAX_REQUESTED_HEADERS_LENGTH || !isToken(method) || headers === undefined) {
    return refuse("preflight", rule, { reason: "request-malformed" });
  }
  const methodDenial = denyByMethod(rule, method);
  const denial = methodDenial ?? denyByHeaders(headers);
  // A browser that would refuse by itself names the culprit in its console; after a 403 it blames the origin.
  const browserGoesOn = methodDenial === undefined ? rule.requestHeaders.any : SAFELISTED_METHODS.has(method);
  if (denial !== undefined && browserGoesOn) return refuse("preflight", rule, denial);
  const fixed = rule.headers.answeredPreflight(allowOrigin);
  const asked = rule.allowCredentials ? askedFields(rule, method, headers) : [];
  const response = asked.length === 0 ? fixed : { ...fixed, fields: [...fixed.fields, ...asked] };
  return { requestClass: "preflight", rule, denial, action: "answer", response };
}

function denyByHeaders({ denied }: JudgedHeaders): Denial | undefined {
  return denied === undefined ? undefined : { reason: "header-not-allowed", culprit: denied };
}

/** With credentials a browser takes `*` literally, so what it asked for is named. */
function askedFields(
  { methods, requestHeaders }: CompiledRule,
  method: string,
  { allowed }: JudgedHeaders,
): HeaderFields {
  const fields: [string, string][] = methods.any ? [["access-control-allow-methods", method]] : [];
  if (requestHeaders.any && allowed.length > 0) fields.push(["access-control-allow-headers", allowed.join(", ")]);
  return fields;
}

function decideActual(subject: Subject, originDenial: Denial | undefined, request: RequestView): EnforcedDecision {
  const { rule, allowOrigin } = subject;
  const denial = originDenial ?? denyByMethod(rule, request.method);
  if (denial === undefined) return grant("actual", subject, request);
  // Where only the method is at fault, the page may read what is wrong: its origin is allowed.
  const ownResponse = originDenial === undefined ? rule.headers.readable(allowOrigin) : undefined;
  const refused = refuse("actual", rule, denial, ownResponse);
  if (!rule.forwardsDenied) return refused;
  if (originDenial !== undefined && rule.isIsolated && isCrossSiteLoad(request)) {
    return { ...refused, denial: { reason: "cross-site-blocked" } };
  }
  return { ...refused, action: "proxy", response: rule.headers.unreadable, ownResponse: refused.response };
}

function grant(requestClass: RequestClass, { rule, allowOrigin }: Subject, request: RequestView): EnforcedDecision {
  const isShared = allowOrigin === "*" && !isPersonal(request);
  return pass(requestClass, rule, isShared ? rule.headers.shared : rule.headers.readable(allowOrigin));
}

function pass(requestClass: RequestClass, rule: CompiledRule | undefined, response: ResponseHeaders): EnforcedDecision {
  return { requestClass, rule, denial: undefined, action: "proxy", response };
}

function refuse(
  requestClass: RequestClass,
  rule: CompiledRule | undefined,
  denial: Denial,
  response = (rule?.headers ?? WITHOUT_RULE)[requestClass === "preflight" ? "refusedPreflight" : "unreadable"],
): EnforcedDecision {
  return { requestClass, rule, denial, action: "refuse", response };
}

/**
 * Non-CORS and same-origin requests pass, but for loads that the rule isolates from other sites. Under `*` their responses
 * carry what a cross-origin one would, so that a cache can keep one answer for all, unless it may be personal: a browser
 * may hand a cached copy to another page.
 * @see https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches
 */
function decideUnchecked(
  requestClass: RequestClass,
  lookup: PolicyLookup,
  request: RequestView,
  now: number,
): EnforcedDecision {
  const policy = lookup.kind === "found" ? lookup.policy : undefined;
  const rule = policy?.ruleFor(request.pathname);
  // Security: whoever embeds a resource chooses how its path is spelt.
  if (isCrossSiteLoad(request) && policy?.isIsolated(request.pathname)) {
    return refuse(requestClass, rule, { reason: "cross-site-blocked" });
  }
  const isShared =
    rule?.origins.allowsAny(now) === true &&
    !isPersonal(request) &&
    denyByMethod(rule, request.method) === undefined &&
    policy?.isAmbiguous(request.pathname) === false;
  const headers = rule?.headers ?? WITHOUT_RULE;
  return pass(requestClass, rule, isShared ? rule.headers.shared : headers.unreadable);
}

function isPersonal(request: RequestView): boolean {
  return request.header("cookie") !== null || request.header("authorization") !== null;
}
