/** The audit: what is valid in a policy, and unwise. */

import type { PolicyDocument } from "../../core/document-schema.ts";
import { jsonPointer, type Keys } from "../../core/issue.ts";
import { type AuditedPolicy, type AuditRule, type Hit, SEVERITIES } from "./audit-rule.ts";
import { HANDLING_RULES } from "./handling-rules.ts";
import { HEADER_RULES } from "./header-rules.ts";
import { ORIGIN_RULES } from "./origin-rules.ts";

/** Every kind of finding, gravest first. */
export const AUDIT_RULES: readonly AuditRule[] = [...HANDLING_RULES, ...ORIGIN_RULES, ...HEADER_RULES].sort(
  (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
);

/** Something valid and unwise at one place of a document. */
export interface AuditFinding extends Omit<Hit, "keys"> {
  readonly rule: AuditRule;
  readonly pointer: string;
  /** What the finding is about, by names and not by numbers: the same after lines have moved. */
  readonly subject: string;
}

/** Audits a policy: all findings, gravest first. Pure, no clock. */
export function auditPolicy(policy: AuditedPolicy): AuditFinding[] {
  return AUDIT_RULES.flatMap((rule) =>
    rule.find(policy).map(({ keys, ...hit }) => ({
      rule,
      ...hit,
      pointer: jsonPointer(keys),
      subject: subjectOf(policy.document, keys),
    })),
  );
}

/** @example subjectOf(document, ["rules", 0, "allowOrigins", 3]) // 'orders/allowOrigins/https://shop.example.com' */
function subjectOf(document: PolicyDocument, keys: Keys): string {
  let value: unknown = document;
  return keys
    .flatMap((key) => {
      value = (value as Record<string | number, unknown>)[key];
      if (key === "rules") return [];
      if (typeof key === "string") return [key];
      const named = value as { name?: string; origin?: string };
      return [typeof value === "string" ? value : (named.name ?? named.origin ?? String(key))];
    })
    .join("/");
}
