/** For operators: what in the policy a check passed or failed by. Never for strangers. */

import { decide } from "../decide.ts";
import type { Decision, Denial, DenialReason } from "../decision.ts";
import type { OriginEntry, RuleDocument } from "../document-schema.ts";
import { NON_WILDCARD_REQUEST_HEADER } from "../http-names.ts";
import { nearestMiss } from "../nearest-miss.ts";
import { describeEntry, endOf, fieldsOf } from "../origin-entry.ts";
import { AllowedOrigins, type OriginVerdict } from "../origin-matcher.ts";
import { parsePathPattern } from "../path-pattern.ts";
import { otherReadings } from "../path-readings.ts";
import { PathRules } from "../path-rules.ts";
import type { PageRequest } from "./browser.ts";
import { describeIssue } from "./describe-issue.ts";
import type { ExplainedPolicy } from "./explained-policy.ts";
import { unsafeRequestHeaderNames } from "./safelisted-headers.ts";
import { suggest } from "./suggest.ts";

/** What is checked; `request` is whether the preflight asks in a form that can be answered. */
export type StepName = "policy" | "path" | "rule" | "origin" | "request" | "method" | "headers";

/** A decision with all that it was made from. */
export interface Case {
  readonly policy: ExplainedPolicy;
  readonly request: PageRequest & { readonly url: URL };
  readonly decision: Decision;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What was compared with what. */
export interface Evidence {
  readonly evidence: string;
  /** The entry of the policy that matched. */
  readonly matched?: string;
  /** The entry that would have matched but for a little. */
  readonly nearest?: string;
}

/** At most so many entries of a list are shown. */
const MAX_SHOWN = 5;

/** Says by what a check passed. */
export function tellPassed(step: StepName, known: Case): Evidence {
  return PASSED[step](known);
}

/** Says by what a check failed. */
export function tellFailed(denial: Denial, known: Case): Evidence {
  return FAILED[denial.reason](known);
}

const PASSED: Readonly<Record<StepName, (known: Case) => Evidence>> = {
  policy: ({ policy: { place }, decision: { version, isReportOnly } }) => ({
    evidence: `${place}${version === undefined ? "" : `, version ${version}`}${isReportOnly ? ", report-only" : ""}`,
  }),
  path: ({ request }) => ({ evidence: request.url.pathname }),
  rule: (known) => {
    const matched = ruleOf(known)?.paths.find((path) => matchesPath(path, known.request.url.pathname)) ?? "";
    const limit = known.decision.rule?.rateLimit;
    const counted = limit === undefined ? "" : `; requests also count for the rate limit ${limit}`;
    return { evidence: `${quote(nameOf(known))} by its path ${quote(matched)}${counted}`, matched };
  },
  origin: (known) => {
    const entry = entryJudged("allowed", known) ?? known.request.origin;
    const { expires } = fieldsOf(entry);
    const until = expires === undefined ? "" : ` until ${expires}`;
    const matched = describeEntry(entry);
    return { evidence: `${known.request.origin} is allowed by ${quote(matched)}${until}`, matched };
  },
  request: () => ({ evidence: "well-formed" }),
  method: (known) => {
    const { method } = known.request;
    const { allowMethods = [] } = ruleOf(known) ?? {};
    const matched = allowMethods.includes(method) ? method : allowMethods.includes("*") ? "*" : "GET";
    return { evidence: `${method} is allowed${matched === method ? "" : ` by ${quote(matched)}`}`, matched };
  },
  headers: ({ request: { headers } }) => {
    const names = unsafeRequestHeaderNames(headers);
    return { evidence: names.length === 0 ? "none that need asking" : `${list(names)} allowed` };
  },
};

const FAILED: Readonly<Record<DenialReason, (known: Case) => Evidence>> = {
  "policy-unavailable": ({ policy: { place, issues }, decision: { rule } }) => ({
    evidence:
      rule !== undefined
        ? `whether a list of the rule ${quote(rule.name)} has the origin is not known; ask the KV that has it: --local or --remote`
        : `${place} cannot be used: ${issues.slice(0, MAX_SHOWN).map(describeIssue).join("; ")}${rest(issues)}`,
  }),
  "no-policy": ({ policy: { place }, request: { url } }) => ({
    evidence: `there is none for ${url.hostname}: neither ${place} nor a wildcard's`,
  }),
  "ambiguous-path": ({ policy: { lookup }, request: { url } }) => {
    const ruleAt = (path: string) => {
      const rule = lookup.kind === "found" ? lookup.policy.ruleFor(path) : undefined;
      return rule === undefined ? "no rule" : `the rule ${quote(rule.name)}`;
    };
    const asSent = ruleAt(url.pathname);
    const other = otherReadings(url.pathname).find((path) => ruleAt(path) !== asSent) ?? "";
    return {
      evidence: `${url.pathname} is under ${asSent}, but an upstream may read it as ${other}, under ${ruleAt(other)}`,
      nearest: other,
    };
  },
  "no-rule": ({ policy: { document }, request: { url } }) => {
    const paths = document?.rules.flatMap((rule) => rule.paths) ?? [];
    return { evidence: `no rule is for ${url.pathname}; the rules' paths are ${list(paths)}` };
  },
  "origin-malformed": ({ request: { origin } }) => {
    const nearest = suggest({ code: "origin-invalid", pointer: "", found: origin });
    return {
      evidence: `no browser sends ${quote(origin)}${nearest === undefined ? "" : `; it would send ${quote(nearest)}`}`,
      ...(nearest !== undefined && { nearest }),
    };
  },
  "origin-opaque": (known) => ({
    evidence: `the origin is null (a sandboxed frame, a local file, or a redirect), which the rule ${quote(nameOf(known))} does not list`,
  }),
  "origin-expired": (known) => {
    const entry = entryJudged("expired", known);
    const { expires = "", owner } = entry === undefined ? {} : fieldsOf(entry);
    return {
      evidence: `${known.request.origin} was allowed until ${expires}${owner === undefined ? "" : ` (owner: ${owner})`}`,
      ...(entry !== undefined && { nearest: describeEntry(entry) }),
    };
  },
  "origin-not-allowed": (known) => {
    const { origin } = known.request;
    const nearest = nearestMiss(known.decision.rule?.nearPatterns ?? [], origin, known.now);
    return {
      evidence: `the rule ${quote(nameOf(known))} does not allow ${origin}${nearest === undefined ? "" : `; it does allow ${nearest}`}`,
      ...(nearest !== undefined && { nearest }),
    };
  },
  "request-malformed": () => ({
    evidence: "more is asked than the gateway reads: over 128 header names, over 8 KiB, or what is no name",
  }),
  "method-not-allowed": (known) => ({
    evidence: `the rule ${quote(nameOf(known))} does not allow ${known.request.method}; it allows ${list(ruleOf(known)?.allowMethods ?? [])}`,
  }),
  "header-not-allowed": (known) => {
    const { allowHeaders = [] } = ruleOf(known) ?? {};
    const missing = missingHeaders(known);
    const isStarShort = allowHeaders.includes("*") && missing.includes(NON_WILDCARD_REQUEST_HEADER);
    return {
      evidence: isStarShort
        ? `"*" covers every header but ${NON_WILDCARD_REQUEST_HEADER}, which must be listed beside it`
        : `the rule ${quote(nameOf(known))} does not allow ${list(missing)}; it allows ${list(allowHeaders)}`,
    };
  },
  "cross-site-blocked": (known) => ({
    evidence: `the rule ${quote(nameOf(known))} is isolated: pages of other sites may load with CORS only`,
  }),
  "rate-limited": (known) => ({
    evidence: `the rate limit ${known.decision.rule?.rateLimit} of the rule ${quote(nameOf(known))} is used up for the moment`,
  }),
};

/** Every requested header name that is not allowed; the decision itself stops at the first. */
export function missingHeaders({
  policy: { lookup, isListed },
  request,
  now,
}: Omit<Case, "decision">): readonly string[] {
  return unsafeRequestHeaderNames(request.headers).filter((name) => {
    const fields: Readonly<Record<string, string>> = {
      origin: request.origin,
      "access-control-request-method": request.method,
      "access-control-request-headers": name,
    };
    const { origin: urlOrigin, pathname } = request.url;
    const asked = { method: "OPTIONS", urlOrigin, pathname, header: (field: string) => fields[field] ?? null };
    return decide(lookup, asked, now, isListed).denial?.reason === "header-not-allowed";
  });
}

function nameOf({ decision }: Case): string {
  return decision.rule?.name ?? "";
}

function ruleOf({ policy: { document }, decision: { rule } }: Case): RuleDocument | undefined {
  return document?.rules.find(({ name }) => name === rule?.name);
}

function matchesPath(path: string, pathname: string): boolean {
  const pattern = parsePathPattern(path);
  if (pattern === undefined) return false;
  const paths = new PathRules();
  paths.add(pattern, 0);
  return paths.match(pathname) === 0;
}

/** The entry that, standing alone, makes this of the origin; the last to end, and the origin itself before wildcards. */
function entryJudged(verdict: OriginVerdict, known: Case): OriginEntry | undefined {
  const entries = ruleOf(known)?.allowOrigins.filter((entry) => judgeBy(entry, known) === verdict) ?? [];
  const endsAt = (entry: OriginEntry) => endOf(fieldsOf(entry)) ?? Number.POSITIVE_INFINITY;
  const latest = entries.reduce((end, entry) => Math.max(end, endsAt(entry)), Number.NEGATIVE_INFINITY);
  const last = entries.filter((entry) => endsAt(entry) === latest);
  return last.find((entry) => fieldsOf(entry).origin === known.request.origin) ?? last[0];
}

function judgeBy(entry: OriginEntry, { policy, request: { origin }, now }: Case): OriginVerdict | undefined {
  const fields = fieldsOf(entry);
  if (fields.list !== undefined) return policy.isListed(fields.list, origin) === true ? "allowed" : undefined;
  return new AllowedOrigins([{ pattern: fields.origin, endsAt: endOf(fields) }]).judge(origin, now);
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : `${names.slice(0, MAX_SHOWN).join(", ")}${rest(names)}`;
}

function rest(entries: readonly unknown[]): string {
  return entries.length > MAX_SHOWN ? ` and ${entries.length - MAX_SHOWN} more` : "";
}
