/** The last good document of this data centre, for isolates that start while KV is down. */

import { forgetOldest } from "./forget-oldest.ts";
import type { LatestDocument } from "./kept-documents.ts";
import type { StoredDocument } from "./stored-document.ts";

/** A document that was usable, and when KV gave it. */
export interface GoodDocument extends StoredDocument {
  /** The key it lies under, which may be a wildcard's. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly readAt: number;
}

/** Last good documents, by the closest key that they were looked up under. No method rejects. */
export interface LastGood {
  /**
   * The document that was last in force for this closest key, as old as the older of it and of the news that no closer one
   * exists; undefined where none is known or it is too old.
   */
  read(closestKey: string): Promise<GoodDocument | undefined>;
  /**
   * Takes in what KV said.
   * @param latest what lies under the closest key that exists; an unusable one replaces no usable one of its own key
   * @param absent the keys that KV says do not exist
   * @param since when KV said all this first, in milliseconds since the epoch
   */
  update(
    closestKey: string,
    latest: LatestDocument | undefined,
    absent: readonly string[],
    since: number,
  ): Promise<void>;
}

const MAX_AGE_SECONDS = 86_400;
/** What goes unchanged is written again at least so often; a document then is at least 23 h from its end. */
const REWRITE_AFTER_MS = 3_600_000;
const MAX_WRITTEN = 10_000;

/**
 * Last good documents in the Cache API, under a host that can never be asked for.
 * For a closest key there lies the name of the key whose document is its own, and under that key the document: what some
 * other hostname uses never stands in for a document that may exist, even one that is not usable.
 * @see https://www.rfc-editor.org/rfc/rfc2606#section-2
 */
export class CachedLastGood implements LastGood {
  readonly #open: () => Promise<Cache>;
  readonly #now: () => number;
  readonly #log: (event: { readonly event: "cache-failing"; readonly error: string }) => void;
  #isFailing = false;
  /** By closest key: since when KV had said what was written, and when that was written last. */
  readonly #written = new Map<string, { readonly since: number; readonly at: number }>();

  /** @param log hears once that the cache fails; an isolate then is as cold as without one */
  constructor(
    open: () => Promise<Cache>,
    now: () => number,
    log: (event: { readonly event: "cache-failing"; readonly error: string }) => void,
  ) {
    this.#open = open;
    this.#now = now;
    this.#log = log;
  }

  #fail(error: unknown): undefined {
    if (!this.#isFailing) this.#log({ event: "cache-failing", error: String(error) });
    this.#isFailing = true;
  }

  async read(closestKey: string): Promise<GoodDocument | undefined> {
    try {
      const cache = await this.#open();
      const pointer = await cache.match(urlOf(closestKey, "see"));
      const key = pointer?.headers.get("see");
      const holder = key && (await cache.match(urlOf(key)));
      if (!pointer || !holder) return undefined;
      // That no closer key exists is as old as the pointer.
      const readAt = Math.min(...[pointer, holder].map(({ headers }) => Number(headers.get("read-at"))));
      if (!(this.#now() - readAt < MAX_AGE_SECONDS * 1000)) return undefined;
      const version = holder.headers.get("version");
      return { key, text: await holder.text(), version: version === null ? undefined : Number(version), readAt };
    } catch (error) {
      return this.#fail(error);
    }
  }

  /**
   * A cache may fail without a word, and then goes on giving what was revoked. So a change is written again with the next
   * answer, and again whenever twice as much time has passed since.
   */
  #isDue(closestKey: string, since: number, now: number): boolean {
    const written = this.#written.get(closestKey);
    if (written?.since !== since) return true;
    return Math.abs(now - written.at) > Math.min(written.at - since, REWRITE_AFTER_MS);
  }

  async update(
    closestKey: string,
    latest: LatestDocument | undefined,
    absent: readonly string[],
    since: number,
  ): Promise<void> {
    const now = this.#now();
    if (!this.#isDue(closestKey, since, now)) return;
    try {
      const cache = await this.#open();
      // At once: where one of them fails, the others are done nevertheless.
      await Promise.all([
        ...absent.map((key) => cache.delete(urlOf(key))),
        latest !== undefined && write(cache, closestKey, latest),
      ]);
      this.#written.delete(closestKey);
      this.#written.set(closestKey, { since, at: now });
      forgetOldest(this.#written, MAX_WRITTEN);
    } catch (error) {
      this.#fail(error);
    }
  }
}

async function write(
  cache: Cache,
  closestKey: string,
  { key, text, version, isFaulty, readAt }: LatestDocument,
): Promise<void> {
  const headers = new Headers({ "cache-control": `max-age=${MAX_AGE_SECONDS}`, "read-at": String(readAt), see: key });
  await cache.put(urlOf(closestKey, "see"), new Response(null, { headers }));
  if (version !== undefined) headers.set("version", String(version));
  if (!isFaulty) await cache.put(urlOf(key), new Response(text, { headers }));
}

function urlOf(key: string, query = ""): string {
  return `https://cors-gateway.invalid/${encodeURIComponent(key)}?${query}`;
}
