/** The last good document of this data centre, for isolates that start while KV is down. */

import { forgetOldest } from "./kept-documents.ts";
import type { StoredDocument } from "./stored-document.ts";

/** A document that was usable, and when KV gave it. */
export interface GoodDocument {
  /** The key it lies under, which may be a wildcard's. */
  readonly key: string;
  readonly document: StoredDocument;
  /** Milliseconds since the epoch. */
  readonly readAt: number;
}

/** Last good documents, by the closest key that they were looked up under. No method rejects. */
export interface LastGood {
  /** The document that was last in force for this closest key; undefined where none is known or it is too old. */
  read(closestKey: string): Promise<GoodDocument | undefined>;
  /**
   * Takes in what KV said.
   * @param good what is in force; undefined where nothing usable is
   * @param absent keys that KV says do not exist, and that were not known to be absent before
   * @param hasChanged false where KV said the same as last time
   */
  update(
    closestKey: string,
    good: GoodDocument | undefined,
    absent: readonly string[],
    hasChanged: boolean,
  ): Promise<void>;
}

const MAX_AGE_SECONDS = 86_400;
/** An unchanged document is written again only so often; it then is at least 23 h from its end. */
const REWRITE_AFTER_MS = 3_600_000;
const MAX_WRITTEN = 10_000;

/**
 * Last good documents in the Cache API, under a host that can never be asked for.
 * Under a closest key lies either its document, or the name of the wildcard key whose document was in force: a document
 * that some other hostname used never stands in for one that may exist.
 * @see https://www.rfc-editor.org/rfc/rfc2606#section-2
 */
export class CachedLastGood implements LastGood {
  readonly #open: () => Promise<Cache>;
  readonly #now: () => number;
  readonly #log: (event: { readonly event: "cache-failing"; readonly error: string }) => void;
  #isFailing = false;
  readonly #writtenAt = new Map<string, number>();

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
      const response = await cache.match(urlOf(closestKey));
      const key = response?.headers.get("see") ?? closestKey;
      const holder = key === closestKey ? response : await cache.match(urlOf(key));
      if (holder === undefined) return undefined;
      const readAt = Number(holder.headers.get("read-at"));
      if (!(this.#now() - readAt < MAX_AGE_SECONDS * 1000)) return undefined;
      const version = holder.headers.get("version");
      const text = await holder.text();
      return { key, document: { text, version: version === null ? undefined : Number(version) }, readAt };
    } catch (error) {
      return this.#fail(error);
    }
  }

  async update(
    closestKey: string,
    good: GoodDocument | undefined,
    absent: readonly string[],
    hasChanged: boolean,
  ): Promise<void> {
    const writtenAt = this.#writtenAt.get(closestKey);
    const isDue = writtenAt === undefined || Math.abs(this.#now() - writtenAt) > REWRITE_AFTER_MS;
    try {
      if (absent.length > 0) {
        const cache = await this.#open();
        await Promise.all(absent.filter((key) => key !== closestKey || !good).map((key) => cache.delete(urlOf(key))));
      }
      if (good !== undefined && (hasChanged || isDue)) await this.#write(closestKey, good);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #write(closestKey: string, { key, document, readAt }: GoodDocument): Promise<void> {
    const cache = await this.#open();
    const headers = new Headers({ "cache-control": `max-age=${MAX_AGE_SECONDS}`, "read-at": String(readAt) });
    if (document.version !== undefined) headers.set("version", String(document.version));
    await cache.put(urlOf(key), new Response(document.text, { headers }));
    if (key !== closestKey) {
      await cache.put(urlOf(closestKey), new Response(null, { headers: { ...Object.fromEntries(headers), see: key } }));
    }
    this.#writtenAt.delete(closestKey);
    this.#writtenAt.set(closestKey, this.#now());
    forgetOldest(this.#writtenAt, MAX_WRITTEN);
  }
}

function urlOf(key: string): string {
  return `https://cors-gateway.invalid/${encodeURIComponent(key)}`;
}
