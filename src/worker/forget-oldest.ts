/** Bounds for what an isolate remembers. */

/** Removes what was set or added first until at most so much is left. */
export function forgetOldest(kept: Map<string, unknown> | Set<string>, most: number): void {
  for (const key of kept.keys()) {
    if (kept.size <= most) return;
    kept.delete(key);
  }
}
