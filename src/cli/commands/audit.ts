/** `audit`: what is valid in policy files, and unwise. */

import { type Command, Option } from "commander";
import { auditFile } from "../audit/audit-file.ts";
import { SEVERITIES, type Severity } from "../audit/audit-rule.ts";
import { auditJson, reportAudit } from "../audit/report-audit.ts";
import { toSarif } from "../audit/sarif.ts";
import { checkPolicy } from "../check-policies.ts";
import { EXIT, sayJson } from "../output.ts";
import { requirePolicyFiles } from "../policy-files.ts";
import { reportChecks } from "../report-checks.ts";

interface AuditOptions {
  readonly failOn: Severity;
  readonly json?: true;
  readonly sarif?: true;
}

/** Adds the command to the program. */
export function addAudit(program: Command): void {
  program
    .command("audit")
    .description("what is valid in the policies, or in the files named, and unwise: why, and what to write")
    .argument("[files...]", "policy files; default: all of the directory")
    .addOption(
      new Option("--fail-on <severity>", "the least severity that makes the exit code 1")
        .choices(SEVERITIES)
        .default("low"),
    )
    .option("--json", "for machines")
    .addOption(new Option("--sarif", "SARIF 2.1.0, for code-scanning pages").conflicts("json"))
    .addHelpText("after", "\nExample:\n  $ cors-gateway audit --sarif --fail-on high > audit.sarif")
    .action((paths: string[], { failOn, json, sarif }: AuditOptions, command: Command) => {
      const { directory } = command.optsWithGlobals<{ directory: string }>();
      const now = Date.now();
      const audited = requirePolicyFiles(directory, paths).map((file) => auditFile(checkPolicy(file, now), now));
      const invalid = audited.filter(({ issues }) => issues.length > 0);
      if (json) sayJson(audited.map(auditJson));
      else if (sarif) sayJson(toSarif(audited, process.cwd()));
      else {
        if (invalid.length > 0) reportChecks(invalid);
        reportAudit(audited.filter(({ document }) => document !== undefined));
      }
      const worst = SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1);
      const fails = audited.some(({ findings }) => findings.some(({ rule }) => worst.includes(rule.severity)));
      if (invalid.length > 0 || fails) process.exitCode = EXIT.findings;
    });
}
