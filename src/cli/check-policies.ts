/** What is wrong with policy files, each fault with its place. */

import type { PolicyDocument } from "../core/document-schema.ts";
import { endOfDay } from "../core/expiry.ts";
import { diagnose } from "../core/explain/diagnose.ts";
import type { PolicyIssue } from "../core/issue.ts";
import { fieldsOf } from "../core/origin-entry.ts";
import { parsePolicy } from "../core/parse-policy.ts";
import type { PolicyFile } from "./policy-files.ts";
import { createLocator, type Position, positionOfSyntaxError } from "./positions.ts";
import { findPublicSuffixWildcards } from "./public-suffix.ts";

const DAY = 86_400_000;
/** So long before an origin expires it is warned of. */
const WARNING_DAYS = 30;

/** A fault with its place in the file. */
export type PlacedIssue = PolicyIssue & Position;

/** An origin that has expired or soon will. */
export interface ExpiryWarning extends Position {
  readonly code: "origin-expired" | "origin-expiring";
  readonly pointer: string;
  readonly origin: string;
  readonly expires: string;
  readonly owner?: string;
}

/** The result of checking one file. */
export interface CheckedFile {
  readonly file: PolicyFile;
  /** Undefined where there are issues. */
  readonly document: PolicyDocument | undefined;
  readonly issues: readonly PlacedIssue[];
  readonly warnings: readonly ExpiryWarning[];
}

/**
 * Checks a policy file: all that the Worker checks, and the public-suffix rule.
 * @param now milliseconds since the epoch
 */
export function checkPolicy(file: PolicyFile, now: number): CheckedFile {
  const locate = createLocator(file.text);
  const place = (issue: PolicyIssue): PlacedIssue => ({ ...diagnose(issue), ...locate(issue.pointer) });
  const parsed = parsePolicy(file.text);
  if (!parsed.ok && parsed.issues[0]?.code === "document-not-json") {
    const [issue] = parsed.issues;
    return { file, document: undefined, issues: [{ ...issue, ...positionOfSyntaxError(file.text) }], warnings: [] };
  }
  if (!parsed.ok) {
    const isReadable = parsed.issues[0]?.code !== "document-too-large";
    const more = isReadable ? findPublicSuffixWildcards(JSON.parse(file.text)) : [];
    const issues = [...parsed.issues, ...more].map(place).sort(byPlace);
    return { file, document: undefined, issues, warnings: [] };
  }
  const issues = findPublicSuffixWildcards(parsed.document).map(place);
  const warnings = findExpiries(parsed.document, now).map((warning) => ({ ...warning, ...locate(warning.pointer) }));
  return { file, document: issues.length === 0 ? parsed.document : undefined, issues, warnings };
}

function byPlace(a: Position, b: Position): number {
  return a.line - b.line || a.column - b.column;
}

function findExpiries(document: PolicyDocument, now: number): Omit<ExpiryWarning, keyof Position>[] {
  return document.rules.flatMap((rule, ruleIndex) =>
    rule.allowOrigins.flatMap((entry, index) => {
      const { origin, expires, owner } = fieldsOf(entry);
      if (expires === undefined) return [];
      const code = expiryOf(expires, now);
      if (code === undefined) return [];
      return [
        {
          code,
          pointer: `/rules/${ruleIndex}/allowOrigins/${index}`,
          origin,
          expires,
          ...(owner !== undefined && { owner }),
        },
      ];
    }),
  );
}

/** Whether an origin with this last day has expired, or will within 30 days. */
export function expiryOf(expires: string, now: number): ExpiryWarning["code"] | undefined {
  const endsAt = endOfDay(expires) ?? Number.POSITIVE_INFINITY;
  if (now >= endsAt) return "origin-expired";
  return endsAt - now > WARNING_DAYS * DAY ? undefined : "origin-expiring";
}
