/** What to change so that a page's request is granted. */

import type { DenialReason } from "../decision.ts";
import type { PolicyDocument, RuleDocument } from "../document-schema.ts";
import type { PolicyIssue } from "../issue.ts";
import { parsePathPattern } from "../path-pattern.ts";
import { type ExplainedRequest, type Explanation, explain } from "./explain.ts";
import { STEP_OF } from "./explain-steps.ts";
import { type ExplainedPolicy, explainedPolicy } from "./explained-policy.ts";
import { missingHeaders } from "./step-evidence.ts";
import { suggest } from "./suggest.ts";

/** A change of the policy, or of something else where no policy can help. */
export type Remedy =
  | PolicyChange
  | { readonly kind: "write-policy" }
  | { readonly kind: "correct-policy" }
  | { readonly kind: "add-path"; readonly path: string }
  /** The path itself is no pattern, or one for other paths, too. */
  | { readonly kind: "add-pattern"; readonly path: string }
  /** Listed, this would stand for more than itself. */
  | { readonly kind: "leave-denied"; readonly found: string }
  | { readonly kind: "send-plain-path"; readonly path: string }
  | { readonly kind: "send-origin"; readonly origin: string | undefined }
  | { readonly kind: "renew-origin"; readonly rule: string; readonly origin: string }
  | { readonly kind: "write-upper-case"; readonly method: string }
  | { readonly kind: "ask-for-less" }
  | { readonly kind: "load-with-cors"; readonly rule: string }
  | { readonly kind: "raise-limit"; readonly rule: string };

/** A change of a rule. Where the changed policy would be refused, the first issue of it. */
type PolicyChange = (Addition | { readonly kind: "allow-credentials"; readonly rule: string }) & {
  readonly issue?: PolicyIssue;
};

interface Addition {
  readonly kind: "add";
  readonly rule: string;
  readonly field: "allowOrigins" | "allowMethods" | "allowHeaders";
  readonly values: readonly string[];
}

/** Each makes the next check pass, and there are only so many checks. */
const MAX_REMEDIES = 6;

/**
 * Everything to change, in the order of the checks, so that the page gets what it asks for. Changes of the policy are
 * tried out: the decision about the next one is made under a policy with the ones before.
 * Empty where the page already gets it.
 */
export function findRemedies(policy: ExplainedPolicy, request: ExplainedRequest, now: number): readonly Remedy[] {
  const remedies: Remedy[] = [];
  let current = policy;
  while (remedies.length < MAX_REMEDIES) {
    const remedy = remedyOf(current, explain(current, request, now), now);
    if (remedy === undefined) return remedies;
    if (!isChange(remedy) || current.document === undefined) return [...remedies, remedy];
    const changed = withChange(current.document, remedy);
    current = explainedPolicy(policy.place, JSON.stringify(changed), undefined, policy.isListed);
    const [issue] = current.issues;
    if (issue !== undefined) return [...remedies, { ...remedy, issue }];
    remedies.push(remedy);
  }
  return remedies;
}

function isChange(remedy: Remedy): remedy is PolicyChange {
  return remedy.kind === "add" || remedy.kind === "allow-credentials";
}

function remedyOf(policy: ExplainedPolicy, explanation: Explanation, now: number): Remedy | undefined {
  const { decisive, outcome, request } = explanation;
  const rule = decisive.rule?.name ?? "";
  if (decisive.denial !== undefined) {
    const headers = missingHeaders({ policy, request, now });
    const { origin, method, url } = request;
    return remedyFor({ reason: decisive.denial.reason, rule, origin, method, headers, path: url.pathname });
  }
  const { kind } = outcome.kind === "left-to-upstream" ? outcome.enforced : outcome;
  // What the gateway grants and the browser refuses all the same lacks credentials.
  const lacksCredentials = kind === "blocked-before" || kind === "blocked-after";
  return lacksCredentials ? { kind: "allow-credentials", rule } : undefined;
}

/** True for the code of a denial that this version knows. */
export function isDenialReason(code: string): code is DenialReason {
  return Object.hasOwn(STEP_OF, code);
}

/** What is to be known of a denial to tell what to change. */
export interface DeniedRequest {
  readonly reason: DenialReason;
  readonly rule: string;
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  /** The header names that are not allowed. */
  readonly headers: readonly string[];
}

/** What to change so that a request is not denied for this reason any more. */
export function remedyFor({ reason, rule, origin, path, method, headers }: DeniedRequest): Remedy {
  switch (reason) {
    case "policy-unavailable":
      return { kind: "correct-policy" };
    case "no-policy":
      return { kind: "write-policy" };
    case "ambiguous-path":
      return { kind: "send-plain-path", path };
    case "no-rule":
      return { kind: isForItselfAlone(path) ? "add-path" : "add-pattern", path };
    case "origin-malformed": {
      return { kind: "send-origin", origin: suggest({ code: "origin-invalid", pointer: "", found: origin }) };
    }
    case "origin-expired":
      return { kind: "renew-origin", rule, origin };
    case "origin-opaque":
    case "origin-not-allowed":
      return addition(rule, "allowOrigins", [origin]);
    case "request-malformed":
      return { kind: "ask-for-less" };
    case "method-not-allowed":
      // No policy can list a method with a lower-case letter.
      if (method !== method.toUpperCase()) return { kind: "write-upper-case", method };
      return addition(rule, "allowMethods", [method]);
    case "header-not-allowed":
      return addition(rule, "allowHeaders", headers);
    case "cross-site-blocked":
      return { kind: "load-with-cors", rule };
    case "rate-limited":
      return { kind: "raise-limit", rule };
  }
}

/** Security: strangers choose what is denied, and with a wildcard in it, it must not be advised to list it. */
function addition(rule: string, field: Addition["field"], wanted: readonly string[]): Remedy {
  const isWildcard = (value: string) => (field === "allowOrigins" ? value.includes("*") : value === "*");
  const values = wanted.filter((value) => !isWildcard(value));
  const [found] = wanted;
  return values.length === 0 && found !== undefined
    ? { kind: "leave-denied", found }
    : { kind: "add", rule, field, values };
}

function isForItselfAlone(path: string): boolean {
  const pattern = parsePathPattern(path);
  return pattern !== undefined && !pattern.hasRest && !pattern.segments.includes(null);
}

function withChange(document: PolicyDocument, change: PolicyChange): PolicyDocument {
  const rules = document.rules.map((rule) => (rule.name === change.rule ? changedRule(rule, change) : rule));
  return { ...document, rules };
}

function changedRule(rule: RuleDocument, change: PolicyChange): RuleDocument {
  if (change.kind === "allow-credentials") return { ...rule, allowCredentials: true };
  return { ...rule, [change.field]: [...rule[change.field], ...change.values] };
}
