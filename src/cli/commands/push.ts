/** `push`: puts policy files into force. */

import type { Command } from "commander";
import { type Candidate, readCandidates, showCandidate } from "../candidates.ts";
import { type CheckedExpectations, checkExpectations, holds } from "../check-expectations.ts";
import { type CheckedFile, checkPolicy } from "../check-policies.ts";
import { confirm } from "../confirm.ts";
import { count } from "../count.ts";
import { type Kv, KvError } from "../kv.ts";
import { addKvOptions, type KvOptions, withKv } from "../open-kv.ts";
import { complain, EXIT, paint, say, sayJson } from "../output.ts";
import { requireHostname, requirePolicyFiles, requirePolicyPaths } from "../policy-files.ts";
import { clearProgress, showProgress } from "../progress.ts";
import { missingLists } from "../publish-list.ts";
import { conflict, PublishError, publishPolicy } from "../publish-policy.ts";
import { type CurrentPolicy, describeCurrent } from "../published-policy.ts";
import { accessJson } from "../report-access.ts";
import { checkJson, reportChecks } from "../report-checks.ts";
import { expectationsJson, reportExpectations } from "../report-expectations.ts";
import { UsageError } from "../usage-error.ts";
import { parseEdge, waitForVersion } from "../wait-for-version.ts";
import { wholeNumber } from "../whole-number.ts";

interface PushOptions extends KvOptions {
  readonly yes?: true;
  readonly expect?: number;
  readonly wait?: string;
  readonly waitTimeout: number;
  readonly json?: true;
}

/** What became of a file. */
interface Pushed {
  readonly hostname: string;
  readonly state: "pushed" | "unchanged";
  readonly version: number | undefined;
  /** What changes for pages, for machines. */
  readonly changes: readonly object[];
}

const MORE_HELP = `
Every push is a new version, and the last 50 are kept: see history and rollback. A document that was put by other means
goes into the history before it is overwritten. A push that fails half-way leaves the old policy in force, and says so.

KV cannot compare and set. Push reads again right before it writes, but of two pushes within the same moment, or within
the minute that Cloudflare takes to show a change everywhere, the last one wins. Both texts are in the history, but for the
gap that docs/publishing.md names.

Examples:
  $ cors-gateway push api.example.com
  $ cors-gateway push --remote --env production --yes
  $ cors-gateway push api.example.com --remote --expect 7 --wait https://api.example.com/`;

/** Adds the command to the program. */
export function addPush(program: Command): void {
  const command = program
    .command("push")
    .description("put policies into force: checks, shows what changes, asks, writes")
    .argument("[hosts...]", "hostnames; default: every file of the directory");
  addKvOptions(command)
    .option("-y, --yes", "do not ask; for CI")
    .option("--expect <version>", "refuse if another version is in force; 0 for none (one HOST)", wholeNumber(0))
    .option("--wait <url>", "ask the gateway at this URL until it decides by the new version (one HOST)")
    .option("--wait-timeout <seconds>", "so long at most", wholeNumber(1), 120)
    .option("--json", "for machines")
    .addHelpText("after", MORE_HELP)
    .action(async (hosts: string[], options: PushOptions, command: Command) => {
      const { directory } = command.optsWithGlobals<{ directory: string }>();
      const hostnames = [...new Set(hosts.map(requireHostname))];
      if (hostnames.length !== 1 && (options.expect ?? options.wait) !== undefined) {
        throw new UsageError(
          `${options.wait === undefined ? "--expect" : "--wait"} is about one policy: name one HOST`,
        );
      }
      const edge = options.wait === undefined ? undefined : parseEdge(options.wait);
      const checked = checkFiles(directory, hostnames);
      if (!isUsable(checked, options)) return;
      const expectations = await checkExpectations(directory, checked, hostnames.length === 0, Date.now());
      if (!areMet(expectations, options)) return;
      await withKv(options, (kv) => push(kv, checked, options, edge));
    });
}

/** Says what is wrong with the files; false, and exit code 1, where that keeps them from being pushed. */
function isUsable(checked: readonly CheckedFile[], { json }: PushOptions): boolean {
  const isGood = checked.every(({ issues }) => issues.length === 0);
  if (json && !isGood) sayJson(checked.map(checkJson));
  if (!json && checked.some(({ issues, warnings }) => issues.length + warnings.length > 0)) reportChecks(checked);
  return isGood || refuse("nothing was pushed: the policies above have issues");
}

/** Says what does not hold, or was not checked; false, and exit code 1, where that keeps the files from being pushed. */
function areMet(expectations: readonly CheckedExpectations[], { json }: PushOptions): boolean {
  const isGood = expectations.every(holds);
  if (json && !isGood) sayJson(expectations.map(expectationsJson));
  if (!json && !(isGood && expectations.every(({ notChecked }) => notChecked.length === 0))) {
    reportExpectations(expectations);
  }
  return isGood || refuse("nothing was pushed: the policies do not do what is expected of them");
}

function refuse(why: string): false {
  complain(`error: ${why}`);
  process.exitCode = EXIT.findings;
  return false;
}

function checkFiles(directory: string, hostnames: readonly string[]): CheckedFile[] {
  const files = requirePolicyFiles(directory, requirePolicyPaths(directory, hostnames));
  return files.map((file) => checkPolicy(file, Date.now()));
}

async function push(
  kv: Kv,
  checked: readonly CheckedFile[],
  options: PushOptions,
  edge: URL | undefined,
): Promise<void> {
  const candidates = await readCandidates(kv, checked);
  const [first] = candidates;
  if (options.expect !== undefined && first !== undefined && !isExpected(first.current, options.expect)) {
    const expected = options.expect === 0 ? describeCurrent(null) : `version ${options.expect}`;
    throw conflict(kv, first.hostname, describeCurrent(first.current), expected);
  }
  if (!options.json) for (const candidate of candidates) showCandidate(candidate);
  for (const { file, document } of checked) {
    for (const name of document === undefined ? [] : await missingLists(kv, document)) {
      complain(
        `warning: ${file.hostname} names the list ${name}, which ${kv.name} does not have: cors-gateway list push`,
      );
    }
  }
  const changes = candidates.filter(({ isChange }) => isChange);
  if (changes.length > 0 && !(await confirm(`Put ${nameAll(changes)} into ${kv.name}?`, options))) {
    complain("nothing was pushed");
    process.exitCode = EXIT.findings;
    return;
  }
  const results = await publishAll(kv, candidates, options);
  if (changes.length === 0 && !options.json) say(`nothing to push: ${kv.name} has all of this`);
  const waited = edge === undefined ? undefined : await waitFor(edge, results, options);
  if (options.json) sayJson({ kv: kv.name, policies: results, ...(waited && { waited }) });
}

/** There is one policy where somebody waits. */
async function waitFor(edge: URL, [pushed]: readonly Pushed[], { waitTimeout, json }: PushOptions): Promise<object> {
  const { hostname = "", version } = pushed ?? {};
  if (version === undefined) throw new KvError(`there is no version of ${hostname} to wait for`);
  return await waitForVersion(edge, { hostname, version }, { timeoutSeconds: waitTimeout, ...(json && { json }) });
}

function isExpected(current: CurrentPolicy | null, expected: number): boolean {
  return expected === 0 ? current === null : current?.version === expected;
}

function nameAll(changes: readonly Candidate[]): string {
  return changes.length === 1 ? (changes[0]?.hostname ?? "") : `these ${count(changes.length, "document")}`;
}

/** Puts the changes into force, one after the other; the first that fails ends it. */
async function publishAll(kv: Kv, candidates: readonly Candidate[], { json }: PushOptions): Promise<Pushed[]> {
  const results: Pushed[] = [];
  for (const { hostname, text, current, isChange, changes } of candidates) {
    if (!isChange) {
      results.push({ hostname, state: "unchanged", version: current?.version, changes: [] });
      continue;
    }
    try {
      showProgress(`pushing ${hostname} …`);
      const { version, warnings } = await publishPolicy(kv, { hostname, text, shown: current }, new Date()).finally(
        clearProgress,
      );
      for (const warning of warnings) complain(`warning: ${warning}`);
      if (!json) say(`${paint("green", "pushed")} ${hostname}: version ${version} is in force in ${kv.name}`);
      results.push({ hostname, state: "pushed", version, changes: accessJson(changes) });
    } catch (error) {
      if (!(error instanceof PublishError)) throw error;
      if (json) sayJson({ kv: kv.name, policies: results, failed: hostname, error: error.message });
      throw new PublishError(describeFailure(error, hostname, candidates, results), error.inForce, error);
    }
  }
  return results;
}

/** One line: what went wrong, what was pushed, and what was not. */
function describeFailure(
  error: PublishError,
  failed: string,
  candidates: readonly Candidate[],
  results: readonly Pushed[],
): string {
  const done = results.filter(({ state }) => state === "pushed");
  const left = candidates.filter(({ isChange }) => isChange).slice(done.length + (error.inForce === "old" ? 0 : 1));
  const unknown = error.inForce === "unknown" ? `; see what is in force with: cors-gateway history ${failed}` : "";
  const pushed = done.map(({ hostname, version }) => `${hostname} (version ${version})`).join(", ");
  const kept = left.map(({ hostname, current }) => `${hostname} (${describeCurrent(current)})`).join(", ");
  return [
    `${error.message}${unknown}`,
    kept === "" ? "" : `; not pushed, the old stays in force: ${kept}`,
    pushed === "" ? "" : `; pushed: ${pushed}`,
  ].join("");
}
