/** Puts one document into force, in an order in which a failure half-way leaves the old one there. */

import { policyKey } from "../core/hostname.ts";
import { type Kv, KvError } from "./kv.ts";
import {
  type CurrentPolicy,
  describeCurrent,
  hashOf,
  historyKey,
  readCurrentPolicy,
  readHistory,
  readVersionsAbove,
  type VersionMetadata,
} from "./published-policy.ts";

/** So many versions of a policy are kept. */
export const KEPT_VERSIONS = 50;

/** What is to be in force, and what was when the user was asked. */
export interface PolicyChange {
  readonly hostname: string;
  readonly text: string;
  readonly shown: CurrentPolicy | null;
}

/** A document that is in force now. */
export interface Publication {
  readonly version: number;
  /** What did not go as it should, though the document is in force. */
  readonly warnings: readonly string[];
}

/** A document that was not put into force, so far as anybody knows. */
export class PublishError extends KvError {
  /** What is in force: still what the user was shown, another document that was seen there, or nobody knows. */
  readonly inForce: "old" | "other" | "unknown";

  constructor(message: string, inForce: PublishError["inForce"], cause?: unknown) {
    super(message, cause);
    this.name = "PublishError";
    this.inForce = inForce;
  }
}

/**
 * Puts a document into force as a new version, in these steps:
 * 1. what is in force is read again: it must be what the user was shown;
 * 2. if the history does not have it, because it was put by hand, it goes there, as a version of its own;
 * 3. the new text goes into the history;
 * 4. the new text goes under the policy's key: only now is it in force;
 * 5. versions beyond the last fifty are deleted.
 *
 * KV cannot compare and set: whoever writes between steps 1 and 4 is overwritten. Step 5 sees to it that both texts are
 * in the history.
 * @throws PublishError where one of the steps 1 to 4 fails
 */
export async function publishPolicy(kv: Kv, change: PolicyChange, now: Date): Promise<Publication> {
  const { hostname, text, shown } = change;
  const time = now.toISOString();
  const hash = hashOf(text);
  const key = policyKey(hostname);
  const warnings: string[] = [];
  let version = 0;
  try {
    const [inForce, history, kept] = await Promise.all([
      kv.getText(key),
      readHistory(kv, hostname),
      // A listing may be late, a value is not.
      shown?.version === undefined ? undefined : kv.getText(historyKey(hostname, shown.version)),
    ]);
    if (inForce !== (shown?.text ?? null)) {
      throw await conflictFound(kv, change, inForce);
    }
    let last = Math.max(shown?.lastVersion ?? 0, history.at(-1)?.version ?? 0);
    last += (await readVersionsAbove(kv, hostname, last)).length;
    let replaces = shown?.version;
    if (shown !== null && shown.text !== text && shown.text !== kept) {
      // Its own number may have been taken, by a push in the same moment.
      replaces = shown.version !== undefined && kept === null ? shown.version : ++last;
      await keep(kv, hostname, shown.text, {
        version: replaces,
        hash: shown.hash,
        time: shown.time ?? time,
        ...(shown.version === undefined && { byHand: true }),
      });
    }
    version = last + 1;
    await keep(kv, hostname, text, { version, hash, time, ...(replaces !== undefined && { replaces }) });
  } catch (error) {
    if (!(error instanceof KvError) || error instanceof PublishError) throw error;
    throw new PublishError(error.message, "old", error);
  }
  try {
    await kv.put(key, text, { version, hash, time });
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    await requireArrival(kv, change, error);
    warnings.push(`${error.message}; but version ${version} of ${hostname} did arrive`);
  }
  try {
    await tidy(kv, hostname, text, version, warnings);
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    warnings.push(`the history of ${hostname} was not tidied: ${error.message}`);
  }
  return { version, warnings };
}

/** What a push ends with where KV has another document than was expected; both as {@link describeCurrent} has them. */
export function conflict(kv: Kv, hostname: string, found: string, expected: string, cause?: unknown): PublishError {
  return new PublishError(
    `somebody else was faster: ${kv.name} has ${found} for ${hostname}, you expected ${expected}; pull, look, push again`,
    "other",
    cause,
  );
}

/** The conflict with a text that was just seen in force; KV may not say any more which version that is. */
async function conflictFound(
  kv: Kv,
  { hostname, shown }: PolicyChange,
  inForce: string | null,
  cause?: unknown,
): Promise<PublishError> {
  const expected = describeCurrent(shown);
  try {
    return conflict(kv, hostname, describeCurrent(await readCurrentPolicy(kv, hostname)), expected, cause);
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    const found = inForce === null ? describeCurrent(null) : "another document";
    return conflict(kv, hostname, found, expected, cause ?? error);
  }
}

async function keep(kv: Kv, hostname: string, text: string, metadata: VersionMetadata): Promise<void> {
  const size = Buffer.byteLength(text);
  await kv.put(historyKey(hostname, metadata.version), text, { ...metadata, size });
}

/** After a write without an answer: looks whether it was done, and throws if it was not. */
async function requireArrival(kv: Kv, change: PolicyChange, error: KvError): Promise<void> {
  const { hostname, text, shown } = change;
  if (error.isRefusal) throw new PublishError(error.message, "old", error);
  let inForce: string | null;
  try {
    inForce = await kv.getText(policyKey(hostname));
  } catch (second) {
    if (!(second instanceof KvError)) throw second;
    throw new PublishError(`${error.message}; nobody knows whether the new document arrived`, "unknown", error);
  }
  // First: where the same text was to get a version, it does not show whether it did.
  if (inForce === (shown?.text ?? null)) throw new PublishError(error.message, "old", error);
  if (inForce !== text) throw await conflictFound(kv, change, inForce, error);
}

/** Makes sure that the history has the text, and deletes what is too old. */
async function tidy(kv: Kv, hostname: string, text: string, version: number, warnings: string[]): Promise<void> {
  const history = await readHistory(kv, hostname);
  const mine = history.find((kept) => kept.version === version);
  // A listing may be late, a value is not.
  if (mine !== undefined && mine.hash !== hashOf(text) && (await kv.getText(historyKey(hostname, version))) !== text) {
    const next = Math.max(version, history.at(-1)?.version ?? 0) + 1;
    await keep(kv, hostname, text, { version: next, hash: hashOf(text), time: new Date().toISOString() });
    warnings.push(
      `somebody else pushed ${hostname} in the same moment: one of the two is in force, both are in the history`,
    );
  }
  for (const { version: old } of history.slice(0, -KEPT_VERSIONS)) {
    if (old !== version) await kv.delete(historyKey(hostname, old));
  }
}
