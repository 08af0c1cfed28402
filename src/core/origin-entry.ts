/** Entries of `allowOrigins`, whichever of the three ways they are written. */

import type { DatedOrigin, ListReference, OriginEntry } from "./document-schema.ts";
import { endOfDay } from "./expiry.ts";

/** What an entry says: who is allowed, or the huge list that has them. */
export type EntryFields =
  | (DatedOrigin & { readonly list?: undefined })
  | (ListReference & { readonly [Name in keyof DatedOrigin]?: undefined });

/** @example fieldsOf("https://app.example.com") // { origin: "https://app.example.com" } */
export function fieldsOf(entry: OriginEntry): EntryFields {
  return typeof entry === "string" ? { origin: entry } : entry;
}

/** When the last day of an entry is over, in milliseconds since the epoch; undefined where it has none. */
export function endOf({ expires }: EntryFields): number | undefined {
  return expires === undefined ? undefined : endOfDay(expires);
}

/** An entry as a sentence names it: its origin, or `the list customers`. */
export function describeEntry(entry: OriginEntry): string {
  const { origin, list } = fieldsOf(entry);
  return origin ?? `the list ${list}`;
}
