/** `pull`: writes the documents in KV into policy files. */

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { policyKey } from "../../core/hostname.ts";
import { confirm } from "../confirm.ts";
import { count } from "../count.ts";
import type { Kv } from "../kv.ts";
import { addKvOptions, type KvOptions, withKv } from "../open-kv.ts";
import { complain, EXIT, paint, say, sayJson } from "../output.ts";
import { fileNameOf, readPolicyFiles, reason, requireHostname } from "../policy-files.ts";
import { policiesInKv } from "../policy-set.ts";
import { clearProgress, showProgress } from "../progress.ts";
import { readTexts } from "../published-policy.ts";
import { diffLines } from "../text-diff.ts";
import { UsageError } from "../usage-error.ts";
import { writeWhole } from "../write-whole.ts";

interface PullOptions extends KvOptions {
  readonly yes?: true;
  readonly json?: true;
}

/** A document beside its file. */
interface Candidate {
  readonly hostname: string;
  readonly path: string;
  readonly text: string;
  /** Undefined where there is no file. */
  readonly before: string | undefined;
}

/** Adds the command to the program. */
export function addPull(program: Command): void {
  const command = program
    .command("pull")
    .description("write the documents in KV into policy files; asks before it overwrites, never deletes")
    .argument("[hosts...]", "hostnames; default: every policy in KV");
  addKvOptions(command)
    .option("-y, --yes", "do not ask; for CI")
    .option("--json", "for machines")
    .addHelpText("after", "\nExample:\n  $ cors-gateway pull api.example.com --remote --env production")
    .action(async (hosts: string[], options: PullOptions, command: Command) => {
      const { directory } = command.optsWithGlobals<{ directory: string }>();
      const hostnames = [...new Set(hosts.map(requireHostname))];
      await withKv(options, (kv) => pull(kv, directory, hostnames, options));
    });
}

async function pull(kv: Kv, directory: string, named: readonly string[], options: PullOptions): Promise<void> {
  showProgress(`reading ${kv.name} …`);
  const hostnames = named.length > 0 ? named : await policiesInKv(kv).hostnames();
  const texts = await readTexts(kv, hostnames.map(policyKey)).finally(clearProgress);
  const candidates = hostnames.flatMap((hostname, index): Candidate[] => {
    const text = texts[index] ?? null;
    if (text === null && named.length > 0) throw new UsageError(`there is no policy for ${hostname} in ${kv.name}`);
    const path = join(directory, fileNameOf(hostname));
    return text === null ? [] : [{ hostname, path, text, before: readIfThere(directory, path) }];
  });
  if (!options.json) for (const candidate of candidates) show(candidate);
  const changes = candidates.filter(({ text, before }) => before !== text);
  const overwritten = changes.filter(({ before }) => before !== undefined);
  const question = `Overwrite ${overwritten.map(({ path }) => path).join(", ")}?`;
  if (overwritten.length > 0 && !(await confirm(question, options))) {
    complain("nothing was written");
    process.exitCode = EXIT.findings;
    return;
  }
  write(directory, changes);
  if (options.json) {
    sayJson({ kv: kv.name, policies: candidates.map(toJson) });
  } else if (candidates.length === 0) say(`there are no policies in ${kv.name}`);
  else if (changes.length === 0) say(`nothing to write: the files are as ${kv.name} has them`);
  else say(`${paint("green", "wrote")} ${count(changes.length, "file")} from ${kv.name}`);
}

function readIfThere(directory: string, path: string): string | undefined {
  return existsSync(path) ? readPolicyFiles(directory, [path])[0]?.text : undefined;
}

function show({ hostname, path, text, before }: Candidate): void {
  const name = paint("bold", path);
  if (before === undefined) say(`${name}: ${paint("green", "new")}, the policy of ${hostname}`);
  else if (before === text) say(`${name}: unchanged`);
  else {
    say(`${name}: changes`);
    for (const line of diffLines(before, text)) say(`  ${line}`);
  }
}

function write(directory: string, changes: readonly Candidate[]): void {
  for (const [index, { path, text }] of changes.entries()) {
    try {
      mkdirSync(directory, { recursive: true });
      writeWhole(path, text);
    } catch (error) {
      const written = changes.slice(0, index).map((change) => change.path);
      const before = written.length === 0 ? "" : `; written before that: ${written.join(", ")}`;
      throw new UsageError(`cannot write ${path}: ${reason(error)}${before}`, error);
    }
  }
}

function toJson({ hostname, path, text, before }: Candidate): object {
  const state = before === undefined ? "new" : before === text ? "unchanged" : "overwritten";
  return { hostname, file: path, state };
}
