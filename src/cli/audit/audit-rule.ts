/** What a rule of the audit is: one thing that is valid in a policy, and unwise. */

import type { PolicyDocument } from "../../core/document-schema.ts";
import type { Keys } from "../../core/issue.ts";

/** How much a finding matters, gravest first. */
export const SEVERITIES = ["high", "medium", "low"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** A policy without faults, and the day it is looked at. */
export interface AuditedPolicy {
  /** As KV keys have it. */
  readonly hostname: string;
  readonly document: PolicyDocument;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** One place at which a rule of the audit finds something. */
export interface Hit {
  /** The place; a field that is there, never one left to its default. */
  readonly keys: Keys;
  /** What is found, in one sentence. */
  readonly message: string;
  /** What to write, or to do, here. */
  readonly fix: string;
}

/** One kind of finding. The texts are those of docs/audit.md. */
export interface AuditRule {
  /** Stable. */
  readonly code: string;
  readonly severity: Severity;
  /** A few words, for headings. */
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  /** What to write instead, whatever the place. */
  readonly advice: string;
  find(policy: AuditedPolicy): readonly Hit[];
}

/** `a`, `a and b`, `a, b and 7 more`. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.length > most ? [...names.slice(0, most), `${names.length - most} more`] : names;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
