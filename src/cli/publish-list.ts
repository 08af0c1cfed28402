/** Puts a huge list into force: shards first, then the manifest, which is the only switch. */

import { listsNamedBy } from "../core/compare/named-lists.ts";
import type { PolicyDocument } from "../core/document-schema.ts";
import { type ListManifest, listKey, shardKey } from "../core/origin-list.ts";
import type { BuiltList } from "./build-list.ts";
import { type Kv, KvError } from "./kv.ts";
import { readManifest } from "./read-manifest.ts";

const DAY = 86_400_000;
/** What the hash of a shard looks like: whatever else lies under a list's keys is not ours to remove. */
const SHARD_HASH = /^[0-9a-f]{32}$/;

/** What KV has of a list. */
export interface PublishedList {
  /** Null where there is no manifest, or none that can be used. */
  readonly manifest: StoredManifest | null;
  /** Hashes of all shards in KV, named or not. */
  readonly stored: ReadonlySet<string>;
}

/** The manifest, and since when shards that it no longer names have been out of use: ISO times by hash. */
interface StoredManifest extends ListManifest {
  readonly retired?: Readonly<Record<string, string>>;
}

/** What publishing a list would do. */
export interface ListPlan {
  readonly version: number;
  readonly manifest: StoredManifest;
  /** Hashes of the shards that KV does not have yet. */
  readonly toSend: readonly string[];
  /** Hashes of the shards that no manifest has named for a day. */
  readonly toRemove: readonly string[];
}

/** A list that is in force now. */
export interface ListPublication {
  /** How many old shards are gone. */
  readonly removed: number;
  /** What did not go as it should, though the list is in force. */
  readonly warnings: readonly string[];
}

/** Reads what KV has of a list. */
export async function readList(kv: Kv, name: string): Promise<PublishedList> {
  const [manifest = null, keys] = await Promise.all([readManifest(kv, name), kv.list(`${listKey(name)}/`)]);
  const prefix = shardKey(name, "").length;
  return {
    manifest,
    stored: new Set(keys.map((key) => key.name.slice(prefix)).filter((hash) => SHARD_HASH.test(hash))),
  };
}

/** The huge lists that a document names and that KV does not have: what only they could allow would be denied. */
export async function missingLists(kv: Kv, document: PolicyDocument): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const name of listsNamedBy(document.rules)) {
    if ((await readManifest(kv, name)) === undefined) missing.push(name);
  }
  return missing;
}

/** Works out what to send and what to remove. A shard goes a day after the last manifest that named it. */
export function planList(list: BuiltList, published: PublishedList, now: Date): ListPlan {
  const named = new Set(list.shards);
  const retiredBefore = published.manifest?.retired ?? {};
  // An isolate may go by an older manifest for minutes, and by its last good one for a day.
  const isDue = (hash: string) => now.getTime() - Date.parse(retiredBefore[hash] ?? "") > DAY;
  const unnamed = [...published.stored].filter((hash) => !named.has(hash));
  const retired = unnamed.map((hash) => {
    const since = retiredBefore[hash] ?? "";
    return [hash, Number.isNaN(Date.parse(since)) ? now.toISOString() : since];
  });
  const version = (published.manifest?.version ?? 0) + 1;
  return {
    version,
    manifest: { version, count: list.count, shards: list.shards, retired: Object.fromEntries(retired) },
    // What was due may be gone already: a listing is up to a minute late.
    toSend: [...list.texts.keys()].filter((hash) => !published.stored.has(hash) || isDue(hash)),
    toRemove: unnamed.filter(isDue),
  };
}

/**
 * Carries a plan out. A failure before the manifest is written leaves the old list in force; what was sent by then need
 * not be sent again.
 * @throws KvError that says what is in force, where the new list may not be
 */
export async function publishList(
  kv: Kv,
  name: string,
  list: BuiltList,
  plan: ListPlan,
  progress: (sent: number) => void,
): Promise<ListPublication> {
  const shards = plan.toSend.map((hash) => ({ key: shardKey(name, hash), value: list.texts.get(hash) ?? "" }));
  try {
    await kv.putAll(shards, progress);
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    throw new KvError(`the old list is in force: ${error.message}`, error, error.isRefusal);
  }
  await putManifest(kv, name, plan);
  return await removeShards(kv, name, plan.toRemove);
}

/** Removes old shards; what is left after a failure, the next push removes. */
async function removeShards(kv: Kv, name: string, hashes: readonly string[]): Promise<ListPublication> {
  let removed = 0;
  try {
    for (const hash of hashes) {
      await kv.delete(shardKey(name, hash));
      removed++;
    }
    return { removed, warnings: [] };
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    return { removed, warnings: [`old shards of ${name} were not removed: ${error.message}`] };
  }
}

async function putManifest(kv: Kv, name: string, { version, manifest }: ListPlan): Promise<void> {
  const text = JSON.stringify(manifest);
  try {
    await kv.put(listKey(name), text, { version, time: new Date().toISOString() });
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    if (error.isRefusal) throw new KvError(`the old list is in force: ${error.message}`, error, true);
    // The answer was lost, the manifest perhaps not.
    const found = await kv.getText(listKey(name)).catch(() => undefined);
    if (found === text) return;
    throw new KvError(`nobody knows whether the new list is in force: ${error.message}; push again`, error);
  }
}
