/** Reads the manifest of a huge list. */

import { type ListManifest, listKey, parseManifest } from "../core/origin-list.ts";
import type { Kv } from "./kv.ts";

/** What KV has under a list's key; undefined where there is no manifest, or none that can be used. */
export async function readManifest(kv: Kv, name: string): Promise<ListManifest | undefined> {
  return parseManifest((await kv.getText(listKey(name))) ?? "");
}
