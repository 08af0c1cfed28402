/** `history`: the versions of a policy that are kept. */

import type { Command } from "commander";
import { addKvOptions, type KvOptions, withKv } from "../open-kv.ts";
import { paint, say, sayJson } from "../output.ts";
import { requireHostname } from "../policy-files.ts";
import { clearProgress, showProgress } from "../progress.ts";
import {
  type CurrentPolicy,
  readCurrentPolicy,
  readHistory,
  stateOf,
  type VersionMetadata,
  type VersionState,
} from "../published-policy.ts";
import { UsageError } from "../usage-error.ts";

interface HistoryOptions extends KvOptions {
  readonly json?: true;
}

/** Adds the command to the program. */
export function addHistory(program: Command): void {
  const command = program
    .command("history")
    .description("the versions of a policy, newest first; the last 50 are kept")
    .argument("<host>", "the policy's hostname");
  addKvOptions(command)
    .option("--json", "for machines")
    .addHelpText("after", "\nExample:\n  $ cors-gateway history api.example.com --remote --env production")
    .action(async (host: string, options: HistoryOptions) => {
      const hostname = requireHostname(host);
      await withKv(options, async (kv) => {
        showProgress(`reading ${kv.name} …`);
        const [current, versions] = await Promise.all([
          readCurrentPolicy(kv, hostname),
          readHistory(kv, hostname),
        ]).finally(clearProgress);
        if (current === null && versions.length === 0) {
          throw new UsageError(`there is no policy for ${hostname} in ${kv.name}, and there never was one`);
        }
        const newestFirst = versions.toReversed();
        if (options.json) sayJson(toJson(hostname, kv.name, current, newestFirst));
        else report(hostname, kv.name, current, newestFirst);
      });
    });
}

function toJson(
  hostname: string,
  kv: string,
  current: CurrentPolicy | null,
  versions: readonly VersionMetadata[],
): object {
  const inForce = current && { version: current.version ?? null, hash: current.hash, time: current.time ?? null };
  return {
    hostname,
    kv,
    current: inForce,
    versions: versions.map((kept) => ({ ...kept, isCurrent: kept.version === current?.version })),
  };
}

function report(
  hostname: string,
  kv: string,
  current: CurrentPolicy | null,
  versions: readonly VersionMetadata[],
): void {
  say(`${paint("bold", hostname)} in ${kv}`);
  if (current === null) say(`  no document is in force`);
  else if (!versions.some(({ version }) => version === current.version)) {
    const { version, time, hash, text } = current;
    const note = version === undefined ? "current, put by hand" : "current";
    say(row({ version, time, hash, size: Buffer.byteLength(text) }, note, "green"));
  }
  for (const kept of versions) {
    const state = stateOf(kept, current?.version);
    say(row(kept, state === "earlier" ? "" : state, STYLES[state]));
  }
}

const STYLES = { current: "green", earlier: "reset", "put by hand": "reset", "never in force": "dim" } as const;

function row(
  { version, time, hash, size }: { [Field in keyof VersionMetadata]?: VersionMetadata[Field] | undefined },
  note: string,
  style: (typeof STYLES)[VersionState],
): string {
  const cells = [
    `  ${version === undefined ? "no version" : `version ${version}`}`.padEnd(14),
    (time === undefined ? "no time" : time.replace(/\.\d+Z$/, "Z")).padEnd(20),
    (hash ?? "no hash").slice(0, 8).padEnd(8),
    (size === undefined ? "" : `${size} bytes`).padStart(13),
    paint(style, note),
  ];
  return cells.join("  ").trimEnd();
}
