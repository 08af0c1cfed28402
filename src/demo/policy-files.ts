/** The files of policies/, checked as the CLI checks them. */

import { relative } from "node:path";
import { checkPolicy } from "../cli/check-policies.ts";
import { placedLine } from "../cli/placed-line.ts";
import { readPolicyFiles } from "../cli/policy-files.ts";
import { describeIssue } from "../core/explain/describe-issue.ts";
import { policyKey } from "../core/hostname.ts";

/** Policy files that cannot be used; the message has a line for every issue. */
export class PolicyFilesError extends Error {
  constructor(lines: readonly string[]) {
    super(lines.join("\n"));
    this.name = "PolicyFilesError";
  }
}

/**
 * Reads the policy documents of a folder, by their keys in KV.
 * @throws PolicyFilesError with every issue of every file; UsageError for a folder or file that cannot be read
 */
export function readPolicies(folder: string): ReadonlyMap<string, string> {
  const files = readPolicyFiles(folder);
  const faults = files.flatMap((file) =>
    checkPolicy(file, Date.now()).issues.map((issue) =>
      placedLine(relative(process.cwd(), file.path), issue, "error", describeIssue(issue)),
    ),
  );
  if (faults.length > 0) throw new PolicyFilesError(faults);
  return new Map(files.map(({ hostname, text }) => [policyKey(hostname), text]));
}
