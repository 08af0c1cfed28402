/** Puts policy documents into local development's KV. */

import { openLocalKv } from "../cli/local-kv.ts";

/**
 * Puts documents under their keys into the KV that a gateway with the same `state` reads; other keys stay.
 * @param configPath the wrangler.toml
 * @param state folder of local development's storage, as `--persist-to` takes it
 * @throws KvError where wrangler.toml or the storage cannot be used
 */
export async function seedPolicies(
  policies: ReadonlyMap<string, string>,
  configPath: string,
  state: string,
): Promise<void> {
  const kv = await openLocalKv({ configPath, state });
  try {
    await kv.putAll(
      [...policies].map(([key, value]) => ({ key, value })),
      () => {},
    );
  } finally {
    await kv.close();
  }
}
