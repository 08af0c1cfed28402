/** From a draft to a policy that passes every check: what the policy language refuses is left out, and said. */

import { describeIssue } from "../../core/explain/describe-issue.ts";
import type { IssueCode, PolicyIssue } from "../../core/issue.ts";
import { checkPolicy } from "../check-policies.ts";
import { UsageError } from "../usage-error.ts";
import type { Draft, DraftRule, ListField, Remark, Remarks } from "./draft.ts";
import { literalBeginning, mayMatchBelow } from "./path-regexp.ts";

/** A policy from elsewhere, and all in which it differs from its source. */
export interface ImportedPolicy {
  /** The document as text; undefined where nothing is left to be granted. */
  readonly text: string | undefined;
  /** What the source grants and the policy does not. */
  readonly refused: readonly Remark[];
  /** What has no counterpart, and changes nothing about who may call what. */
  readonly notCarried: readonly Remark[];
}

/** What the operator said about the policy. */
export interface Target {
  readonly hostname: string;
  readonly upstream?: string | undefined;
}

/** What no page could send or read anyway. */
const WITHOUT_EFFECT: ReadonlySet<IssueCode> = new Set([
  "method-forbidden",
  "header-forbidden",
  "header-of-response",
  "header-not-exposable",
]);

/**
 * Settles what a source's options mean as a policy.
 * Security: the policy never grants what the source does not; a danger is never acknowledged by an import.
 * @param read reads the source, and remarks on what it leaves out
 * @throws UsageError where what the operator said is refused
 */
export function settle(read: (remarks: Remarks) => Draft, target: Target): ImportedPolicy {
  const refused: Remark[] = [];
  const notCarried: Remark[] = [];
  const remarks: Remarks = {
    refuse: (option, message) => refused.push({ option, message }),
    leave: (option, message) => notCarried.push({ option, message }),
  };
  const draft = read(remarks);
  const rules = dropUnreachable(dropExposed(dropRefused(draft, target, remarks), remarks), target);
  return { text: rules.length === 0 ? undefined : textOf(rules, target), refused, notCarried };
}

/** The rules without what the policy language refuses. */
function dropRefused({ rules, optionNames }: Draft, target: Target, remarks: Remarks): readonly DraftRule[] {
  const places = rules.flatMap((rule, index) => (hasContent(rule) ? [index] : []));
  if (places.length === 0) return rules;
  const issues = issuesOf(
    places.flatMap((index) => rules[index] ?? []),
    target,
  );
  const dropped = new Set<string>();
  for (const issue of issues) {
    if (issue.code === "rule-unreachable") continue;
    const [, place, field, entry] = /^\/rules\/([0-9]+)\/(\w+)\/([0-9]+)$/.exec(issue.pointer) ?? [];
    const option = optionNames[field as ListField];
    if (place === undefined || option === undefined) throw new UsageError(describeIssue(issue));
    dropped.add(`${places[Number(place)]}/${field}/${entry}`);
    remarks[WITHOUT_EFFECT.has(issue.code) ? "leave" : "refuse"](option, describeIssue(issue));
  }
  return rules.map((rule, index) => {
    const keep = (field: ListField) => rule[field].filter((_, entry) => !dropped.has(`${index}/${field}/${entry}`));
    return {
      ...rule,
      allowOrigins: keep("allowOrigins"),
      allowMethods: keep("allowMethods"),
      allowHeaders: keep("allowHeaders"),
      exposeHeaders: keep("exposeHeaders"),
    };
  });
}

function issuesOf(rules: readonly DraftRule[], target: Target): readonly PolicyIssue[] {
  const file = { path: "", hostname: target.hostname, text: textOf(rules, target) };
  return checkPolicy(file, 0).issues;
}

/** The rules that can match; a source may well have others. */
function dropUnreachable(rules: readonly DraftRule[], target: Target): readonly DraftRule[] {
  if (rules.length === 0) return rules;
  const unreachable = new Set(issuesOf(rules, target).map(({ pointer }) => pointer));
  return rules.filter((_, index) => !unreachable.has(`/rules/${index}`));
}

function hasContent({ paths, allowOrigins }: DraftRule): boolean {
  return paths.length > 0 && allowOrigins.length > 0;
}

/**
 * The rules that may stand.
 * Security: a path that the source treats by a rule which is not here must not fall to a later rule, which may grant more.
 */
function dropExposed(rules: readonly DraftRule[], remarks: Remarks): readonly DraftRule[] {
  const uncovered: string[] = [];
  const standing: DraftRule[] = [];
  for (const rule of rules) {
    const exposed = uncovered.find((beginning) => rule.paths.some((path) => mayMatchBelow(path, beginning)));
    if (exposed === undefined && hasContent(rule)) standing.push(rule);
    else {
      uncovered.push(...rule.paths.map(literalBeginning));
      if (exposed !== undefined && hasContent(rule)) {
        remarks.refuse(
          `paths ${rule.paths.join(", ")}`,
          `this rule would also apply to paths under "${exposed || "/"}" that an earlier one stands for in the source; write both by hand`,
        );
      }
    }
    if (rule.uncovered !== undefined) uncovered.push(rule.uncovered);
  }
  return standing;
}

function textOf(rules: readonly DraftRule[], { upstream }: Target): string {
  const document = {
    $schema: "./policy.schema.json",
    ...(upstream !== undefined && { upstream }),
    rules: rules.map(
      ({ name, paths, allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials, maxAge }) => ({
        name,
        paths,
        allowOrigins,
        allowMethods,
        ...(allowHeaders.length > 0 && { allowHeaders }),
        ...(exposeHeaders.length > 0 && { exposeHeaders }),
        ...(allowCredentials && { allowCredentials }),
        maxAge,
      }),
    ),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
