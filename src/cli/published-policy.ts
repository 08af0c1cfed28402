/**
 * What KV has of a policy: the document in force under `policy/<hostname>`, and its versions, the last fifty, under
 * `history/<hostname>/<version>`.
 */

import { createHash } from "node:crypto";
import {
  boolean,
  type InferOutput,
  integer,
  isoTimestamp,
  maxValue,
  minValue,
  number,
  object,
  optional,
  pipe,
  regex,
  safeParse,
  string,
} from "valibot";
import { policyKey } from "../core/hostname.ts";
import { MAX_VERSION } from "../core/version.ts";
import type { Kv } from "./kv.ts";

const VersionSchema = pipe(number(), integer(), minValue(0), maxValue(MAX_VERSION));

/** What stands beside a document. Metadata is whatever somebody wrote there; only `version` is needed. */
const MetadataSchema = object({
  version: VersionSchema,
  /** SHA-256 of the text, in hexadecimal. */
  hash: optional(pipe(string(), regex(/^[0-9a-f]{64}$/))),
  /** When it was pushed, as ISO 8601 has it. */
  time: optional(pipe(string(), isoTimestamp())),
  /** Bytes of the text; in the history alone, like what follows. */
  size: optional(pipe(number(), integer(), minValue(0))),
  /** The version that was in force before; absent where there was none. */
  replaces: optional(VersionSchema),
  /** True for a text that was put by other means than push, and found when it was about to be overwritten, at `time`. */
  byHand: optional(boolean()),
});

/** What stands beside a document in KV; the Worker reads the version. */
export type VersionMetadata = InferOutput<typeof MetadataSchema>;

/** The document in force. */
export interface CurrentPolicy {
  readonly text: string;
  readonly hash: string;
  /** Undefined where the document was put by other means than push. */
  readonly version: number | undefined;
  readonly time: string | undefined;
  /** The highest version that is known to have been given, 0 for none. */
  readonly lastVersion: number;
}

/** So many policies are read at once: each may take a process of its own. */
const READS_AT_ONCE = 4;

/** The key under which a version is kept; without a version, what all those keys begin with. */
export function historyKey(hostname: string, version: number | "" = ""): string {
  return `history/${hostname}/${version}`;
}

/** SHA-256 of a text, in hexadecimal. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** `version 7`, `a document put by hand`, `no document`. */
export function describeCurrent(current: CurrentPolicy | null): string {
  if (current === null) return "no document";
  return current.version === undefined ? "a document put by hand" : `version ${current.version}`;
}

/** Reads the documents in force for some hostnames; null where there is none. */
export async function readCurrentPolicies(
  kv: Kv,
  hostnames: readonly string[],
): Promise<ReadonlyMap<string, CurrentPolicy | null>> {
  const [first = "", ...others] = hostnames;
  const [keys, texts] = await Promise.all([
    kv.list(others.length === 0 ? policyKey(first) : policyKey("")),
    readTexts(kv, hostnames.map(policyKey)),
  ]);
  const found = await mapAFewAtOnce(hostnames, async (hostname, index) => {
    const text = texts[index] ?? null;
    const metadata = keys.find(({ name }) => name === policyKey(hostname))?.metadata;
    return [hostname, text === null ? null : await identify(kv, hostname, text, metadata)] as const;
  });
  return new Map(found);
}

/** Reads the document in force for one hostname; null where there is none. */
export async function readCurrentPolicy(kv: Kv, hostname: string): Promise<CurrentPolicy | null> {
  return (await readCurrentPolicies(kv, [hostname])).get(hostname) ?? null;
}

/** Reads what is known of the kept versions of a policy, oldest first. */
export async function readHistory(kv: Kv, hostname: string): Promise<readonly VersionMetadata[]> {
  const prefix = historyKey(hostname);
  return (await kv.list(prefix))
    .filter(({ name }) => /^[1-9][0-9]{0,14}$/.test(name.slice(prefix.length)))
    .map(({ name, metadata }) => ({ ...parseMetadata(metadata), version: Number(name.slice(prefix.length)) }))
    .sort((a, b) => a.version - b.version);
}

/** What became of a kept version: the history gets it before it is put into force. */
export type VersionState = "current" | "earlier" | "put by hand" | "never in force";

/**
 * What became of a kept version.
 * @param current the version in force; undefined where there is none, or it was put by hand
 */
export function stateOf({ version, byHand }: VersionMetadata, current: number | undefined): VersionState {
  if (version === current) return "current";
  if (byHand) return "put by hand";
  return current !== undefined && version > current ? "never in force" : "earlier";
}

/**
 * The version that was in force before the current document; one whose push failed is passed over. Where the current
 * document has no version, or is gone, it is the last one kept, of which nothing tells whether it ever was in force.
 */
export function versionBefore(current: CurrentPolicy | null, history: readonly VersionMetadata[]): number | undefined {
  // Put by hand, or deleted: nothing says what was replaced.
  if (current?.version === undefined) return history.at(-1)?.version;
  const { version } = current;
  const before = history.filter((kept) => kept.version < version);
  const replaced = history.find((kept) => kept.version === version)?.replaces;
  return (before.find((kept) => kept.version === replaced) ?? before.at(-1))?.version;
}

/**
 * Reads the versions above one, whose numbers were given though no listing may show them yet: without a time, which only
 * a listing has.
 */
export async function readVersionsAbove(kv: Kv, hostname: string, version: number): Promise<VersionMetadata[]> {
  const versions: VersionMetadata[] = [];
  for (let next = version + 1; ; next++) {
    const text = await kv.getText(historyKey(hostname, next));
    if (text === null) return versions;
    versions.push({ version: next, hash: hashOf(text) });
  }
}

/** Reads the values of several keys, a few at a time; null for a key that does not exist. */
export function readTexts(kv: Kv, keys: readonly string[]): Promise<(string | null)[]> {
  return mapAFewAtOnce(keys, (key) => kv.getText(key));
}

async function mapAFewAtOnce<Item, Result>(
  items: readonly Item[],
  read: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += READS_AT_ONCE) {
    const few = items.slice(start, start + READS_AT_ONCE);
    results.push(...(await Promise.all(few.map((item, index) => read(item, start + index)))));
  }
  return results;
}

/**
 * Finds out which version a text in force is. The metadata beside it tells, unless its hash is another's: then somebody
 * has put the text by hand, or Cloudflare's KV, which lists metadata up to a minute late, still has that of the version
 * before. Versions that were pushed since, listed or not yet, settle that. They are asked for even where the hash is the
 * text's: a rollback puts an old text into force again.
 */
async function identify(kv: Kv, hostname: string, text: string, metadata: unknown): Promise<CurrentPolicy> {
  const hash = hashOf(text);
  const stated = parseMetadata(metadata);
  const isBelieved = stated !== undefined && (stated.hash ?? hash) === hash;
  const listed = isBelieved ? [{ ...stated, hash }] : await readHistory(kv, hostname);
  const last = Math.max(stated?.version ?? 0, listed.at(-1)?.version ?? 0);
  const unlisted = await readVersionsAbove(kv, hostname, last);
  const since = listed.filter(({ version }) => stated !== undefined && version >= stated.version);
  const same = [...since, ...unlisted].findLast((kept) => kept.hash === hash);
  return { text, hash, version: same?.version, time: same?.time, lastVersion: last + unlisted.length };
}

function parseMetadata(metadata: unknown): VersionMetadata | undefined {
  const { success, output } = safeParse(MetadataSchema, metadata);
  return success ? output : undefined;
}
