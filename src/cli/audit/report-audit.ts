/** Findings of the audit for people and for machines. */

import { count } from "../count.ts";
import { escapeControls } from "../escape-controls.ts";
import { paint, say } from "../output.ts";
import { checkJson } from "../report-checks.ts";
import type { AuditedFile, PlacedFinding } from "./audit-file.ts";
import { SEVERITIES, type Severity } from "./audit-rule.ts";

const STYLES = { high: "red", medium: "yellow", low: "cyan" } as const;

/** Prints the findings of every file, why each kind matters where it is met first, and a line that counts. */
export function reportAudit(audited: readonly AuditedFile[]): void {
  const explained = new Set<string>();
  for (const { file, findings } of audited) {
    if (findings.length === 0) continue;
    say(paint("underline", escapeControls(file.path)));
    const width = Math.max(...findings.map((finding) => placeOf(finding).length));
    for (const finding of findings) reportFinding(finding, width, explained);
    say();
  }
  say(`${count(audited.length, "policy")} audited: ${summaryOf(audited)}`);
}

function reportFinding(finding: PlacedFinding, width: number, explained: Set<string>): void {
  const { rule, message, fix } = finding;
  const severity = paint(STYLES[rule.severity], rule.severity.padEnd(6));
  const margin = " ".repeat(width + 4);
  say(`  ${placeOf(finding).padEnd(width)}  ${severity}  ${escapeControls(message)} ${paint("dim", `[${rule.code}]`)}`);
  if (!explained.has(rule.code)) say(paint("dim", `${margin}why     ${rule.why}`));
  explained.add(rule.code);
  say(`${margin}fix     ${escapeControls(fix)}`);
}

function placeOf({ line, column }: PlacedFinding): string {
  return `${line}:${column}`;
}

/** `2 high, 1 low`, or `no findings`. */
function summaryOf(audited: readonly AuditedFile[]): string {
  const counts = countBySeverity(audited.flatMap(({ findings }) => findings));
  const parts = SEVERITIES.filter((severity) => counts[severity] > 0).map((severity) =>
    paint(STYLES[severity], `${counts[severity]} ${severity}`),
  );
  return parts.length === 0 ? paint("green", "no findings") : parts.join(", ");
}

/** How many findings there are of each severity. */
export function countBySeverity(findings: readonly PlacedFinding[]): Record<Severity, number> {
  const counts = { high: 0, medium: 0, low: 0 };
  for (const { rule } of findings) counts[rule.severity]++;
  return counts;
}

/** What was found in a file, for machines: what `check` says, and the findings. */
export function auditJson(audited: AuditedFile): object {
  return {
    ...checkJson(audited),
    findings: audited.findings.map(({ rule, message, fix, pointer, line, column, endLine, endColumn }) => ({
      code: rule.code,
      severity: rule.severity,
      pointer,
      line,
      column,
      endLine,
      endColumn,
      message,
      why: rule.why,
      fix,
    })),
  };
}
