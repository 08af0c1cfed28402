/**
 * Huge lists of exact origins, as KV has them: a manifest that names shards by their content, and shards of sorted text.
 * Writing the manifest is the only switch between two versions of a list.
 */

/** What `list/<name>` holds. */
export interface ListManifest {
  readonly version: number;
  /** Number of origins. */
  readonly count: number;
  /** The hash of each shard's text, by the number of the shard; empty for a shard without origins. */
  readonly shards: readonly string[];
}

/** The key of a list's manifest. */
export function listKey(name: string): string {
  return `list/${name}`;
}

/** The key of a shard with this hash. */
export function shardKey(name: string, hash: string): string {
  return `list/${name}/${hash}`;
}

/** Parses a manifest; undefined where it is none. Never throws. */
export function parseManifest(text: string): ListManifest | undefined {
  try {
    const manifest = JSON.parse(text) as Partial<ListManifest> | null;
    const { shards } = manifest ?? {};
    const isUsable = Array.isArray(shards) && shards.length > 0 && shards.every((hash) => typeof hash === "string");
    return isUsable ? (manifest as ListManifest) : undefined;
  } catch {
    // What is no JSON is no manifest; the parser's message says nothing more to anybody.
    return undefined;
  }
}

/**
 * The number of the shard that an origin belongs to: 32-bit FNV-1a, modulo the number of shards.
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export function shardIndex(origin: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < origin.length; i++) hash = Math.imul(hash ^ origin.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % shards;
}

/** True where a line of the sorted text is the origin: a binary search, no line is cut out of the text but the compared. */
export function shardHas(text: string, origin: string): boolean {
  let from = 0;
  let to = text.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    // Before the first character there is no line end, and `lastIndexOf` would look at that character itself.
    const start = middle === 0 ? 0 : Math.max(from, text.lastIndexOf("\n", middle - 1) + 1);
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    if (line === origin) return true;
    if (line < origin) from = end + 1;
    else to = start;
  }
  return false;
}
