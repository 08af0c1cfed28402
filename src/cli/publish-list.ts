/** Puts a huge list into force: shards first, then the manifest, which is the only switch. */

import { type ListManifest, listKey, parseManifest, shardKey } from "../core/origin-list.ts";
import type { BuiltList } from "./build-list.ts";
import { type Kv, KvError } from "./kv.ts";

const DAY = 86_400_000;

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

/** Reads what KV has of a list. */
export async function readList(kv: Kv, name: string): Promise<PublishedList> {
  const [text, keys] = await Promise.all([kv.getText(listKey(name)), kv.list(`${listKey(name)}/`)]);
  const prefix = shardKey(name, "").length;
  return {
    manifest: text === null ? null : (parseManifest(text) ?? null),
    stored: new Set(keys.map((key) => key.name.slice(prefix))),
  };
}

/** Works out what to send and what to remove. A shard goes a day after the last manifest that named it. */
export function planList(list: BuiltList, published: PublishedList, now: Date): ListPlan {
  const named = new Set(list.shards);
  const retired: Record<string, string> = {};
  const toRemove: string[] = [];
  for (const hash of published.stored) {
    if (named.has(hash)) continue;
    const since = published.manifest?.retired?.[hash] ?? now.toISOString();
    // An isolate may go by an older manifest for minutes, and by its last good one for a day.
    if (now.getTime() - Date.parse(since) > DAY) toRemove.push(hash);
    else retired[hash] = since;
  }
  const version = (published.manifest?.version ?? 0) + 1;
  return {
    version,
    manifest: { version, count: list.count, shards: list.shards, retired },
    toSend: [...list.texts.keys()].filter((hash) => !published.stored.has(hash)),
    toRemove,
  };
}

/**
 * Carries a plan out. A failure before the manifest is written leaves the old list in force; what was sent by then need
 * not be sent again.
 * @throws KvError that says what is in force
 */
export async function publishList(
  kv: Kv,
  name: string,
  list: BuiltList,
  plan: ListPlan,
  progress: (sent: number) => void,
): Promise<void> {
  const time = new Date().toISOString();
  try {
    const shards = plan.toSend.map((hash) => ({ key: shardKey(name, hash), value: list.texts.get(hash) ?? "" }));
    await kv.putAll(shards, progress);
    await kv.put(listKey(name), JSON.stringify(plan.manifest), { version: plan.version, time });
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    throw new KvError(`the old list is in force: ${error.message}`, error, error.isRefusal);
  }
  for (const hash of plan.toRemove) await kv.delete(shardKey(name, hash));
}
