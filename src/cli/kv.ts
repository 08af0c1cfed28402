/** KV as the commands see it: local development's, or Cloudflare's. */

/** A value and what was written beside it. */
export interface KvEntry {
  readonly value: string;
  readonly metadata: unknown;
}

/** A KV namespace. Every method rejects with a {@link KvError} where KV cannot be reached or refuses. */
export interface Kv {
  /** For messages: `local KV`, `remote KV`. */
  readonly name: string;
  /** The entry under a key; null where there is none. */
  get(key: string): Promise<KvEntry | null>;
  put(key: string, value: string, metadata: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  /** Names and metadata of all keys with a prefix, in order of the names. */
  list(prefix: string): Promise<readonly { readonly name: string; readonly metadata: unknown }[]>;
  /** Lets go of everything that was opened. */
  close(): Promise<void>;
}

/** KV could not be reached, or refused. */
export class KvError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "KvError";
  }
}
