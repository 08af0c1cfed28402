/** Shards of huge lists in memory: immutable texts, bounded by their size, never read twice at once. */

import { faultOf } from "./document-store.ts";
import { forgetOldest } from "./forget-oldest.ts";
import type { RequestContext } from "./request-context.ts";

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

  /**
   * The text of a shard, read if need be; undefined where that fails or takes too long. Never rejects.
   * A shard whose last read failed is read again, but no longer waited for.
   */
  async read(key: string, context: RequestContext): Promise<string | undefined> {
    const seconds = context.hasWaited || this.#failedAt.has(key) ? 0 : this.#in.waitSeconds;
    let isOver = false;
    // One timer for all rounds: a clock that jumps makes nobody wait longer.
    const timer = this.#in.sleep(seconds * 1000).then(() => {
      isOver = true;
    });
    while (this.get(key) === undefined && !this.#hasFailed(key)) {
      if (isOver) {
        context.hasWaited = true;
        this.#fail(key, seconds);
        break;
      }
      const read = this.#underWay(key) ?? (this.#reads.size < MAX_READS ? this.#start(key, context) : undefined);
      const done = read ?? Promise.race([...this.#reads.values()].map((other) => other.done));
      await Promise.race([done, timer]);
    }
    return this.get(key);
  }

  #hasFailed(key: string): boolean {
    const age = this.#in.now() - (this.#failedAt.get(key) ?? Number.NEGATIVE_INFINITY);
    return age >= 0 && age < this.#in.retrySeconds * 1000;
  }

  #underWay(key: string): Promise<void> | undefined {
    for (const [other, { startedAt }] of this.#reads) {
      const age = this.#in.now() - startedAt;
      if (age < 0 || age >= this.#in.readTimeoutSeconds * 1000) this.#reads.delete(other);
    }
    return this.#reads.get(key)?.done;
  }

  #start(key: string, context: RequestContext): Promise<void> {
    const done = this.#readNow(key).finally(() => {
      if (this.#reads.get(key) === read) this.#reads.delete(key);
    });
    const read = { startedAt: this.#in.now(), done };
    this.#reads.set(key, read);
    context.waitUntil(done);
    return done;
  }

  async #readNow(key: string): Promise<void> {
    try {
      const text = await this.#in.read(key);
      if (text === null) throw new Error("there is no such key");
      this.#keep(key, text);
      this.#failedAt.delete(key);
      if (this.#isFailing) this.#in.log({ event: "list-shards-recovered", key });
      this.#isFailing = false;
    } catch (error) {
      this.#fail(key, error);
    }
  }

  #fail(key: string, error: unknown): void {
    if (!this.#isFailing) this.#in.log({ event: "list-shards-failing", key, error: faultOf(error) });
    this.#isFailing = true;
    this.#failedAt.delete(key);
    this.#failedAt.set(key, this.#in.now());
    forgetOldest(this.#failedAt, MAX_FAILED);
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
