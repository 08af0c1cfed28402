/** Who may call what by a policy, as rows of a table or ends of a picture; origins with the same access can be one. */

import type { OriginEntry, PolicyDocument } from "../../core/document-schema.ts";
import { fieldsOf } from "../../core/origin-entry.ts";
import { expiryOf } from "../check-policies.ts";
import { count } from "../count.ts";

/** That an origin is allowed by a rule. */
export interface Grant {
  /** The last day. */
  readonly expires?: string;
  /** Undefined where the end is far. */
  readonly state?: "origin-expired" | "origin-expiring";
}

/** An origin pattern or a huge list, and every rule that allows it. */
export interface Caller {
  readonly name: string;
  readonly isList: boolean;
  /** By the number of the rule. */
  readonly grants: ReadonlyMap<number, Grant>;
  readonly owners: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Everybody whom a document allows something, in the order in which the document names them.
 * @param now milliseconds since the epoch
 */
export function callersOf({ rules }: PolicyDocument, now: number): Caller[] {
  const callers = new Map<
    string,
    { grants: Map<number, Grant>; isList: boolean; owners: Set<string>; notes: Set<string> }
  >();
  for (const [index, { allowOrigins }] of rules.entries()) {
    for (const entry of allowOrigins) {
      const { name, isList, expires, owner, note } = readEntry(entry);
      const key = `${isList} ${name}`;
      const caller = callers.get(key) ?? { grants: new Map(), isList, owners: new Set(), notes: new Set() };
      callers.set(key, caller);
      caller.grants.set(index, longest(caller.grants.get(index), grantUntil(expires, now)));
      if (owner !== undefined) caller.owners.add(owner);
      if (note !== undefined) caller.notes.add(note);
    }
  }
  return [...callers].map(([key, { owners, notes, ...caller }]) => ({
    ...caller,
    name: key.slice(key.indexOf(" ") + 1),
    owners: [...owners],
    notes: [...notes],
  }));
}

interface Entry {
  readonly name: string;
  readonly isList: boolean;
  readonly expires?: string;
  readonly owner?: string;
  readonly note?: string;
}

function readEntry(entry: OriginEntry): Entry {
  const fields = fieldsOf(entry);
  if (fields.list !== undefined) return { name: fields.list, isList: true };
  const { origin, ...rest } = fields;
  return { name: origin, isList: false, ...rest };
}

function grantUntil(expires: string | undefined, now: number): Grant {
  if (expires === undefined) return {};
  const state = expiryOf(expires, now);
  return { expires, ...(state !== undefined && { state }) };
}

/** Of two entries for one origin the one that holds longer. */
function longest(a: Grant | undefined, b: Grant): Grant {
  if (a === undefined) return b;
  if (a.expires === undefined || b.expires === undefined) return {};
  return a.expires > b.expires ? a : b;
}

/** The callers as they are today: without the grants that have expired, and without those who have no other. */
export function stillAllowed(callers: readonly Caller[]): Caller[] {
  return callers.flatMap((caller) => {
    const grants = new Map([...caller.grants].filter(([, { state }]) => state !== "origin-expired"));
    return grants.size === 0 ? [] : [{ ...caller, grants }];
  });
}

/** Puts callers together that a key does not tell apart, in order of their first. */
export function groupCallers(callers: readonly Caller[], keyOf: (caller: Caller) => string): readonly Caller[][] {
  return [...Map.groupBy(callers, keyOf).values()];
}

/** A key of what exactly a caller may do, and until when. */
export function accessKey({ grants }: Caller): string {
  return [...grants].map(([rule, { expires = "" }]) => `${rule}:${expires}`).join();
}

/** `1,000 origins`, `1 origin and 2 lists`. */
export function countCallers(callers: readonly Caller[]): string {
  const lists = callers.filter(({ isList }) => isList).length;
  const origins = callers.length - lists;
  const parts = [origins > 0 ? count(origins, "origin") : "", lists > 0 ? count(lists, "list") : ""];
  return parts.filter((part) => part !== "").join(" and ");
}
