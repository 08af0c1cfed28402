/** `push`: puts policy files into force. */

import type { Command } from "commander";
import type { AccessChange } from "../../core/compare/compare-access.ts";
import { policyHostname, policyKey, policyKeys } from "../../core/hostname.ts";
import { awaitVersion, describeAnswer } from "../await-version.ts";
import { checkExpectations, holds } from "../check-expectations.ts";
import { type CheckedFile, checkPolicy } from "../check-policies.ts";
import { compareWithKv, servingPolicy } from "../compare-policies.ts";
import { confirm } from "../confirm.ts";
import { count } from "../count.ts";
import { type Kv, KvError } from "../kv.ts";
import { addKvOptions, type KvOptions, withKv } from "../open-kv.ts";
import { complain, EXIT, paint, say, sayJson } from "../output.ts";
import { requireHostname, requirePolicyFiles, requirePolicyPaths } from "../policy-files.ts";
import { clearProgress, showProgress } from "../progress.ts";
import { missingLists } from "../publish-list.ts";
import { conflict, PublishError, publishPolicy } from "../publish-policy.ts";
import { type CurrentPolicy, describeCurrent, readCurrentPolicies } from "../published-policy.ts";
import { accessJson, reportAccess } from "../report-access.ts";
import { checkJson, reportChecks } from "../report-checks.ts";
import { expectationsJson, reportExpectations } from "../report-expectations.ts";
import { UsageError } from "../usage-error.ts";
import { wholeNumber } from "../whole-number.ts";

interface PushOptions extends KvOptions {
  readonly yes?: true;
  readonly expect?: number;
  readonly wait?: string;
  readonly waitTimeout: number;
  readonly json?: true;
}

/** A file beside what is in force. */
interface Candidate {
  readonly hostname: string;
  readonly text: string;
  readonly current: CurrentPolicy | null;
  readonly isChange: boolean;
  /** What changes for pages; empty where the text stays the same. */
  readonly changes: readonly AccessChange[];
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
      if (checked.some(({ issues, warnings }) => issues.length + warnings.length > 0) && !options.json)
        reportChecks(checked);
      if (checked.some(({ issues }) => issues.length > 0)) {
        if (options.json) sayJson(checked.map(checkJson));
        complain("error: nothing was pushed: the policies above have issues");
        process.exitCode = EXIT.findings;
        return;
      }
      const expectations = await checkExpectations(directory, checked, hostnames.length === 0, Date.now());
      const isMet = expectations.every(holds);
      if ((!isMet || expectations.some(({ notChecked }) => notChecked.length > 0)) && !options.json)
        reportExpectations(expectations);
      if (!isMet) {
        if (options.json) sayJson(expectations.map(expectationsJson));
        complain("error: nothing was pushed: the policies do not do what is expected of them");
        process.exitCode = EXIT.findings;
        return;
      }
      await withKv(options, (kv) => push(kv, checked, options, edge));
    });
}

function parseEdge(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--wait takes the gateway's URL, such as https://api.example.com/, not "${text}"`);
  }
  return url;
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
  if (!options.json) for (const candidate of candidates) show(candidate);
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

function isExpected(current: CurrentPolicy | null, expected: number): boolean {
  return expected === 0 ? current === null : current?.version === expected;
}

async function readCandidates(kv: Kv, checked: readonly CheckedFile[]): Promise<Candidate[]> {
  showProgress(`reading ${kv.name} …`);
  try {
    const currents = await readCurrentPolicies(
      kv,
      checked.map(({ file }) => file.hostname),
    );
    const candidates: Candidate[] = [];
    for (const { file } of checked) {
      const { hostname, text } = file;
      const current = currents.get(hostname) ?? null;
      // A text that was put by hand gets a version, so that the edge can say by what it decides.
      const isChange = current?.text !== text || current.version === undefined;
      const changes = current?.text === text ? [] : await compareWithKv(kv, hostname, current?.text, text);
      candidates.push({ hostname, text, current, isChange, changes });
    }
    return candidates;
  } catch (error) {
    throw error instanceof KvError ? new KvError(`nothing was pushed: ${error.message}`, error) : error;
  } finally {
    clearProgress();
  }
}

function nameAll(changes: readonly Candidate[]): string {
  return changes.length === 1 ? (changes[0]?.hostname ?? "") : `these ${count(changes.length, "document")}`;
}

function show({ hostname, text, current, isChange, changes }: Candidate): void {
  const name = paint("bold", hostname);
  if (!isChange) say(`${name}: unchanged (${describeCurrent(current)})`);
  else if (current?.text === text) say(`${name}: the same text was put by hand; it gets a version`);
  else {
    const issues = current === null ? 0 : servingPolicy(current.text, hostname).issues;
    const unusable = issues === 0 ? "" : `, which cannot be used (${count(issues, "issue")}) and counts as none`;
    const what = current === null ? paint("green", "new") : `changes to ${describeCurrent(current)}${unusable}`;
    say(`${name}: ${what}${changes.length === 0 ? ", and no request is decided otherwise" : ""}`);
    reportAccess(changes);
  }
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

/** Asks the edge until it decides by the version; exit code 1 if it never does. */
async function waitFor(edge: URL, results: readonly Pushed[], { waitTimeout, json }: PushOptions): Promise<object> {
  const [{ hostname = "", version } = {}] = results;
  if (version === undefined) throw new KvError(`there is no version of ${hostname} to wait for`);
  if (!policyKeys(policyHostname(edge.hostname)).includes(policyKey(hostname))) {
    complain(`note: ${edge.origin} has another policy than ${hostname}, unless something changes Host on the way`);
  }
  const {
    version: seen,
    seconds,
    last,
  } = await awaitVersion(edge, version, {
    timeoutSeconds: waitTimeout,
    onAnswer: (answer, elapsed) => {
      showProgress(`waiting for version ${version}, ${Math.round(elapsed)} s: ${describeAnswer(answer)}`);
    },
  });
  clearProgress();
  const took = `${seconds.toFixed(1)} s`;
  if (seen === undefined) {
    complain(`error: ${edge.origin} did not decide by version ${version} within ${took}: ${describeAnswer(last)}`);
    process.exitCode = EXIT.findings;
  } else if (!json) {
    const newer = seen > version ? ` (in fact by version ${seen}: somebody pushed after you)` : "";
    say(`${edge.origin} decides by version ${version} after ${took}${newer}`);
  }
  return { url: edge.href, version: seen ?? null, seconds: Math.round(seconds * 10) / 10 };
}
