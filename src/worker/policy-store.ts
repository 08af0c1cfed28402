/** The policies of this isolate: read from KV, compiled, kept, and used while they are read again. */

import { type CompiledPolicy, compilePolicy } from "../core/compile-policy.ts";
import type { PolicyLookup } from "../core/decide.ts";
import { policyKeys } from "../core/hostname.ts";
import type { PolicyIssue } from "../core/issue.ts";
import { parsePolicy } from "../core/parse-policy.ts";

/** Times of the store, in seconds. */
export interface StoreTimes {
  /** So long a policy is used without a read. */
  readonly freshSeconds: number;
  /** Longer than this it is not used without waiting for a read. */
  readonly hardLimitSeconds: number;
  /** So long a request waits for a read when it has an old policy. */
  readonly staleWaitSeconds: number;
  /** So long a request waits for a read when it has none. */
  readonly coldWaitSeconds: number;
  /** A read older than this no longer counts as under way. */
  readonly readTimeoutSeconds: number;
  /** So long after a failed read the next one starts; doubles with each failure. */
  readonly retrySeconds: number;
  readonly maxRetrySeconds: number;
  /** The same two limits for "no such key". */
  readonly absentFreshSeconds: number;
  readonly absentLimitSeconds: number;
}

/** What the store tells the log. */
export type StoreEvent =
  | {
      readonly event: "policy-unusable";
      readonly key: string;
      readonly kept: boolean;
      readonly issues: readonly PolicyIssue[];
    }
  | { readonly event: "policy-usable-again"; readonly key: string }
  | { readonly event: "policy-store-failing"; readonly hostname: string; readonly error: string }
  | { readonly event: "policy-store-recovered"; readonly hostname: string };

/** What the store needs from outside. */
export interface StoreSurroundings {
  readonly times: StoreTimes;
  /** Reads keys at once; null for a key that does not exist. */
  readonly read: (keys: readonly string[]) => Promise<ReadonlyMap<string, StoredDocument | null>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly log: (event: StoreEvent) => void;
}

/** What KV has under a key. */
export interface StoredDocument {
  readonly text: string;
  /** The version it was pushed with, if any. */
  readonly version: number | undefined;
}

/** A document of KV, as it was last read. */
interface Held extends StoredDocument {
  /** What requests go by: the text's policy, or the last good one before it. */
  readonly lookup: PolicyLookup;
  readonly isFaulty: boolean;
  readonly readAt: number;
}

/** The reads for one hostname, while one is under way or the last one failed. */
interface Reading {
  startedAt: number;
  /** Settles with the read, never rejects; undefined where none is under way. */
  done: Promise<void> | undefined;
  failures: number;
  /** True after a read that failed or took too long: nobody waits then. */
  hasFailed: boolean;
  retryAt: number;
}

/** Strangers make up hostnames: what is remembered of those must not grow. */
const MAX_ABSENT_KEYS = 10_000;
const MAX_READINGS = 1_000;

const NONE: PolicyLookup = { kind: "none" };
const UNKNOWN: PolicyLookup = { kind: "unavailable", namesUpstream: false };

/** Knows the policy of every hostname, as far as KV has said it. */
export class PolicyStore {
  readonly #in: StoreSurroundings;
  readonly #held = new Map<string, Held>();
  /** When KV last said "no such key"; apart, so that a flood of made-up hostnames cannot evict policies. */
  readonly #absent = new Map<string, number>();
  readonly #readings = new Map<string, Reading>();
  #isFailing = false;

  constructor(surroundings: StoreSurroundings) {
    this.#in = surroundings;
  }

  /**
   * What is known of a hostname's policy. Waits for KV only where nothing is known or what is known is too old, and
   * then for a bounded time; never rejects.
   * @param hostname as `policyHostname` gives it
   * @param waitUntil keeps a read in the background alive
   */
  lookup(hostname: string, waitUntil: (done: Promise<void>) => void): PolicyLookup | Promise<PolicyLookup> {
    const keys = policyKeys(hostname);
    if (keys.length === 0) return NONE;
    const known = this.#recall(keys);
    if (known?.isFresh) return known.lookup;
    const reading = this.#read(hostname, keys);
    if (reading.done !== undefined) waitUntil(reading.done);
    if (known?.isUsable) return known.lookup;
    if (reading.done === undefined || reading.hasFailed) return this.#lastKnown(keys);
    return this.#wait(keys, reading, known === undefined ? "coldWaitSeconds" : "staleWaitSeconds");
  }

  async #wait(
    keys: readonly string[],
    reading: Reading,
    limit: "coldWaitSeconds" | "staleWaitSeconds",
  ): Promise<PolicyLookup> {
    // Another request's promise may never settle once that request is gone, hence the timer.
    const isDone = await Promise.race([
      reading.done?.then(() => true),
      this.#in.sleep(this.#in.times[limit] * 1000).then(() => false),
    ]);
    if (isDone === false) this.#fail(reading, new Error(`no answer within ${this.#in.times[limit]} s`), keys);
    return this.#lastKnown(keys);
  }

  /** What is known, however old it is; but that there is no policy at all is believed for a limited time only. */
  #lastKnown(keys: readonly string[]): PolicyLookup {
    const known = this.#recall(keys);
    if (known === undefined) return UNKNOWN;
    return known.lookup.kind === "none" && !known.isUsable ? UNKNOWN : known.lookup;
  }

  /** The closest of these keys that exists; undefined where it is not known of every closer one that it does not. */
  #recall(keys: readonly string[]): { lookup: PolicyLookup; isFresh: boolean; isUsable: boolean } | undefined {
    const { freshSeconds, hardLimitSeconds, absentFreshSeconds, absentLimitSeconds } = this.#in.times;
    const now = this.#in.now();
    let isFresh = true;
    let isUsable = true;
    for (const key of keys) {
      const held = this.#held.get(key);
      const readAt = held?.readAt ?? this.#absent.get(key);
      if (readAt === undefined) return undefined;
      const age = now - readAt;
      // A clock that was set back makes an age negative: read again, as if it were old.
      isFresh &&= age >= 0 && age < 1000 * (held === undefined ? absentFreshSeconds : freshSeconds);
      isUsable &&= age >= 0 && age < 1000 * (held === undefined ? absentLimitSeconds : hardLimitSeconds);
      if (held !== undefined) return { lookup: held.lookup, isFresh, isUsable };
    }
    return { lookup: NONE, isFresh, isUsable };
  }

  /** The read under way for a hostname; starts one unless the last failure is too recent. */
  #read(hostname: string, keys: readonly string[]): Reading {
    const now = this.#in.now();
    const reading = this.#readings.get(hostname) ?? {
      startedAt: 0,
      done: undefined,
      failures: 0,
      hasFailed: false,
      retryAt: 0,
    };
    const age = now - reading.startedAt;
    const isUnderWay = reading.done !== undefined && age >= 0 && age < this.#in.times.readTimeoutSeconds * 1000;
    const mayRetry = now >= reading.retryAt || reading.retryAt - now > this.#in.times.maxRetrySeconds * 1000;
    if (isUnderWay || !mayRetry) return reading;
    reading.startedAt = now;
    reading.done = this.#readNow(hostname, keys, reading, now);
    this.#readings.set(hostname, reading);
    forgetOldest(this.#readings, MAX_READINGS);
    return reading;
  }

  async #readNow(hostname: string, keys: readonly string[], reading: Reading, startedAt: number): Promise<void> {
    try {
      const values = await this.#in.read(keys);
      for (const key of keys) this.#learn(key, values.get(key) ?? null, startedAt);
      if (reading.startedAt === startedAt) this.#readings.delete(hostname);
      if (this.#isFailing) this.#in.log({ event: "policy-store-recovered", hostname });
      this.#isFailing = false;
    } catch (error) {
      this.#fail(reading, error, keys);
      if (reading.startedAt === startedAt) reading.done = undefined;
    }
  }

  /** Notes a failed or overdue read: the next one comes later, and no request waits for it. */
  #fail(reading: Reading, error: unknown, keys: readonly string[]): void {
    if (!this.#isFailing) {
      const hostname = (keys[0] ?? "").replace("policy/", "");
      this.#in.log({ event: "policy-store-failing", hostname, error: String(error) });
    }
    this.#isFailing = true;
    const { retrySeconds, maxRetrySeconds } = this.#in.times;
    const delay = Math.min(retrySeconds * 2 ** reading.failures, maxRetrySeconds);
    reading.hasFailed = true;
    reading.failures++;
    reading.retryAt = this.#in.now() + delay * 1000;
  }

  /** Takes in what KV said of a key at a time; an answer to an earlier question never replaces a later one's. */
  #learn(key: string, stored: StoredDocument | null, readAt: number): void {
    const held = this.#held.get(key);
    if (readAt < (held?.readAt ?? this.#absent.get(key) ?? readAt) && this.#in.now() >= readAt) return;
    if (stored === null) {
      this.#held.delete(key);
      this.#absent.delete(key);
      this.#absent.set(key, readAt);
      forgetOldest(this.#absent, MAX_ABSENT_KEYS);
      return;
    }
    this.#absent.delete(key);
    const isSame = held?.text === stored.text && held.version === stored.version;
    this.#held.set(key, isSame ? { ...held, readAt } : this.#judge(key, stored, readAt, held));
  }

  /** Security: a document that is not usable grants nothing, and never replaces one that was. */
  #judge(key: string, stored: StoredDocument, readAt: number, held: Held | undefined): Held {
    const parsed = parsePolicy(stored.text);
    if (parsed.ok) {
      const policy: CompiledPolicy = compilePolicy(parsed.document);
      if (held?.isFaulty) this.#in.log({ event: "policy-usable-again", key });
      const { version } = stored;
      const lookup: PolicyLookup = { kind: "found", policy, ...(version !== undefined && { version }) };
      return { ...stored, lookup, isFaulty: false, readAt };
    }
    const kept = held?.lookup.kind === "found";
    this.#in.log({ event: "policy-unusable", key, kept, issues: parsed.issues });
    const unusable: PolicyLookup = { kind: "unavailable", namesUpstream: stored.text.includes('"upstream"') };
    return { ...stored, lookup: kept ? held.lookup : unusable, isFaulty: true, readAt };
  }
}

/** Insertion order is age order: whoever writes again deletes first. */
function forgetOldest(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
