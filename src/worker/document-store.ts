/** The documents of this isolate: read from KV, kept, and used while they are read again. */

import { forgetOldest } from "./forget-oldest.ts";
import { type AgeLimits, type Judged, KeptDocuments, type Known } from "./kept-documents.ts";
import type { LastGood } from "./last-good.ts";
import { type AttemptTimes, ReadAttempts } from "./read-attempts.ts";
import type { RequestContext } from "./request-context.ts";
import type { StoredDocument } from "./stored-document.ts";

/** Times of the store, in seconds. */
export interface StoreTimes extends AttemptTimes {
  /** So long a document is used without a read. */
  readonly freshSeconds: number;
  /** Older than this it is not used without waiting for a read. */
  readonly hardLimitSeconds: number;
  /** So long a request waits for a read when it has an old document, and for the data centre's last good one. */
  readonly staleWaitSeconds: number;
  /** So long a request waits for a read when it has none. */
  readonly coldWaitSeconds: number;
  /** The first two limits for "no such key". */
  readonly absentFreshSeconds: number;
  readonly absentLimitSeconds: number;
}

/** What the store tells the log. */
export type StoreEvent =
  | {
      readonly event: "document-unusable";
      readonly key: string;
      readonly kept: boolean;
      readonly issues: readonly unknown[];
    }
  | { readonly event: "document-usable-again"; readonly key: string }
  | { readonly event: "kv-failing"; readonly key: string; readonly error: string }
  | { readonly event: "kv-recovered"; readonly key: string };

/** What the store needs from outside. */
export interface StoreSurroundings {
  readonly times: StoreTimes;
  /** Reads keys at once; null for a key that does not exist. */
  readonly read: (keys: readonly string[]) => Promise<ReadonlyMap<string, StoredDocument | null>>;
  readonly lastGood: LastGood;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly log: (event: StoreEvent) => void;
}

/** The reads for one list of keys, while one is under way or the last one failed. */
interface Reading {
  readonly attempts: ReadAttempts;
  /** Settles with the latest read, never rejects. */
  done: Promise<void>;
  /** Settles once the data centre's last good document was asked for; never rejects. */
  fallback: Promise<void> | undefined;
}

const MAX_READINGS = 1000;

/** Knows documents of one kind, as far as KV has said them. */
export class DocumentStore<Value> {
  readonly #in: StoreSurroundings;
  readonly #kept: KeptDocuments<Value>;
  /** By the closest key. */
  readonly #readings = new Map<string, Reading>();
  #isFailing = false;

  /** @param judge what a text means */
  constructor(surroundings: StoreSurroundings, judge: (text: string) => Judged<Value>) {
    this.#in = surroundings;
    this.#kept = new KeptDocuments(ageLimits(surroundings.times), judge, (key, kept, issues) =>
      surroundings.log({ event: "document-unusable", key, kept, issues }),
    );
  }

  /**
   * What is known of the closest of these keys that exists. Waits for KV only where nothing is known or what is known is
   * too old, and then for a bounded time; never rejects.
   * @param keys at least one, closest first
   */
  lookup(keys: readonly string[], context: RequestContext): Known<Value> | Promise<Known<Value>> {
    const recalled = this.#kept.recall(keys, this.#in.now());
    if (recalled?.isFresh) return recalled.known;
    const reading = this.#read(keys, context);
    if (recalled?.isUsable) return recalled.known;
    return this.#wait(keys, reading, recalled !== undefined, context);
  }

  /** The document under a key, where it is here and need not be read again. */
  recallFresh(key: string): Known<Value> | undefined {
    const recalled = this.#kept.recall([key], this.#in.now());
    return recalled?.isFresh && recalled.kept !== undefined ? recalled.known : undefined;
  }

  /** Waits once for KV, then once for the data centre's last good document, each for a bounded time. */
  async #wait(
    keys: readonly string[],
    reading: Reading,
    isKnown: boolean,
    context: RequestContext,
  ): Promise<Known<Value>> {
    const { staleWaitSeconds, coldWaitSeconds } = this.#in.times;
    if (reading.attempts.failures === 0) {
      const seconds = context.hasWaited ? 0 : isKnown ? staleWaitSeconds : coldWaitSeconds;
      // Another request's promise may never settle once that request is gone, hence the timer.
      const isDone = await this.#within(seconds, reading.done);
      if (!isDone) this.#fail(keys, reading, seconds, context);
      context.hasWaited ||= reading.attempts.failures > 0;
    }
    if (reading.fallback !== undefined && this.#kept.recall(keys, this.#in.now()) === undefined) {
      const isDone = await this.#within(staleWaitSeconds, reading.fallback);
      if (!isDone) reading.fallback = Promise.resolve();
    }
    return this.#lastKnown(keys);
  }

  async #within(seconds: number, done: Promise<void>): Promise<boolean> {
    return Promise.race([done.then(() => true), this.#in.sleep(seconds * 1000).then(() => false)]);
  }

  /** What is known, however old it is; but that there is nothing at all is believed for a limited time only. */
  #lastKnown(keys: readonly string[]): Known<Value> {
    const recalled = this.#kept.recall(keys, this.#in.now());
    if (recalled === undefined || (recalled.known.kind === "none" && !recalled.isUsable)) return { kind: "unknown" };
    return recalled.known;
  }

  /** The reads for these keys; starts one unless one is under way or the last failure is too recent. */
  #read(keys: readonly string[], context: RequestContext): Reading {
    const now = this.#in.now();
    const key = keys[0] ?? "";
    const reading = this.#readings.get(key) ?? {
      attempts: new ReadAttempts(this.#in.times),
      done: Promise.resolve(),
      fallback: undefined,
    };
    const overdueSince = reading.attempts.overdueSince(now);
    if (overdueSince !== undefined) {
      this.#fail(keys, reading, this.#in.times.readTimeoutSeconds, context, overdueSince);
    }
    // What is in use counts as set last, so that made-up hostnames do not make it wait again.
    this.#readings.delete(key);
    this.#readings.set(key, reading);
    forgetOldest(this.#readings, MAX_READINGS);
    if (!reading.attempts.isDue(now)) return reading;
    reading.done = this.#readNow(keys, reading, reading.attempts.start(now), context);
    context.waitUntil(reading.done);
    return reading;
  }

  async #readNow(keys: readonly string[], reading: Reading, startedAt: number, context: RequestContext): Promise<void> {
    try {
      const documents = await this.#in.read(keys);
      this.#learn(keys, documents, startedAt, context);
      await this.#replaceUnusable(keys);
      if (this.#readings.get(keys[0] ?? "") === reading) this.#readings.delete(keys[0] ?? "");
      if (this.#isFailing) this.#in.log({ event: "kv-recovered", key: keys[0] ?? "" });
      this.#isFailing = false;
    } catch (error) {
      // The failure of a read that a later one has overtaken was counted when it was overdue.
      if (!reading.attempts.isLatest(startedAt)) return;
      this.#fail(keys, reading, error, context);
      reading.attempts.end();
    }
  }

  #learn(
    keys: readonly string[],
    documents: ReadonlyMap<string, StoredDocument | null>,
    readAt: number,
    context: RequestContext,
  ): void {
    const now = this.#in.now();
    for (const key of keys) {
      const document = documents.get(key) ?? null;
      const isUsableAgain = this.#kept.learn(key, document, readAt, now);
      if (isUsableAgain) this.#in.log({ event: "document-usable-again", key });
    }
    const latest = this.#kept.recall(keys, now)?.kept;
    const update = this.#in.lastGood.update(keys[0] ?? "", latest, this.#kept.absent(keys), this.#kept.changedAt(keys));
    context.waitUntil(update);
  }

  /**
   * Notes a failed or overdue read: the next one comes later, and no request waits for it.
   * @param error what was thrown, or after how many seconds it was given up
   */
  #fail(keys: readonly string[], reading: Reading, error: unknown, context: RequestContext, at = this.#in.now()): void {
    if (!reading.attempts.fail(at)) return;
    if (!this.#isFailing) this.#in.log({ event: "kv-failing", key: keys[0] ?? "", error: faultOf(error) });
    this.#isFailing = true;
    if (this.#kept.recall(keys, at) !== undefined || reading.fallback !== undefined) return;
    reading.fallback = this.#takeLastGood(keys);
    context.waitUntil(reading.fallback);
  }

  /** An isolate that starts on a bad document takes the good one that it was put over. */
  async #replaceUnusable(keys: readonly string[]): Promise<void> {
    if (this.#kept.recall(keys, this.#in.now())?.known.kind !== "unusable") return;
    const good = await this.#in.lastGood.read(keys[0] ?? "");
    if (good !== undefined) this.#kept.adopt(good);
  }

  async #takeLastGood(keys: readonly string[]): Promise<void> {
    const good = await this.#in.lastGood.read(keys[0] ?? "");
    const now = this.#in.now();
    // What KV said meanwhile counts for more.
    if (good === undefined || this.#kept.recall(keys, now) !== undefined) return;
    for (const key of keys) {
      this.#kept.learn(key, key === good.key ? good : null, good.readAt, now);
      if (key === good.key) return;
    }
  }
}

/** A fault in words: what was thrown, or after how many seconds something was given up. */
export function faultOf(error: unknown): string {
  return typeof error === "number" ? `no answer within ${error} s` : String(error);
}

function ageLimits(times: StoreTimes): AgeLimits {
  return {
    fresh: times.freshSeconds * 1000,
    hard: times.hardLimitSeconds * 1000,
    absentFresh: times.absentFreshSeconds * 1000,
    absentHard: times.absentLimitSeconds * 1000,
  };
}
