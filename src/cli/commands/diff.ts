/** `diff`: what a change of policies does to access. */

import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Command, Option } from "commander";
import type { AccessChange } from "../../core/compare/compare-access.ts";
import {
  comparePolicies,
  type PolicyVersion,
  readServing,
  type ServingPolicy,
  servingPolicy,
} from "../compare-policies.ts";
import { count } from "../count.ts";
import { policiesAt } from "../git-revision.ts";
import { addKvOptions, type KvOptions, withKv } from "../open-kv.ts";
import { complain, EXIT, paint, say, sayJson } from "../output.ts";
import { hostnameOf, noPoliciesIn, reason, requireHostname } from "../policy-files.ts";
import { type PolicySet, policiesIn, policiesInKv } from "../policy-set.ts";
import { clearProgress, showProgress } from "../progress.ts";
import { accessJson, hasNewAccess, reportAccess } from "../report-access.ts";
import { UsageError } from "../usage-error.ts";

interface DiffOptions extends KvOptions {
  readonly from?: string;
  readonly to?: string;
  readonly newAccess: boolean;
  readonly json?: true;
  readonly directory: string;
}

/** What changes for one hostname. */
interface HostDiff {
  /** A hostname, or the two files. */
  readonly name: string;
  readonly changes: readonly AccessChange[];
}

const MORE_HELP = `
Without files and --from: from what is in KV to the policy files, as push would put them. Two names that end in .json are
files: from the first to the second. + is new access, - is lost access, ~ a setting that gives or takes none.
Exact for requests whose path can be read in one way only: without %-encoded ASCII and //.

Exit code 0 when nothing changes, 1 when something does (with --no-new-access: only for a line with +), 2 when it cannot
be told.

Examples:
  $ cors-gateway diff
  $ cors-gateway diff api.example.com --remote --env production
  $ cors-gateway diff --from origin/main --no-new-access
  $ cors-gateway diff old.json new.json`;

/** Adds the command to the program. */
export function addDiff(program: Command): void {
  const command = program
    .command("diff")
    .description("what a change of policies does to access: who may do what now, and who may no longer")
    .argument("[hosts...]", "hostnames, or two files; default: every policy")
    .addOption(
      new Option("--from <revision>", "from the policy files of this git revision").conflicts([
        "local",
        "remote",
        "env",
      ]),
    )
    .addOption(new Option("--to <revision>", "with --from: to those of this one; default: the files as they are"))
    .option("--no-new-access", "exit 1 only where somebody may do what they could not before; for CI");
  addKvOptions(command)
    .option("--json", "for machines")
    .addHelpText("after", MORE_HELP)
    .action(async (names: string[], _: unknown, self: Command) => {
      const options = self.optsWithGlobals<DiffOptions>();
      report(await findDiffs(names, options), options);
    });
}

async function findDiffs(names: readonly string[], options: DiffOptions): Promise<readonly HostDiff[]> {
  const { from, to, directory } = options;
  const [first = "", second = "", ...more] = names;
  if (from === undefined && to !== undefined)
    throw new UsageError("--to says where to; say where from, too: --from REVISION");
  if (names.some((name) => name.endsWith(".json"))) {
    if (from !== undefined || more.length > 0 || !first.endsWith(".json") || !second.endsWith(".json")) {
      throw new UsageError("to compare files, name two of them and nothing else: cors-gateway diff old.json new.json");
    }
    return [await diffFiles(first, second)];
  }
  const hostnames = [...new Set(names.map(requireHostname))];
  if (from !== undefined) {
    const before = await policiesAt(from, directory);
    const after = to === undefined ? policiesIn(directory) : await policiesAt(to, directory);
    return await diffSets(before, after, await hostnamesToCompare(hostnames, directory, before, after));
  }
  return await withKv(options, async (kv) => {
    const before = policiesInKv(kv);
    // Lists are not in force by being files.
    const after = { ...policiesIn(directory), readList: before.readList };
    const compared = await hostnamesToCompare(hostnames, directory, after);
    showProgress(`reading ${kv.name} …`);
    return await diffSets(before, after, compared);
  });
}

/**
 * The hostnames that were named, or else all that one of the sets has.
 * @throws UsageError where there are none: to compare nothing would look like no change
 */
async function hostnamesToCompare(
  named: readonly string[],
  directory: string,
  ...sets: readonly PolicySet[]
): Promise<readonly string[]> {
  if (named.length > 0) return named;
  const all = await Promise.all(sets.map((set) => set.hostnames()));
  const hostnames = [...new Set(all.flat())].sort();
  if (hostnames.length === 0) throw noPoliciesIn(directory);
  return hostnames;
}

async function diffSets(before: PolicySet, after: PolicySet, hostnames: readonly string[]): Promise<HostDiff[]> {
  const diffs: HostDiff[] = [];
  for (const hostname of hostnames) {
    const [old, recent] = [await readServing(before, hostname), await readServing(after, hostname)];
    if (old.servedBy === undefined && recent.servedBy === undefined) {
      throw new UsageError(`neither ${before.name} nor ${after.name} has a policy for ${hostname}`);
    }
    diffs.push(
      await diff(
        hostname,
        { policy: old, readList: before.readList, place: `${old.servedBy} in ${before.name}` },
        { policy: recent, readList: after.readList, place: `${recent.servedBy} in ${after.name}` },
      ),
    );
  }
  return diffs;
}

async function diffFiles(first: string, second: string): Promise<HostDiff> {
  const [before, after] = [first, second].map((path) => ({
    policy: readFile(path),
    readList: policiesIn(dirname(path)).readList,
    place: path,
  }));
  if (before === undefined || after === undefined) throw new TypeError("two files are two");
  return await diff(`${first} → ${second}`, before, after);
}

function readFile(path: string): ServingPolicy {
  try {
    return servingPolicy(readFileSync(path, "utf8"), hostnameOf(path));
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${reason(error)}`, error);
  }
}

type PlacedVersion = PolicyVersion & { readonly place: string };

async function diff(name: string, before: PlacedVersion, after: PlacedVersion): Promise<HostDiff> {
  if (after.policy.issues > 0) {
    throw new UsageError(`${after.place} has ${count(after.policy.issues, "issue")}: see cors-gateway check`);
  }
  if (before.policy.issues > 0) {
    complain(
      `warning: ${before.place} cannot be used (${count(before.policy.issues, "issue")}): compared with no policy`,
    );
  }
  showProgress(`comparing ${name} …`);
  return { name, changes: await comparePolicies(before, after, Date.now()).finally(clearProgress) };
}

function report(diffs: readonly HostDiff[], { json, newAccess }: DiffOptions): void {
  if (json) sayJson(diffs.map(({ name, changes }) => ({ name, changes: accessJson(changes) })));
  else {
    for (const { name, changes } of diffs) {
      say(
        `${paint("bold", name)}: ${changes.length === 0 ? "no request is decided otherwise" : count(changes.length, "change")}`,
      );
      reportAccess(changes);
    }
  }
  // `--no-new-access` is the negation of an option that is on.
  const isFinding = newAccess
    ? diffs.some(({ changes }) => changes.length > 0)
    : diffs.some(({ changes }) => hasNewAccess(changes));
  if (isFinding) process.exitCode = EXIT.findings;
}
