/** What checking found in policy files, for people and for machines. */

import { describeIssue } from "../core/explain/describe-issue.ts";
import type { CheckedFile, ExpiryWarning } from "./check-policies.ts";
import { count } from "./count.ts";
import { paint, say } from "./output.ts";
import { placedLine } from "./placed-line.ts";
import { revocationBounds } from "./revocation-bounds.ts";

/** What was found in a file, for machines. */
export function checkJson({ file, document, issues, warnings }: CheckedFile): object {
  return {
    file: file.path,
    hostname: file.hostname,
    ok: issues.length === 0,
    issues: issues.map((issue) => ({ ...issue, message: describeIssue(issue) })),
    warnings: warnings.map((warning) => ({ ...warning, message: describeExpiry(warning) })),
    revocation: document === undefined ? [] : revocationBounds(document),
  };
}

/** Prints what was found, a line each, and a line that counts. */
export function reportChecks(checked: readonly CheckedFile[]): void {
  for (const { file, issues, warnings } of checked) {
    for (const issue of issues) say(placedLine(file.path, issue, "error", describeIssue(issue)));
    for (const warning of warnings) say(placedLine(file.path, warning, "warning", describeExpiry(warning)));
  }
  const issues = checked.reduce((sum, file) => sum + file.issues.length, 0);
  const warnings = checked.reduce((sum, file) => sum + file.warnings.length, 0);
  const result = issues === 0 ? paint("green", "ok") : paint("red", count(issues, "issue"));
  say(
    `${count(checked.length, "policy")} checked: ${result}${warnings === 0 ? "" : `, ${count(warnings, "warning")}`}`,
  );
}

function describeExpiry({ code, origin, expires, owner }: ExpiryWarning): string {
  const who = owner === undefined ? "" : ` (owner: ${owner})`;
  return code === "origin-expired"
    ? `the origin "${origin}"${who} is denied since the end of ${expires}; remove it, or move the date`
    : `the origin "${origin}"${who} is denied after ${expires}; move the date if it is still needed`;
}
