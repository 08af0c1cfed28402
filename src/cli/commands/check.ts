/** `check`: validates policy files, every issue at once, and whether they do what is expected of them. */

import { basename, dirname } from "node:path";
import type { Command } from "commander";
import { describeIssue } from "../../core/explain/describe-issue.ts";
import { checkExpectations, holds } from "../check-expectations.ts";
import { type CheckedFile, checkPolicy, type ExpiryWarning } from "../check-policies.ts";
import { count, EXIT, paint, say, sayJson } from "../output.ts";
import { placedLine } from "../placed-line.ts";
import { requirePolicyFiles } from "../policy-files.ts";
import { expectationsJson, reportExpectations } from "../report-expectations.ts";
import { describeBound, revocationBounds } from "../revocation-bounds.ts";
import { UsageError } from "../usage-error.ts";

/** Adds the command to the program. */
export function addCheck(program: Command): void {
  program
    .command("check")
    .description(
      "validate all policies, or the files named: every issue at once, with its place, and what is expected of them",
    )
    .argument("[files...]", "policy files; default: all of the directory")
    .option("--json", "for machines")
    .addHelpText("after", "\nExample:\n  $ cors-gateway check policies/api.example.com.json")
    .action(async (paths: string[], options: { json?: true }, command: Command) => {
      const { directory } = command.optsWithGlobals<{ directory: string }>();
      const stray = paths.find((path) => basename(dirname(path)) === "expect");
      if (stray !== undefined) {
        throw new UsageError(
          `${stray} has expectations, which are checked with their policy: name that, or none for all`,
        );
      }
      const checked = requirePolicyFiles(directory, paths).map((file) => checkPolicy(file, Date.now()));
      const expectations = await checkExpectations(directory, checked, paths.length === 0, Date.now());
      if (options.json) sayJson([...checked.map(checkJson), ...expectations.map(expectationsJson)]);
      else {
        report(checked);
        reportExpectations(expectations);
        reportBounds(checked);
      }
      const isFine = checked.every(({ issues }) => issues.length === 0) && expectations.every(holds);
      if (!isFine) process.exitCode = EXIT.findings;
    });
}

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
export function report(checked: readonly CheckedFile[]): void {
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

/** Prints how soon a revocation holds, a line a rule. */
function reportBounds(checked: readonly CheckedFile[]): void {
  for (const { file, document } of checked) {
    if (document === undefined) continue;
    for (const bound of revocationBounds(document)) say(`${file.path}: ${describeBound(bound)}`);
  }
}

function describeExpiry({ code, origin, expires, owner }: ExpiryWarning): string {
  const who = owner === undefined ? "" : ` (owner: ${owner})`;
  return code === "origin-expired"
    ? `the origin "${origin}"${who} is denied since the end of ${expires}; remove it, or move the date`
    : `the origin "${origin}"${who} is denied after ${expires}; move the date if it is still needed`;
}
