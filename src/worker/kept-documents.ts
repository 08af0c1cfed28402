/** What KV has said, by key: documents with what they mean, and that a key does not exist. */

import { forgetOldest } from "./forget-oldest.ts";
import type { StoredDocument } from "./stored-document.ts";

/** What is known of a document. */
export type Known<Value> =
  | {
      readonly kind: "found";
      readonly value: Value;
      readonly version: number | undefined;
      /** Age in seconds where it is beyond the hard limit, else 0. */
      readonly staleSeconds: number;
    }
  | { readonly kind: "none" }
  /** There is one, but it cannot be used, and no usable one came before it. */
  | { readonly kind: "unusable"; readonly text: string }
  /** KV has not said, or too long ago. */
  | { readonly kind: "unknown" };

/** What is known, and how far it may be relied on. */
export interface Recalled<Value> {
  readonly known: Known<Value>;
  /** True where there is no need to read again. */
  readonly isFresh: boolean;
  /** True where it may be used while it is read again. */
  readonly isUsable: boolean;
  /** What KV has itself, usable or not; undefined where it has nothing. */
  readonly kept: LatestDocument | undefined;
}

/** The document that KV gave last. */
export interface LatestDocument extends StoredDocument {
  /** The key it lies under, which may be a wildcard's. */
  readonly key: string;
  /** True where it cannot be used. */
  readonly isFaulty: boolean;
  /** Milliseconds since the epoch. */
  readonly readAt: number;
}

/** Ages up to which an answer of KV is believed, in milliseconds. */
export interface AgeLimits {
  readonly fresh: number;
  readonly hard: number;
  readonly absentFresh: number;
  readonly absentHard: number;
}

/** What a document's text means, or all that is wrong with it. */
export type Judged<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly issues: readonly unknown[] };

interface Kept<Value> extends LatestDocument {
  /** When KV began to give this text and version. */
  readonly since: number;
  /** What requests go by: the meaning of the last usable text. */
  readonly found: (Known<Value> & { kind: "found" }) | undefined;
}

/** KV's word that a key does not exist. */
interface Absent {
  /** When KV said so last, and when it began to say so. */
  readonly readAt: number;
  readonly since: number;
  /** Which one it was of all that were ever set. */
  readonly place: number;
}

/** Strangers make up hostnames: what is remembered of those must not grow. */
const MAX_ABSENT = 10_000;
/** An isolate has 128 MiB; compiled, long lists of origins take half of this again, rules by the ten thousand far more. */
const MAX_TEXT_LENGTH = 32 * 1024 * 1024;

/** The documents of one kind that this isolate knows. */
export class KeptDocuments<Value> {
  readonly #limits: AgeLimits;
  readonly #judge: (text: string) => Judged<Value>;
  readonly #report: (key: string, kept: boolean, issues: readonly unknown[]) => void;
  readonly #kept = new Map<string, Kept<Value>>();
  #textLength = 0;
  /** "No such key", set last at the end; apart, so that a flood of made-up hostnames cannot evict documents. */
  readonly #absent = new Map<string, Absent>();
  /** How many were ever set. */
  #absentSet = 0;

  /** @param report hears of documents that cannot be used; `kept`: the one before goes on in force */
  constructor(
    limits: AgeLimits,
    judge: (text: string) => Judged<Value>,
    report: (key: string, kept: boolean, issues: readonly unknown[]) => void,
  ) {
    this.#limits = limits;
    this.#judge = judge;
    this.#report = report;
  }

  /** The closest of these keys that exists; undefined where it is not known of every closer one that it does not. */
  recall(keys: readonly string[], now: number): Recalled<Value> | undefined {
    const { fresh, hard, absentFresh, absentHard } = this.#limits;
    let isFresh = true;
    let isUsable = true;
    for (const key of keys) {
      const kept = this.#kept.get(key);
      const readAt = kept?.readAt ?? this.#recallAbsent(key);
      if (readAt === undefined) return undefined;
      const age = now - readAt;
      // A clock that was set back makes an age negative: read again, as if it were old.
      isFresh &&= age >= 0 && age < (kept === undefined ? absentFresh : fresh);
      isUsable &&= age >= 0 && age < (kept === undefined ? absentHard : hard);
      if (kept !== undefined) return { known: knownOf(kept, age, hard), isFresh, isUsable, kept };
    }
    return { known: { kind: "none" }, isFresh, isUsable, kept: undefined };
  }

  /**
   * When KV said that there is no such key. What is in use is set anew, so that made-up hostnames do not cost a real one
   * its way to a wildcard's document; but not each time: a Map is slow where one key leaves and comes again and again.
   */
  #recallAbsent(key: string): number | undefined {
    const absent = this.#absent.get(key);
    if (absent !== undefined && this.#absentSet - absent.place > MAX_ABSENT / 2) this.#setAbsent(key, absent);
    return absent?.readAt;
  }

  #setAbsent(key: string, { readAt, since }: Pick<Absent, "readAt" | "since">): void {
    this.#absent.delete(key);
    this.#absent.set(key, { readAt, since, place: ++this.#absentSet });
    forgetOldest(this.#absent, MAX_ABSENT);
  }

  /** Which of these keys are known not to exist. */
  absent(keys: readonly string[]): string[] {
    return keys.filter((key) => this.#absent.has(key));
  }

  /** When what is known of these keys changed last, in milliseconds since the epoch. */
  changedAt(keys: readonly string[]): number {
    return Math.max(...keys.map((key) => (this.#kept.get(key) ?? this.#absent.get(key))?.since ?? 0));
  }

  /** Puts an older document in force under its key, where KV has one that is not usable and nothing else is known. */
  adopt({ key, text, version }: StoredDocument & { readonly key: string }): void {
    const kept = this.#kept.get(key);
    const judged = this.#judge(text);
    if (kept === undefined || kept.found !== undefined || !judged.ok) return;
    this.#kept.set(key, { ...kept, found: { kind: "found", value: judged.value, version, staleSeconds: 0 } });
  }

  /**
   * Takes in what KV said of a key. An answer to an earlier question never replaces a later one's. True where the document
   * had become unusable, and is usable again.
   * Security: a document that is not usable grants nothing, and never replaces one that was.
   */
  learn(key: string, stored: StoredDocument | null, readAt: number, now: number): boolean {
    const kept = this.#kept.get(key);
    const absent = this.#absent.get(key);
    const last = (kept ?? absent)?.readAt;
    if (last !== undefined && readAt < last && last <= now) return false;
    if (stored === null) {
      this.#drop(key);
      this.#setAbsent(key, { readAt, since: absent?.since ?? readAt });
      return false;
    }
    this.#absent.delete(key);
    const isSame = kept?.text === stored.text && kept.version === stored.version;
    const next = isSame ? { ...kept, readAt } : this.#meaningOf(key, stored, readAt, kept);
    this.#drop(key);
    this.#kept.set(key, next);
    this.#textLength += next.text.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#textLength <= MAX_TEXT_LENGTH || oldest === key) break;
      this.#drop(oldest);
    }
    return kept?.isFaulty === true && !next.isFaulty;
  }

  #meaningOf(
    key: string,
    { text, version }: StoredDocument,
    readAt: number,
    kept: Kept<Value> | undefined,
  ): Kept<Value> {
    const judged = this.#judge(text);
    if (!judged.ok) {
      this.#report(key, kept?.found !== undefined, judged.issues);
      return { key, text, version, found: kept?.found, isFaulty: true, readAt, since: readAt };
    }
    const found = { kind: "found", value: judged.value, version, staleSeconds: 0 } as const;
    return { key, text, version, found, isFaulty: false, readAt, since: readAt };
  }

  #drop(key: string): void {
    this.#textLength -= this.#kept.get(key)?.text.length ?? 0;
    this.#kept.delete(key);
  }
}

function knownOf<Value>(kept: Kept<Value>, age: number, hardLimit: number): Known<Value> {
  if (kept.found === undefined) return { kind: "unusable", text: kept.text };
  return age < hardLimit ? kept.found : { ...kept.found, staleSeconds: Math.floor(age / 1000) };
}
