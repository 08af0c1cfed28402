/** Whether a huge list has an origin, as far as KV has said it. */

import { type ListManifest, listKey, parseManifest, shardHas, shardIndex, shardKey } from "../core/origin-list.ts";
import { DocumentStore, type StoreSurroundings } from "./document-store.ts";
import type { Judged, Known } from "./kept-documents.ts";
import type { RequestContext } from "./request-context.ts";
import { ShardCache } from "./shard-cache.ts";

/** True or false, or undefined where the list cannot be asked. */
type Answer = boolean | undefined;

/** Huge lists by name. */
export class Lists {
  readonly #manifests: DocumentStore<ListManifest>;
  readonly #shards: ShardCache;

  constructor(surroundings: StoreSurroundings, readShard: (key: string) => Promise<string | null>) {
    const { now, sleep, times } = surroundings;
    this.#manifests = new DocumentStore(surroundings, judge);
    this.#shards = new ShardCache({
      read: readShard,
      now,
      sleep,
      log: surroundings.log as (event: { event: string }) => void,
      waitSeconds: times.coldWaitSeconds,
      readTimeoutSeconds: times.readTimeoutSeconds,
      retrySeconds: times.retrySeconds,
    });
  }

  /** Whether a list has an origin; at once where manifest and shard are in memory. Never rejects. */
  has(list: string, origin: string, context: RequestContext): Answer | Promise<Answer> {
    const known = this.#manifests.lookup([listKey(list)], context);
    if (known instanceof Promise) return known.then((later) => this.#ask(list, later, origin, context));
    return this.#ask(list, known, origin, context);
  }

  #ask(list: string, known: Known<ListManifest>, origin: string, context: RequestContext): Answer | Promise<Answer> {
    if (known.kind !== "found") return undefined;
    const { shards } = known.value;
    const hash = shards[shardIndex(origin, shards.length)] ?? "";
    if (hash === "") return false;
    const key = shardKey(list, hash);
    const text = this.#shards.get(key);
    if (text !== undefined) return shardHas(text, origin);
    return this.#shards.read(key, context).then((later) => (later === undefined ? undefined : shardHas(later, origin)));
  }
}

function judge(text: string): Judged<ListManifest> {
  const value = parseManifest(text);
  return value === undefined ? { ok: false, issues: ["not a manifest"] } : { ok: true, value };
}
