/** Policy files beside what is in force: what a push is about. */

import type { AccessChange } from "../core/compare/compare-access.ts";
import type { CheckedFile } from "./check-policies.ts";
import { compareWithKv, servingPolicy } from "./compare-policies.ts";
import { count } from "./count.ts";
import { type Kv, KvError } from "./kv.ts";
import { paint, say } from "./output.ts";
import { clearProgress, showProgress } from "./progress.ts";
import { type CurrentPolicy, describeCurrent, readCurrentPolicies } from "./published-policy.ts";
import { reportAccess } from "./report-access.ts";

/** A file beside what is in force. */
export interface Candidate {
  readonly hostname: string;
  readonly text: string;
  readonly current: CurrentPolicy | null;
  readonly isChange: boolean;
  /** What changes for pages; empty where the text stays the same. */
  readonly changes: readonly AccessChange[];
}

/**
 * Reads what is in force for the hostnames of files, and compares.
 * @throws KvError where it cannot be read
 */
export async function readCandidates(kv: Kv, checked: readonly CheckedFile[]): Promise<Candidate[]> {
  showProgress(`reading ${kv.name} …`);
  try {
    const currents = await readCurrentPolicies(
      kv,
      checked.map(({ file }) => file.hostname),
    );
    const candidates: Candidate[] = [];
    for (const { file } of checked) {
      const { hostname, text } = file;
      const current = currents.get(hostname) ?? null;
      // A text that was put by hand gets a version, so that the edge can say by what it decides.
      const isChange = current?.text !== text || current.version === undefined;
      const changes = current?.text === text ? [] : await compareWithKv(kv, hostname, current?.text, text);
      candidates.push({ hostname, text, current, isChange, changes });
    }
    return candidates;
  } catch (error) {
    throw error instanceof KvError ? new KvError(`nothing was pushed: ${error.message}`, error) : error;
  } finally {
    clearProgress();
  }
}

/** Prints what a push of the file would do. */
export function showCandidate({ hostname, text, current, isChange, changes }: Candidate): void {
  const name = paint("bold", hostname);
  if (!isChange) say(`${name}: unchanged (${describeCurrent(current)})`);
  else if (current?.text === text) say(`${name}: the same text was put by hand; it gets a version`);
  else {
    const issues = current === null ? 0 : servingPolicy(current.text, hostname).issues;
    const unusable = issues === 0 ? "" : `, which cannot be used (${count(issues, "issue")}) and counts as none`;
    const what = current === null ? paint("green", "new") : `changes to ${describeCurrent(current)}${unusable}`;
    say(`${name}: ${what}${changes.length === 0 ? ", and no request is decided otherwise" : ""}`);
    reportAccess(changes);
  }
}
