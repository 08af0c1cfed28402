/** Puts policy documents into local development's KV. */

import { join } from "node:path";
import type { KVNamespace } from "@cloudflare/workers-types";
import { getPlatformProxy } from "wrangler";

/**
 * Puts documents under their keys into the KV that a gateway with the same `state` reads; other keys stay.
 * @param configPath the wrangler.toml
 * @param state folder of local development's storage, as `--persist-to` takes it
 */
export async function seedPolicies(
  policies: ReadonlyMap<string, string>,
  configPath: string,
  state: string,
): Promise<void> {
  // `wrangler dev` adds the folder "v3" to its own; here it must be named.
  const platform = await getPlatformProxy<{ POLICIES: KVNamespace }>({
    configPath,
    envFiles: [],
    persist: { path: join(state, "v3") },
  });
  try {
    for (const [key, text] of policies) await platform.env.POLICIES.put(key, text);
  } finally {
    await platform.dispose();
  }
}
