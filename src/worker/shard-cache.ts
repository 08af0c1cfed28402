/** Shards of huge lists in memory: immutable texts, bounded by their size, never read twice at once. */

import { forgetOldest } from "./kept-documents.ts";

/** What the cache needs from outside. */
export interface ShardSurroundings {
  /** The text under a key; null where there is none. */
  readonly read: (key: string) => Promise<string | null>;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly log: (event: { readonly event: string; readonly [field: string]: unknown }) => void;
  /** So long a request waits for a shard, in seconds. */
  readonly waitSeconds: number;
  /** A read older than this no longer counts as under way. */
  readonly readTimeoutSeconds: number;
  /** So long after a failed read the shard is not read again. */
  readonly retrySeconds: number;
}

const MAX_LENGTH = 32 * 1024 * 1024;
/** A flood of random origins must not hold more shards on their way than the memory can bear. */
const MAX_READS = 32;
const MAX_FAILED = 1000;

/** The shards of all lists that this isolate knows. */
export class ShardCache {
  readonly #in: ShardSurroundings;
  /** Least recently used first. */
  readonly #texts = new Map<string, string>();
  #length = 0;
  readonly #reads = new Map<string, { readonly startedAt: number; readonly done: Promise<void> }>();
  readonly #failedAt = new Map<string, number>();
  #isFailing = false;

  constructor(surroundings: ShardSurroundings) {
    this.#in = surroundings;
  }

  /** The text of a shard in memory. */
  get(key: string): string | undefined {
    const text = this.#texts.get(key);
    if (text === undefined) return undefined;
    this.#texts.delete(key);
    this.#texts.set(key, text);
    return text;
  }

  /** The text of a shard, read if need be; undefined where that fails or takes too long. Never rejects. */
  async read(key: string, waitUntil: (done: Promise<void>) => void): Promise<string | undefined> {
    const deadline = this.#in.now() + this.#in.waitSeconds * 1000;
    while (this.get(key) === undefined && !this.#hasFailed(key)) {
      const left = deadline - this.#in.now();
      if (left <= 0) break;
      const read = this.#underWay(key) ?? (this.#reads.size < MAX_READS ? this.#start(key, waitUntil) : undefined);
      const done = read ?? Promise.race([...this.#reads.values()].map((other) => other.done));
      await Promise.race([done, this.#in.sleep(left)]);
    }
    return this.get(key);
  }

  #hasFailed(key: string): boolean {
    const age = this.#in.now() - (this.#failedAt.get(key) ?? Number.NEGATIVE_INFINITY);
    return age >= 0 && age < this.#in.retrySeconds * 1000;
  }

  #underWay(key: string): Promise<void> | undefined {
    const oldest = this.#in.now() - this.#in.readTimeoutSeconds * 1000;
    for (const [other, { startedAt }] of this.#reads) if (startedAt < oldest) this.#reads.delete(other);
    return this.#reads.get(key)?.done;
  }

  #start(key: string, waitUntil: (done: Promise<void>) => void): Promise<void> {
    const done = this.#readNow(key);
    this.#reads.set(key, { startedAt: this.#in.now(), done });
    waitUntil(done);
    return done;
  }

  async #readNow(key: string): Promise<void> {
    try {
      const text = await this.#in.read(key);
      if (text === null) throw new Error("there is no such key");
      this.#keep(key, text);
      if (this.#isFailing) this.#in.log({ event: "list-shards-recovered", key });
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) this.#in.log({ event: "list-shards-failing", key, error: String(error) });
      this.#isFailing = true;
      this.#failedAt.delete(key);
      this.#failedAt.set(key, this.#in.now());
      forgetOldest(this.#failedAt, MAX_FAILED);
    } finally {
      this.#reads.delete(key);
    }
  }

  #keep(key: string, text: string): void {
    if (this.#texts.has(key)) return;
    this.#texts.set(key, text);
    this.#length += text.length;
    for (const [oldest, { length }] of this.#texts) {
      if (this.#length <= MAX_LENGTH) return;
      this.#texts.delete(oldest);
      this.#length -= length;
    }
  }
}
