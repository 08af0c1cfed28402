/** Documents as KV has them. */

import { parseVersion } from "../core/version.ts";

/** What KV has under a key. */
export interface StoredDocument {
  readonly text: string;
  /** The version it was pushed with, if any. */
  readonly version: number | undefined;
}

/** The least that KV takes. */
const KV_CACHE_SECONDS = 30;

/** Reads documents and the versions they were pushed with, all in one bulk read; null for a key that does not exist. */
export async function readDocuments(
  kv: KVNamespace,
  keys: readonly string[],
): Promise<ReadonlyMap<string, StoredDocument | null>> {
  const entries = await kv.getWithMetadata([...keys], { type: "text", cacheTtl: KV_CACHE_SECONDS });
  return new Map(keys.map((key) => [key, toDocument(entries.get(key) ?? null)]));
}

function toDocument(entry: { value: string | null; metadata: unknown } | string | null): StoredDocument | null {
  // A stand-in for KV that knows no metadata answers with the bare text.
  const { value, metadata } = typeof entry === "string" ? { value: entry, metadata: null } : (entry ?? {});
  return typeof value === "string" ? { text: value, version: parseVersion(metadata) } : null;
}
