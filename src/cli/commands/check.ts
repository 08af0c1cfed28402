/** `check`: validates policy files, every issue at once, and whether they do what is expected of them. */

import { basename, dirname } from "node:path";
import type { Command } from "commander";
import { checkExpectations, holds } from "../check-expectations.ts";
import { type CheckedFile, checkPolicy } from "../check-policies.ts";
import { EXIT, say, sayJson } from "../output.ts";
import { requirePolicyFiles } from "../policy-files.ts";
import { checkJson, reportChecks } from "../report-checks.ts";
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
        reportChecks(checked);
        reportExpectations(expectations);
        reportBounds(checked);
      }
      const isFine = checked.every(({ issues }) => issues.length === 0) && expectations.every(holds);
      if (!isFine) process.exitCode = EXIT.findings;
    });
}

/** Prints how soon a revocation holds, a line a rule. */
function reportBounds(checked: readonly CheckedFile[]): void {
  for (const { file, document } of checked) {
    if (document === undefined) continue;
    for (const bound of revocationBounds(document)) say(`${file.path}: ${describeBound(bound)}`);
  }
}
