/** Which KV a command works on: options, and what they open. */

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Kv } from "./kv.ts";
import { openLocalKv } from "./local-kv.ts";
import { openRemoteKv } from "./remote-kv.ts";
import { UsageError } from "./usage-error.ts";
import { wholeNumber } from "./whole-number.ts";

/** The options of {@link addKvOptions}, parsed. */
export interface KvOptions {
  readonly local?: true;
  readonly remote?: true;
  readonly env?: string;
  readonly config: string;
  readonly persistTo?: string;
  readonly timeLimit: number;
}

/**
 * Adds the options that say which KV is meant.
 * @param fallback whether local KV is meant where no option says so; else {@link meansKv} tells
 */
export function addKvOptions(command: Command, { fallback = true } = {}): Command {
  const local = `KV of local development: npm start, wrangler dev${fallback ? " (default)" : ""}`;
  return command
    .addOption(new Option("--local", local).conflicts("remote"))
    .addOption(new Option("--remote", "Cloudflare's KV, with wrangler's login or CLOUDFLARE_API_TOKEN"))
    .option("--env <name>", "environment of wrangler.toml")
    .option("--config <file>", "the wrangler.toml whose binding POLICIES is meant", "wrangler.toml")
    .addOption(new Option("--persist-to <folder>", "local development's storage, as for wrangler dev").hideHelp())
    .addOption(
      new Option("--time-limit <seconds>", "for each command of wrangler that --remote takes")
        .argParser(wholeNumber(1))
        .default(60)
        .hideHelp(),
    );
}

/**
 * True where the options mean KV, for a command that means none without them.
 * @throws UsageError for an environment of no KV: what it names would not be looked at
 */
export function meansKv({ local, remote, env }: KvOptions): boolean {
  if (local || remote) return true;
  if (env !== undefined) throw new UsageError("--env is about KV: add --remote, or --local");
  return false;
}

/**
 * Opens the KV that the options mean, uses it, and closes it whatever happens.
 * @throws UsageError where there is no wrangler.toml
 */
export async function withKv<Result>(options: KvOptions, use: (kv: Kv) => Promise<Result>): Promise<Result> {
  const configPath = resolve(options.config);
  if (!existsSync(configPath)) {
    throw new UsageError(`there is no ${options.config}: run this in the project's folder, or name the file: --config`);
  }
  const namespace = { configPath, environment: options.env };
  const state = options.persistTo ?? join(dirname(configPath), ".wrangler", "state");
  const kv = options.remote
    ? openRemoteKv({ ...namespace, timeLimitSeconds: options.timeLimit })
    : await openLocalKv({ ...namespace, state });
  try {
    return await use(kv);
  } finally {
    await kv.close();
  }
}
