/** Cloudflare's KV, through the project's wrangler and its login or CLOUDFLARE_API_TOKEN. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { count } from "./count.ts";
import { type Kv, KvError, type KvKey, type KvValue } from "./kv.ts";
import { runWrangler } from "./run-wrangler.ts";

/** Which namespace: the one that wrangler.toml binds to POLICIES. */
export interface RemoteKvOptions {
  readonly configPath: string;
  /** As `wrangler --env`. */
  readonly environment?: string | undefined;
  /** For each command of wrangler; every method of the KV is one command, `get` two at once, but `putAll` many. */
  readonly timeLimitSeconds: number;
}

/** More Cloudflare does not read at once. Values of some 64 KiB are a request of some 6 MiB. */
const BULK_SIZE = 100;
const BULK_TIME_LIMIT_SECONDS = 300;

/** Opens Cloudflare's KV. Nothing is asked of it yet. */
export function openRemoteKv({ configPath, environment, timeLimitSeconds }: RemoteKvOptions): Kv {
  const target = ["--binding", "POLICIES", "--remote", "--preview=false", "--config", configPath];
  const branch = environment === undefined ? [] : ["--env", environment];
  const key = (verb: string, ...args: string[]) =>
    runWrangler(["kv", "key", verb, ...args, ...target, ...branch], timeLimitSeconds);
  const bulk = (verb: "put" | "get", content: readonly unknown[]) =>
    withFile(JSON.stringify(content), (path) =>
      runWrangler(["kv", "bulk", verb, path, ...target, ...branch], BULK_TIME_LIMIT_SECONDS),
    );
  /** True once the namespace has answered. */
  let isThere = false;
  const kv: Kv = {
    name: environment === undefined ? "remote KV" : `remote KV (${environment})`,
    // Only a listing shows metadata to wrangler.
    async get(name) {
      const [value, keys] = await Promise.all([kv.getText(name), kv.list(name)]);
      if (value === null) return null;
      return { value, metadata: keys.find((found) => found.name === name)?.metadata ?? null };
    },
    async getText(name) {
      try {
        return await key("get", name);
      } catch (error) {
        if (!(error instanceof KvError) || !isNotFound(error)) throw error;
        // Where there is no namespace, wrangler says the same; a listing tells.
        if (!isThere) await kv.list(name);
        return null;
      }
    },
    put: (name, value, metadata) =>
      withFile(value, async (path) => {
        await key("put", name, "--path", path, "--metadata", JSON.stringify(metadata));
      }),
    async putAll(entries, progress) {
      for (let start = 0; start < entries.length; start += BULK_SIZE) {
        const sent = entries.slice(start, start + BULK_SIZE);
        const lost = await putBulk(sent);
        const lostAgain = lost.length === 0 ? [] : await putBulk(lost);
        if (lostAgain.length > 0) {
          throw new KvError(
            `Cloudflare did not write ${count(lostAgain.length, "value")} that it was sent twice: run this again later`,
          );
        }
        progress(start + sent.length);
      }
    },
    async delete(name) {
      await key("delete", name);
    },
    async list(prefix) {
      const keys = parseListing(await key("list", "--prefix", prefix));
      isThere = true;
      return keys;
    },
    async close() {},
  };
  /** Puts entries, and gives back those that are not there then: Cloudflare says which, but wrangler keeps it to itself. */
  async function putBulk(entries: readonly KvValue[]): Promise<KvValue[]> {
    await bulk("put", entries);
    const keys = entries.map((entry) => entry.key);
    return parseAnswer(await bulk("get", keys), (stored: Readonly<Record<string, unknown>>) =>
      entries.filter((entry) => stored[entry.key] !== entry.value),
    );
  }
  return kv;
}

async function withFile<Result>(content: string, use: (path: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "cors-gateway-"));
  try {
    const path = join(folder, "value");
    await writeFile(path, content);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** wrangler has no other way to say that there is no such key. */
function isNotFound({ cause }: KvError): boolean {
  return cause instanceof Error && cause.message.includes(" - 404: ");
}

function parseListing(text: string): KvKey[] {
  return parseAnswer(text, (keys: readonly { name: string; metadata?: unknown }[]) =>
    keys.map(({ name, metadata }) => ({ name, metadata: metadata ?? null })),
  );
}

function parseAnswer<Answer, Result>(text: string, use: (answer: Answer) => Result): Result {
  try {
    return use(JSON.parse(text) as Answer);
  } catch (error) {
    throw new KvError("wrangler answered in a form that is not known: see that npm ci was run", error);
  }
}
