/** Cloudflare's KV, through the project's wrangler and its login or CLOUDFLARE_API_TOKEN. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kv, KvError, type KvKey } from "./kv.ts";
import { runWrangler } from "./run-wrangler.ts";

/** Which namespace: the one that wrangler.toml binds to POLICIES. */
export interface RemoteKvOptions {
  readonly configPath: string;
  /** As `wrangler --env`. */
  readonly environment?: string | undefined;
  /** For each command of wrangler; every method of the KV is one command, `get` two at once. */
  readonly timeLimitSeconds: number;
}

/** Values of some 64 KiB: a request of some 10 MiB. */
const BULK_SIZE = 160;
const BULK_TIME_LIMIT_SECONDS = 300;

/** Opens Cloudflare's KV. Nothing is asked of it yet. */
export function openRemoteKv({ configPath, environment, timeLimitSeconds }: RemoteKvOptions): Kv {
  const target = ["--binding", "POLICIES", "--remote", "--preview=false", "--config", configPath];
  const branch = environment === undefined ? [] : ["--env", environment];
  const key = (verb: string, ...args: string[]) =>
    runWrangler(["kv", "key", verb, ...args, ...target, ...branch], timeLimitSeconds);
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
        const bulk = entries.slice(start, start + BULK_SIZE);
        await withFile(JSON.stringify(bulk), (path) =>
          runWrangler(["kv", "bulk", "put", path, ...target, ...branch], BULK_TIME_LIMIT_SECONDS),
        );
        progress(start + bulk.length);
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
  return kv;
}

async function withFile(content: string, use: (path: string) => Promise<unknown>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "cors-gateway-"));
  try {
    const path = join(folder, "value");
    await writeFile(path, content);
    await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** wrangler has no other way to say that there is no such key. */
function isNotFound({ cause }: KvError): boolean {
  return cause instanceof Error && cause.message.includes(" - 404: ");
}

function parseListing(text: string): KvKey[] {
  try {
    const keys = JSON.parse(text) as { name: string; metadata?: unknown }[];
    return keys.map(({ name, metadata }) => ({ name, metadata: metadata ?? null }));
  } catch (error) {
    throw new KvError("wrangler listed keys in a form that is not known: see that npm ci was run", error);
  }
}
