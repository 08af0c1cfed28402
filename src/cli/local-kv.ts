/** Local development's KV: the one of `npm start`, `wrangler dev`, and `wrangler kv key` without --remote. */

import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { KVNamespace } from "@cloudflare/workers-types";
import { type Kv, KvError, type KvKey } from "./kv.ts";
import { QUIET_WRANGLER } from "./run-wrangler.ts";

/** Which namespace: the one that wrangler.toml binds to POLICIES. */
export interface LocalKvOptions {
  readonly configPath: string;
  /** As `wrangler --env`. */
  readonly environment?: string | undefined;
  /** Folder of local development's storage, as `--persist-to` takes it. */
  readonly state: string;
}

/**
 * Opens local development's KV, which may be in use by a running `wrangler dev`.
 * @throws KvError where wrangler.toml cannot be used, or binds no namespace to POLICIES
 */
export async function openLocalKv({ configPath, environment, state }: LocalKvOptions): Promise<Kv> {
  const { namespace, dispose } = await attempt(async () => {
    Object.assign(process.env, QUIET_WRANGLER, { WRANGLER_LOG: "none" });
    // Only now: wrangler takes a second to load, and reads the variables while it does.
    const { getPlatformProxy, unstable_readConfig: readConfig } = await import("wrangler");
    if (environment !== undefined) requireEnvironment(readConfig({ config: configPath }), environment);
    const platform = await getPlatformProxy<{ POLICIES?: KVNamespace }>({
      configPath,
      ...(environment !== undefined && { environment }),
      envFiles: [],
      remoteBindings: false,
      // `wrangler dev` adds the folder "v3" to its own; here it must be named.
      persist: { path: join(state, "v3") },
    });
    return { namespace: platform.env.POLICIES, dispose: platform.dispose };
  });
  if (namespace === undefined) {
    await dispose();
    throw new KvError(`${configPath} has no KV namespace with the binding POLICIES`, undefined, true);
  }
  return {
    name: environment === undefined ? "local KV" : `local KV (${environment})`,
    get: (key) =>
      attempt(async () => {
        const { value, metadata } = await namespace.getWithMetadata(key, "text");
        return value === null ? null : { value, metadata };
      }),
    getText: (key) => attempt(() => namespace.get(key, "text")),
    put: (key, value, metadata) => attempt(() => namespace.put(key, value, { metadata })),
    putAll: (entries, progress) =>
      attempt(async () => {
        for (const [index, { key, value }] of entries.entries()) {
          await namespace.put(key, value);
          progress(index + 1);
        }
      }),
    delete: (key) => attempt(() => namespace.delete(key)),
    list: (prefix) => attempt(() => listAll(namespace, prefix)),
    close: dispose,
  };
}

/** wrangler itself only warns of an environment that is not there, and goes on with the top level's namespace. */
function requireEnvironment({ definedEnvironments = [] }: { definedEnvironments?: string[] }, name: string): void {
  if (definedEnvironments.includes(name)) return;
  throw new KvError(`wrangler.toml has no [env.${name}] that --env could mean`, undefined, true);
}

async function listAll(namespace: KVNamespace, prefix: string): Promise<KvKey[]> {
  const keys: KvKey[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof namespace.list>> = await namespace.list({ prefix, cursor });
    keys.push(...page.keys.map(({ name, metadata }) => ({ name, metadata: metadata ?? null })));
    cursor = page.list_complete ? null : page.cursor;
  } while (cursor !== null);
  return keys;
}

/** Does something with wrangler's local runtime; every failure is a {@link KvError} of one line. */
async function attempt<Result>(action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof KvError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const [line = ""] = stripVTControlCharacters(message).trim().split("\n");
    throw new KvError(`local KV cannot be used: ${line}`, error);
  }
}
