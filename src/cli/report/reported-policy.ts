/** What the report knows of a policy: the document, what is found in it, and its versions. */

import { type AuditedFile, auditFile } from "../audit/audit-file.ts";
import { checkPolicy } from "../check-policies.ts";
import type { Kv } from "../kv.ts";
import type { PolicyFile } from "../policy-files.ts";
import { hashOf, readCurrentPolicies, readHistory, type VersionMetadata } from "../published-policy.ts";
import { UsageError } from "../usage-error.ts";

/** A policy of the report. */
export interface ReportedPolicy extends AuditedFile {
  /** SHA-256 of the text, in hexadecimal. */
  readonly hash: string;
  /** Undefined where the policy is a file; what KV knows of it otherwise. */
  readonly published?: PublishedVersions;
}

/** The versions that KV keeps. */
export interface PublishedVersions {
  /** Undefined where the document was put by other means than push. */
  readonly current: number | undefined;
  /** Newest first. */
  readonly kept: readonly VersionMetadata[];
}

/** What is to be said of a policy file. */
export function reportFile(file: PolicyFile, now: number): ReportedPolicy {
  return { ...auditFile(checkPolicy(file, now), now), hash: hashOf(file.text) };
}

/**
 * What is to be said of the policies in KV.
 * @throws UsageError for a hostname without one
 */
export async function readPublished(kv: Kv, hostnames: readonly string[], now: number): Promise<ReportedPolicy[]> {
  const policies = await readCurrentPolicies(kv, hostnames);
  const reported: ReportedPolicy[] = [];
  for (const [hostname, current] of policies) {
    if (current === null) throw new UsageError(`there is no policy for ${hostname} in ${kv.name}`);
    const { text, version } = current;
    const kept = (await readHistory(kv, hostname)).toReversed();
    const policy = reportFile({ path: `policy/${hostname} in ${kv.name}`, hostname, text }, now);
    reported.push({ ...policy, published: { current: version, kept } });
  }
  return reported;
}
