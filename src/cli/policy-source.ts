/** Where the policy of a hostname is taken from: a directory of files, or KV. */

import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { listsNamedBy } from "../core/compare/named-lists.ts";
import { type ExplainedPolicy, explainedPolicy } from "../core/explain/explained-policy.ts";
import { policyHostname, policyKeys } from "../core/hostname.ts";
import { shardHas, shardIndex, shardKey } from "../core/origin-list.ts";
import type { IsListed } from "../core/origin-matcher.ts";
import { parsePolicy } from "../core/parse-policy.ts";
import { parseVersion } from "../core/version.ts";
import type { Kv } from "./kv.ts";
import { fileNameOf, readPolicyFiles } from "./policy-files.ts";
import { readManifest } from "./read-manifest.ts";
import { UsageError } from "./usage-error.ts";

/** A directory, or an open KV namespace. */
export type PolicySource = { readonly directory: string } | { readonly kv: Kv };

/**
 * The policy that serves a hostname: the closest of its own and the wildcards' above it, as the edge chooses it.
 * @param hostname of a URL
 * @param origin what huge lists are asked about
 */
export async function findPolicy(source: PolicySource, hostname: string, origin = ""): Promise<ExplainedPolicy> {
  const keys = policyKeys(policyHostname(hostname));
  return "kv" in source ? findInKv(source.kv, keys, origin) : findInFiles(source.directory, keys);
}

/**
 * A directory of policy files.
 * @throws UsageError where it is not there
 */
export function openDirectory(directory: string): PolicySource {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return { directory };
  throw new UsageError(`there is no directory ${directory}; name the one of the policies: --directory PATH`);
}

function findInFiles(directory: string, keys: readonly string[]): ExplainedPolicy {
  const paths = keys.map((key) => join(directory, fileNameOf(hostnameOfKey(key))));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) return explainedPolicy(paths[0] ?? directory, undefined);
  const [file] = readPolicyFiles(directory, [path]);
  return explainedPolicy(path, file?.text);
}

async function findInKv(kv: Kv, keys: readonly string[], origin: string): Promise<ExplainedPolicy> {
  for (const key of keys) {
    const entry = await kv.get(key);
    if (entry === null) continue;
    const isListed = await askLists(kv, entry.value, origin);
    return explainedPolicy(`${key} (${kv.name})`, entry.value, parseVersion(entry.metadata), isListed);
  }
  return explainedPolicy(`${keys[0] ?? "a key"} (${kv.name})`, undefined);
}

/** Asks every huge list that a document names about one origin. */
async function askLists(kv: Kv, text: string, origin: string): Promise<IsListed> {
  const parsed = parsePolicy(text);
  const rules = parsed.ok ? parsed.document.rules : [];
  const answers = new Map<string, boolean | undefined>();
  for (const name of listsNamedBy(rules)) answers.set(name, await askList(kv, name, origin));
  return (name) => answers.get(name);
}

async function askList(kv: Kv, name: string, origin: string): Promise<boolean | undefined> {
  const manifest = await readManifest(kv, name);
  if (manifest === undefined) return undefined;
  const hash = manifest.shards[shardIndex(origin, manifest.shards.length)] ?? "";
  if (hash === "") return false;
  const shard = await kv.getText(shardKey(name, hash));
  return shard === null ? undefined : shardHas(shard, origin);
}

function hostnameOfKey(key: string): string {
  return key.slice("policy/".length);
}
