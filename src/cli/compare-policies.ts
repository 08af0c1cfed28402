/** Compares what serves a hostname in two sets of policies. */

import { type AccessChange, compareAccess } from "../core/compare/compare-access.ts";
import type { ListContents } from "../core/compare/compare-origins.ts";
import { listsNamedBy } from "../core/compare/named-lists.ts";
import type { PolicyDocument } from "../core/document-schema.ts";
import { parsePolicy } from "../core/parse-policy.ts";
import type { Kv } from "./kv.ts";
import { type PolicySet, policiesInKv, servingHostnames } from "./policy-set.ts";

/** The document that serves a hostname. */
export interface ServingPolicy {
  /** Undefined where there is none, or none that is usable: then every request from another origin is denied. */
  readonly document: PolicyDocument | undefined;
  /** Whose document it is: the hostname's own, or a wildcard's; undefined where there is none. */
  readonly servedBy: string | undefined;
  /** How many issues keep it from being used. */
  readonly issues: number;
}

/** Finds the document that serves a hostname, or a wildcard: the closest one, as the edge chooses it. */
export async function readServing(set: PolicySet, hostname: string): Promise<ServingPolicy> {
  for (const servedBy of servingHostnames(hostname)) {
    const text = await set.read(servedBy);
    if (text !== undefined) return servingPolicy(text, servedBy);
  }
  return { document: undefined, servedBy: undefined, issues: 0 };
}

/** What a document's text makes of it. */
export function servingPolicy(text: string, servedBy: string): ServingPolicy {
  const parsed = parsePolicy(text);
  if (parsed.ok) return { document: parsed.document, servedBy, issues: 0 };
  return { document: undefined, servedBy, issues: parsed.issues.length };
}

/** A policy and where its lists are. */
export interface PolicyVersion {
  readonly policy: ServingPolicy;
  readonly readList: PolicySet["readList"];
}

/** Everything that changes for a hostname from one policy to another, lists by their content. */
export async function comparePolicies(
  before: PolicyVersion,
  after: PolicyVersion,
  now: number,
): Promise<readonly AccessChange[]> {
  const [oldNames, newNames] = [listsOf(before), listsOf(after)];
  // A list is the same as itself, and need not be read to know.
  const areSame =
    before.readList === after.readList &&
    oldNames.size === newNames.size &&
    [...oldNames].every((name) => newNames.has(name));
  const [oldContents, newContents] = areSame
    ? [UNKNOWN, UNKNOWN]
    : [await readContents(before, oldNames), await readContents(after, newNames)];
  return compareAccess(
    { document: before.policy.document, contents: oldContents },
    { document: after.policy.document, contents: newContents },
    now,
  );
}

/**
 * Everything that changes for a hostname if a text takes the place of what serves it in KV.
 * @param current the hostname's own text in force; undefined where it has none, and a wildcard's may serve it
 */
export async function compareWithKv(
  kv: Kv,
  hostname: string,
  current: string | undefined,
  text: string,
): Promise<readonly AccessChange[]> {
  const set = policiesInKv(kv);
  const before = current === undefined ? await readServing(set, hostname) : servingPolicy(current, hostname);
  const { readList } = set;
  return await comparePolicies(
    { policy: before, readList },
    { policy: servingPolicy(text, hostname), readList },
    Date.now(),
  );
}

const UNKNOWN: ListContents = () => undefined;

function listsOf({ policy: { document } }: PolicyVersion): ReadonlySet<string> {
  return listsNamedBy(document?.rules ?? []);
}

async function readContents({ readList }: PolicyVersion, names: ReadonlySet<string>): Promise<ListContents> {
  const contents = new Map<string, ReadonlySet<string> | undefined>();
  for (const name of names) contents.set(name, await readList(name));
  return (name) => contents.get(name);
}
