/** `rollback`: puts an earlier version into force again. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { checkPolicy } from "../check-policies.ts";
import { compareWithKv } from "../compare-policies.ts";
import { confirm } from "../confirm.ts";
import type { Kv } from "../kv.ts";
import { addKvOptions, type KvOptions, withKv } from "../open-kv.ts";
import { complain, EXIT, paint, say, sayJson } from "../output.ts";
import { fileNameOf, readPolicyFiles, requireHostname } from "../policy-files.ts";
import { clearProgress, showProgress } from "../progress.ts";
import { PublishError, publishPolicy } from "../publish-policy.ts";
import {
  type CurrentPolicy,
  describeCurrent,
  historyKey,
  readCurrentPolicy,
  readHistory,
  type VersionMetadata,
  versionBefore,
} from "../published-policy.ts";
import { reportAccess } from "../report-access.ts";
import { checkJson, reportChecks } from "../report-checks.ts";
import { UsageError } from "../usage-error.ts";
import { wholeNumber } from "../whole-number.ts";

interface RollbackOptions extends KvOptions {
  readonly yes?: true;
  readonly json?: true;
}

const MORE_HELP = `
The old text is checked by today's rules and pushed as a new version, so that the history only grows. Files stay as they
are: pull brings them in line.

Where the document in force was put by hand, or deleted, what was in force before is taken to be the last version in the
history, though its push may have failed: KV does not tell.

Examples:
  $ cors-gateway rollback api.example.com
  $ cors-gateway rollback api.example.com 5 --remote --env production --yes`;

/** Adds the command to the program. */
export function addRollback(program: Command): void {
  const command = program
    .command("rollback")
    .description("put an earlier version of a policy into force again, as a new version")
    .argument("<host>", "the policy's hostname")
    .argument("[version]", "default: what was in force before", wholeNumber(1));
  addKvOptions(command)
    .option("-y, --yes", "do not ask; for CI")
    .option("--json", "for machines")
    .addHelpText("after", MORE_HELP)
    .action(async (host: string, version: number | undefined, options: RollbackOptions, command: Command) => {
      const hostname = requireHostname(host);
      const { directory } = command.optsWithGlobals<{ directory: string }>();
      await withKv(options, (kv) => rollback(kv, directory, hostname, version, options));
    });
}

async function rollback(
  kv: Kv,
  directory: string,
  hostname: string,
  wanted: number | undefined,
  options: RollbackOptions,
): Promise<void> {
  showProgress(`reading ${kv.name} …`);
  const [current, history] = await Promise.all([readCurrentPolicy(kv, hostname), readHistory(kv, hostname)]).finally(
    clearProgress,
  );
  const target = wanted ?? versionBefore(current, history);
  const text = target === undefined ? null : await kv.getText(historyKey(hostname, target));
  if (target === undefined || text === null) throw new UsageError(describeMissing(kv, hostname, target, history));
  const checked = checkPolicy({ path: historyKey(hostname, target), hostname, text }, Date.now());
  if (checked.issues.length > 0) {
    if (options.json) sayJson([checkJson(checked)]);
    else reportChecks([checked]);
    complain(`error: version ${target} is not put into force: by today's rules it has the issues above`);
    process.exitCode = EXIT.findings;
    return;
  }
  if (current?.text === text) {
    if (options.json) sayJson({ hostname, kv: kv.name, state: "unchanged", version: current.version ?? null });
    else say(`nothing to do: ${describeCurrent(current)} of ${hostname} has the text of version ${target}`);
    return;
  }
  if (!options.json) {
    const changes = await compareWithKv(kv, hostname, current?.text, text);
    const effect = changes.length === 0 ? ", and no request is decided otherwise" : "";
    say(`${paint("bold", hostname)}: ${describeCurrent(current)} goes back to the text of version ${target}${effect}`);
    reportAccess(changes);
  }
  const isGuess = wanted === undefined && current?.version === undefined && !history.at(-1)?.byHand;
  if (isGuess) {
    complain(`note: version ${target} is the last of ${hostname}; whether it ever was in force, KV does not tell`);
  }
  if (!(await confirm(`Put version ${target} of ${hostname} into ${kv.name} again?`, options))) {
    complain("nothing was changed");
    process.exitCode = EXIT.findings;
    return;
  }
  const { version, warnings } = await publish(kv, hostname, text, current);
  for (const warning of warnings) complain(`warning: ${warning}`);
  if (options.json) sayJson({ hostname, kv: kv.name, state: "rolled back", version, from: target });
  else {
    say(`${paint("green", "done")}: version ${version} of ${hostname} has the text of version ${target}`);
    tellOfFile(join(directory, fileNameOf(hostname)), directory, hostname, text);
  }
}

function describeMissing(
  kv: Kv,
  hostname: string,
  wanted: number | undefined,
  history: readonly VersionMetadata[],
): string {
  if (history.length === 0) return `there are no versions of ${hostname} in ${kv.name}`;
  if (wanted === undefined) return `there is no version of ${hostname} before the one in force`;
  const numbers = history.map(({ version }) => version);
  return `there is no version ${wanted} of ${hostname} in ${kv.name}; there are ${numbers.join(", ")}`;
}

async function publish(kv: Kv, hostname: string, text: string, shown: CurrentPolicy | null) {
  showProgress(`pushing ${hostname} …`);
  try {
    return await publishPolicy(kv, { hostname, text, shown }, new Date());
  } catch (error) {
    if (!(error instanceof PublishError)) throw error;
    const state = {
      old: `; not rolled back, ${describeCurrent(shown)} of ${hostname} stays in force`,
      other: "",
      unknown: `; see what is in force with: cors-gateway history ${hostname}`,
    }[error.inForce];
    throw new PublishError(`${error.message}${state}`, error.inForce, error);
  } finally {
    clearProgress();
  }
}

function tellOfFile(path: string, directory: string, hostname: string, text: string): void {
  if (existsSync(path) && readPolicyFiles(directory, [path])[0]?.text !== text) {
    say(`${path} was not changed; bring it in line with: cors-gateway pull ${hostname}`);
  }
}
