/** `report`: one HTML page that says who may call what. */

import type { Command } from "commander";
import { count } from "../count.ts";
import type { Kv } from "../kv.ts";
import { addKvOptions, type KvOptions, meansKv, withKv } from "../open-kv.ts";
import { complain, EXIT, say, sayJson } from "../output.ts";
import { reason, requireHostname, requirePolicyFiles, requirePolicyPaths } from "../policy-files.ts";
import { policiesInKv } from "../policy-set.ts";
import { clearProgress, showProgress } from "../progress.ts";
import { reportPage } from "../report/report-page.ts";
import { type ReportedPolicy, readPublished, reportFile } from "../report/reported-policy.ts";
import { UsageError } from "../usage-error.ts";
import { writeWhole } from "../write-whole.ts";

interface ReportOptions extends KvOptions {
  readonly out: string;
  readonly json?: true;
  readonly directory: string;
}

/** Adds the command to the program. */
export function addReport(program: Command): void {
  const command = program
    .command("report")
    .description(
      "write one HTML page: who may call what, findings, expiry dates; with --local or --remote versions, too",
    )
    .argument("[hosts...]", "hostnames; default: every policy")
    .option("-O, --out <file>", "the page; - for standard output", "policies-report.html");
  addKvOptions(command, { fallback: false })
    .option("--json", "for machines")
    .addHelpText("after", "\nExample:\n  $ cors-gateway report --remote --env production --out report.html")
    .action(async (hosts: string[], _: unknown, self: Command) => {
      const options = self.optsWithGlobals<ReportOptions>();
      if (options.json && options.out === "-")
        throw new UsageError("--json needs standard output; name a file: --out FILE");
      const hostnames = [...new Set(hosts.map(requireHostname))];
      const now = Date.now();
      const { policies, source } = await readPolicies(options, hostnames, now);
      write(options.out, await reportPage(policies, source, now));
      tell(policies, options);
    });
}

interface Reported {
  readonly policies: readonly ReportedPolicy[];
  readonly source: string;
}

/** Reads the policies named, or all, from where the options say. */
async function readPolicies(options: ReportOptions, hostnames: readonly string[], now: number): Promise<Reported> {
  const { directory } = options;
  if (meansKv(options)) return withKv(options, (kv) => readKv(kv, hostnames, now).finally(clearProgress));
  const files = requirePolicyFiles(directory, requirePolicyPaths(directory, hostnames));
  return { policies: files.map((file) => reportFile(file, now)), source: directory };
}

async function readKv(kv: Kv, hostnames: readonly string[], now: number): Promise<Reported> {
  showProgress(`reading ${kv.name} …`);
  const named = hostnames.length > 0 ? hostnames : await policiesInKv(kv).hostnames();
  if (named.length === 0) throw new UsageError(`there are no policies in ${kv.name}`);
  return { policies: await readPublished(kv, named, now), source: kv.name };
}

function write(out: string, page: string): void {
  try {
    if (out === "-") process.stdout.write(page);
    else writeWhole(out, page);
  } catch (error) {
    throw new UsageError(`cannot write ${out}: ${reason(error)}`, error);
  }
}

function tell(policies: readonly ReportedPolicy[], { out, json }: ReportOptions): void {
  const unusable = policies.filter(({ document }) => document === undefined);
  if (json) {
    sayJson({
      file: out,
      policies: policies.map(({ file, issues, findings }) => ({
        hostname: file.hostname,
        issues: issues.length,
        findings: findings.length,
      })),
    });
  } else if (out !== "-") {
    const findings = policies.reduce((sum, policy) => sum + policy.findings.length, 0);
    say(`wrote ${out}: ${count(policies.length, "policy")}, ${count(findings, "finding")}`);
  }
  for (const { file } of unusable) complain(`error: ${file.path} cannot be used; the page says why`);
  if (unusable.length > 0) process.exitCode = EXIT.findings;
}
