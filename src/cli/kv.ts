/** KV as the commands see it: local development's, or Cloudflare's. */

/** A value and what was written beside it. */
export interface KvEntry {
  readonly value: string;
  readonly metadata: unknown;
}

/** A key and its value. */
export interface KvValue {
  readonly key: string;
  readonly value: string;
}

/** A key without its value. */
export interface KvKey {
  readonly name: string;
  readonly metadata: unknown;
}

/** A KV namespace. Every method rejects with a {@link KvError} where KV cannot be reached or refuses. */
export interface Kv {
  /** For messages: `local KV`, `remote KV`. */
  readonly name: string;
  /** The entry under a key; null where there is none. Cloudflare's KV shows metadata up to a minute late. */
  get(key: string): Promise<KvEntry | null>;
  /** The value alone: at most half the cost of {@link Kv.get}, and never late. */
  getText(key: string): Promise<string | null>;
  put(key: string, value: string, metadata: unknown): Promise<void>;
  /** Puts many entries without metadata, in no order; `progress` hears how many are there. */
  putAll(entries: readonly KvValue[], progress: (done: number) => void): Promise<void>;
  delete(key: string): Promise<void>;
  /** Names and metadata of all keys with a prefix, in order of the names. Cloudflare's KV is up to a minute late here. */
  list(prefix: string): Promise<readonly KvKey[]>;
  /** Lets go of everything that was opened. */
  close(): Promise<void>;
}

/** KV could not be reached, or refused. */
export class KvError extends Error {
  /** True where KV said no: a write was certainly not done. False where the answer never came. */
  readonly isRefusal: boolean;

  constructor(message: string, cause?: unknown, isRefusal = false) {
    super(message, { cause });
    this.name = "KvError";
    this.isRefusal = isRefusal;
  }
}
