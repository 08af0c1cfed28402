/** A data centre in the hands of a unit test: KV, the Cache API, and isolates with a document store over them. */

import { DocumentStore, type StoreEvent, type StoreSurroundings } from "../../src/worker/document-store.ts";
import type { Judged, Known } from "../../src/worker/kept-documents.ts";
import { CachedLastGood } from "../../src/worker/last-good.ts";
import type { RequestContext } from "../../src/worker/request-context.ts";
import { type Env, readSettings } from "../../src/worker/settings.ts";
import type { StoredDocument } from "../../src/worker/stored-document.ts";
import { FakeTime, settle } from "./fake-time.ts";

/** The times that hold where no variable says otherwise. */
export const DEFAULT_TIMES = readSettings({} as Env, () => {
  throw new Error("a default is out of its own bounds");
}).times;

/** The context of a new request. */
export function requestContext(waitUntil: (done: Promise<void>) => void = () => undefined): RequestContext {
  return { waitUntil, hasWaited: false };
}

/** One read of KV. */
export interface FakeRead {
  readonly keys: readonly string[];
  /** Answers with what KV holds now, or with this. */
  answer(documents?: Readonly<Record<string, string | null>>): Promise<void>;
  fail(): Promise<void>;
}

/** A KV whose answers come when a test says so. */
export class FakeKvReads {
  /** What it holds; a text may be followed by `@` and a version. */
  readonly values = new Map<string, string>();
  readonly reads: FakeRead[] = [];
  /** What becomes of a read that the test does not answer by hand. */
  mode: "answers" | "fails" | "hangs" = "answers";

  readonly read = (keys: readonly string[]): Promise<ReadonlyMap<string, StoredDocument | null>> =>
    new Promise((resolve, reject) => {
      const answer = (documents: Readonly<Record<string, string | null>>): void =>
        resolve(new Map(keys.map((key) => [key, toDocument(documents[key] ?? null)])));
      const fail = (): void => reject(new Error("KV is down"));
      this.reads.push({
        keys,
        answer: (documents = Object.fromEntries(this.values)) => {
          answer(documents);
          return settle();
        },
        fail: () => {
          fail();
          return settle();
        },
      });
      if (this.mode === "answers") answer(Object.fromEntries(this.values));
      if (this.mode === "fails") fail();
    });

  /** The read that began last. */
  get last(): FakeRead {
    const read = this.reads.at(-1);
    if (read === undefined) throw new Error("there was no read");
    return read;
  }
}

function toDocument(entry: string | null): StoredDocument | null {
  if (entry === null) return null;
  const [text = "", version] = entry.split("@");
  return { text, version: version === undefined ? undefined : Number(version) };
}

/** A named cache of the Cache API, as far as the gateway uses it. */
export class FakeCache {
  readonly entries = new Map<string, Response>();
  /** Every call so far: its method and key. */
  readonly calls: string[] = [];
  /** `loses`: workerd's, whose cache server fails: nothing is thrown, and nothing is done. */
  mode: "answers" | "fails" | "hangs" | "loses" = "answers";

  readonly open = async (): Promise<Cache> => {
    if (this.mode === "fails") throw new Error("no cache");
    return this as unknown as Cache;
  };

  async match(url: string): Promise<Response | undefined> {
    await this.#call("match", url);
    return this.mode === "loses" ? undefined : this.entries.get(url)?.clone();
  }

  async put(url: string, response: Response): Promise<void> {
    await this.#call("put", url);
    if (this.mode !== "loses") this.entries.set(url, response);
  }

  async delete(url: string): Promise<boolean> {
    await this.#call("delete", url);
    return this.mode !== "loses" && this.entries.delete(url);
  }

  /** The keys that lie in it. */
  get keys(): string[] {
    return [...this.entries.keys()].map(keyOf).sort();
  }

  /** The document that lies under a key. */
  async textOf(key: string): Promise<string | undefined> {
    return [...this.entries]
      .find(([url]) => keyOf(url) === key)?.[1]
      .clone()
      .text();
  }

  #call(method: string, url: string): Promise<void> {
    this.calls.push(`${method} ${keyOf(url)}`);
    return this.mode === "hangs" ? new Promise(() => undefined) : Promise.resolve();
  }
}

function keyOf(url: string): string {
  const [, key = "", query = ""] = /^https:\/\/cors-gateway\.invalid\/([^?/]*)\??(.*)$/.exec(url) ?? [];
  return query === "" ? decodeURIComponent(key) : `${query} ${decodeURIComponent(key)}`;
}

/** What an answer says, as short as a test can: the text, then `~` and its age where it is stale. */
export function shortly(known: Known<string>): string {
  if (known.kind !== "found") return known.kind;
  const version = known.version === undefined ? "" : `@${known.version}`;
  return `${known.value}${version}${known.staleSeconds === 0 ? "" : `~${known.staleSeconds}`}`;
}

/** A text means itself; one that begins with `bad` is not usable. */
export function judge(text: string): Judged<string> {
  return text.startsWith("bad") ? { ok: false, issues: [text] } : { ok: true, value: text };
}

/** A KV, a cache, and isolates that read them. */
export class FakeDataCentre {
  readonly time = new FakeTime();
  readonly kv = new FakeKvReads();
  readonly cache = new FakeCache();
  /** What the isolates logged, each as `<event> <key>`. */
  readonly log: string[] = [];

  /** A cold isolate. */
  isolate(times: Partial<StoreSurroundings["times"]> = {}): FakeIsolate {
    return new FakeIsolate(this, { ...DEFAULT_TIMES, ...times });
  }
}

/** A document store, and what it asked to be kept alive. */
export class FakeIsolate {
  readonly store: DocumentStore<string>;
  readonly #centre: FakeDataCentre;
  /** What `waitUntil` was given so far. */
  readonly background: Promise<void>[] = [];

  constructor(centre: FakeDataCentre, times: StoreSurroundings["times"]) {
    this.#centre = centre;
    const log = (event: StoreEvent | { readonly event: "cache-failing"; readonly error: string }): void => {
      centre.log.push(["key" in event ? `${event.event} ${event.key}` : event.event].join(" "));
    };
    this.store = new DocumentStore(
      {
        times,
        read: centre.kv.read,
        lastGood: new CachedLastGood(centre.cache.open, centre.time.now, log),
        now: centre.time.now,
        sleep: centre.time.sleep,
        log,
      },
      judge,
    );
  }

  /** Looks up, without letting time pass. */
  lookup(...keys: string[]): Known<string> | Promise<Known<string>> {
    return this.store.lookup(
      keys,
      requestContext((done) => this.background.push(done)),
    );
  }

  /** Asks at once: the answer, and `waited <s>` where it was waited for. */
  async ask(...keys: string[]): Promise<string> {
    const known = this.lookup(...keys);
    const { answer, waited } = await this.#centre.time.until(known);
    return waited === 0 ? shortly(answer) : `${shortly(answer)} waited ${waited}`;
  }
}
