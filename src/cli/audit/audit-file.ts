/** A policy file and what the audit finds in it, each finding with its place. */

import type { CheckedFile } from "../check-policies.ts";
import { createSpanLocator, type Span } from "../positions.ts";
import { type AuditFinding, auditPolicy } from "./audit-policy.ts";

/** A finding with its place in the file. */
export type PlacedFinding = AuditFinding & Span;

/** A checked file, and its findings in the order of their places; none where it has issues. */
export interface AuditedFile extends CheckedFile {
  readonly findings: readonly PlacedFinding[];
}

/**
 * Audits a file that was checked.
 * @param now milliseconds since the epoch
 */
export function auditFile(checked: CheckedFile, now: number): AuditedFile {
  const { file, document } = checked;
  if (document === undefined) return { ...checked, findings: [] };
  const locate = createSpanLocator(file.text);
  const findings = auditPolicy({ hostname: file.hostname, document, now })
    .map((finding) => ({ ...finding, ...locate(finding.pointer) }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
  return { ...checked, findings };
}
