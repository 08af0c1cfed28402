/** A policy as the edge would hold it, and the document it came from, to explain decisions with. */

import { compilePolicy } from "../compile-policy.ts";
import { type PolicyLookup, unusablePolicy } from "../decision.ts";
import type { PolicyDocument } from "../document-schema.ts";
import type { PolicyIssue } from "../issue.ts";
import type { IsListed } from "../origin-matcher.ts";
import { parsePolicy } from "../parse-policy.ts";

/** The policy of a hostname, and where it lies. */
export interface ExplainedPolicy {
  readonly lookup: PolicyLookup;
  /** For sentences: a file, or a key and what it is in. Where there is no policy, where the closest one would lie. */
  readonly place: string;
  /** Undefined where there is none, or none that is usable. */
  readonly document: PolicyDocument | undefined;
  /** What keeps the document from being used. */
  readonly issues: readonly PolicyIssue[];
  /** What is known of the huge lists that the document names. */
  readonly isListed: IsListed;
}

const NOT_KNOWN: IsListed = () => undefined;

/**
 * What the edge makes of a document that it reads for the first time.
 * @param text undefined where there is no document
 * @param version what it was pushed with, if anything
 */
export function explainedPolicy(
  place: string,
  text: string | undefined,
  version?: number,
  isListed: IsListed = NOT_KNOWN,
): ExplainedPolicy {
  if (text === undefined) return { lookup: { kind: "none" }, place, document: undefined, issues: [], isListed };
  const parsed = parsePolicy(text);
  if (!parsed.ok) {
    return { lookup: unusablePolicy(text), place, document: undefined, issues: parsed.issues, isListed };
  }
  const { document } = parsed;
  return { lookup: found(document, version), place, document, issues: [], isListed };
}

function found(document: PolicyDocument, version: number | undefined): PolicyLookup {
  return { kind: "found", policy: compilePolicy(document), ...(version !== undefined && { version }) };
}
