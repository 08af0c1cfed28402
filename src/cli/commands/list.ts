/** `list push`: publishes a huge list of exact origins. */

import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { type BuiltList, buildList } from "../build-list.ts";
import { confirm } from "../confirm.ts";
import { count } from "../count.ts";
import { addKvOptions, type KvOptions, withKv } from "../open-kv.ts";
import { complain, EXIT, paint, say, sayJson } from "../output.ts";
import { reason } from "../policy-files.ts";
import { clearProgress, showProgress } from "../progress.ts";
import { type ListPlan, planList, publishList, readList } from "../publish-list.ts";
import { UsageError } from "../usage-error.ts";

interface ListOptions extends KvOptions {
  readonly yes?: true;
  readonly json?: true;
}

const MAX_SHOWN = 100;

/** Adds the command to the program. */
export function addList(program: Command): void {
  const list = program.command("list").description("huge lists of exact origins, kept apart in KV");
  const push = list
    .command("push")
    .description("build a list from a text file, one origin a line, and put it into force")
    .argument("<name>", 'as { "list": "<name>" } in allowOrigins names it')
    .argument("<file>", "the text file; empty lines and lines that start with # are passed over");
  addKvOptions(push)
    .option("-y, --yes", "do not ask; for CI")
    .option("--json", "for machines")
    .addHelpText(
      "after",
      "\nOnly shards that changed are sent. The old list is in force until the last step; shards that no version has named\nfor a day are removed.\n\nExample:\n  $ cors-gateway list push customers customers.txt --remote",
    )
    .action(async (name: string, file: string, options: ListOptions) => {
      if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
        throw new UsageError(`"${name}" cannot name a list: lower-case letters, digits and -, a letter first`);
      }
      const built = buildList(readText(file));
      if (built.badLines.length > 0) {
        reportBadLines(file, built, options);
        process.exitCode = EXIT.findings;
        return;
      }
      await pushList(name, built, options);
    });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${reason(error)}`, error);
  }
}

function reportBadLines(file: string, { badLines }: BuiltList, { json }: ListOptions): void {
  if (json) sayJson({ file, badLines });
  else {
    for (const { line, message } of badLines.slice(0, MAX_SHOWN))
      say(`${file}:${line}:1: ${paint("red", "error")} ${message}`);
    if (badLines.length > MAX_SHOWN) say(`… and ${count(badLines.length - MAX_SHOWN, "line")} more; --json has all`);
  }
  complain(`error: nothing was pushed: ${count(badLines.length, "line")} of ${file} cannot be used`);
}

async function pushList(name: string, built: BuiltList, options: ListOptions): Promise<void> {
  await withKv(options, async (kv) => {
    showProgress(`reading ${kv.name} …`);
    const published = await readList(kv, name);
    const plan = planList(built, published, new Date());
    clearProgress();
    const before = published.manifest?.count;
    if (!options.json) say(describePlan(name, built, plan, before));
    const isSame = published.manifest !== null && sameShards(published.manifest.shards, built.shards);
    if (isSame && plan.toSend.length === 0 && plan.toRemove.length === 0) {
      if (options.json) sayJson({ kv: kv.name, list: name, state: "unchanged", version: plan.version - 1 });
      else say(`nothing to push: ${kv.name} has all of this`);
      return;
    }
    if (!(await confirm(`Put the list ${name} into ${kv.name}?`, options))) {
      complain("nothing was pushed");
      process.exitCode = EXIT.findings;
      return;
    }
    const { removed, warnings } = await publishList(kv, name, built, plan, (sent) =>
      showProgress(`sending shard ${sent} of ${plan.toSend.length} …`),
    );
    clearProgress();
    for (const warning of warnings) complain(`warning: ${warning}`);
    if (options.json) {
      const { version, toSend } = plan;
      sayJson({
        kv: kv.name,
        list: name,
        state: "pushed",
        version,
        count: built.count,
        sent: toSend.length,
        removed,
      });
    } else say(`${paint("green", "pushed")} ${name}: version ${plan.version} is in force in ${kv.name}`);
  });
}

function sameShards(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((hash, index) => hash === b[index]);
}

function describePlan(name: string, built: BuiltList, plan: ListPlan, before: number | undefined): string {
  const duplicates = built.duplicates === 0 ? "" : `, ${count(built.duplicates, "duplicate")} left out`;
  const was = before === undefined ? "new" : `was ${before.toLocaleString("en-US")}`;
  const shards = `${plan.toSend.length} of ${count(built.shards.length, "shard")} to send`;
  const old = plan.toRemove.length === 0 ? "" : `, ${plan.toRemove.length} to remove`;
  return `${paint("bold", name)}: ${count(built.count, "origin")} (${was})${duplicates}; ${shards}${old}`;
}
