/** Findings as SARIF 2.1.0, the way GitHub's code scanning reads it. */

import { createHash } from "node:crypto";
import { isAbsolute, relative, sep } from "node:path";
import type { Location, Log, ReportingDescriptor, Result } from "sarif";
import { describeIssue } from "../../core/explain/describe-issue.ts";
import type { Span } from "../positions.ts";
import type { AuditedFile } from "./audit-file.ts";
import { AUDIT_RULES } from "./audit-policy.ts";
import type { AuditRule, Severity } from "./audit-rule.ts";

/** The schema that the log follows. */
const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

const LEVELS = { high: "error", medium: "warning", low: "note" } as const satisfies Record<Severity, Result.level>;

/** Middles of the ranges that code scanning shows as high, medium and low. */
const SECURITY_SEVERITIES: Readonly<Record<Severity, string>> = { high: "8.0", medium: "5.5", low: "2.0" };

type RuleText = Pick<AuditRule, "code" | "severity" | "title" | "why" | "advice">;

/** What a file that `check` refuses is reported as. */
const INVALID: RuleText = {
  code: "policy-invalid",
  severity: "high",
  title: "The policy cannot be used",
  why: "The gateway ignores a document with any issue, and goes on with the last good one",
  advice: "Correct every issue; `cors-gateway check` names each with the right spelling",
};

const RULES: readonly RuleText[] = [...AUDIT_RULES, INVALID];

/**
 * The findings and issues of some files as one SARIF log.
 * @param root the folder that the places are relative to: the repository
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function toSarif(audited: readonly AuditedFile[], root: string): Log {
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "cors-gateway", rules: RULES.map(descriptor) } },
        columnKind: "utf16CodeUnits",
        results: audited.flatMap((file) => resultsOf(file, root)),
      },
    ],
  };
}

function descriptor({ code, severity, title, why, advice }: RuleText): ReportingDescriptor {
  return {
    id: code,
    name: code.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: `${why}.` },
    help: {
      text: `${why}. What to do: ${advice.replaceAll("`", "")}.`,
      markdown: `**Why it matters:** ${why}.\n\n**What to do:** ${advice}.`,
    },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags: ["security", "cors"], "security-severity": SECURITY_SEVERITIES[severity] },
  };
}

function resultsOf({ file, issues, findings }: AuditedFile, root: string): Result[] {
  const found = [
    ...issues.map((issue) => ({
      rule: INVALID,
      text: describeIssue(issue),
      subject: `${issue.code} ${issue.pointer}`,
      span: { ...issue, endLine: issue.line, endColumn: issue.column + 1 },
    })),
    ...findings.map((finding) => ({
      rule: finding.rule,
      text: `${finding.message}. Fix: ${finding.fix}`,
      subject: finding.subject,
      span: finding,
    })),
  ];
  const seen = new Map<string, number>();
  return found.map(({ rule, text, subject, span }) => {
    const identity = createHash("sha256").update([rule.code, file.hostname, subject].join("\n")).digest("hex");
    const occurrence = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, occurrence);
    return {
      ruleId: rule.code,
      ruleIndex: RULES.indexOf(rule),
      level: LEVELS[rule.severity],
      message: { text: text.replace(/[{}]/g, "$&$&") },
      locations: [locationOf(file.path, root, span)],
      // The name under which code scanning looks for it: the same finding after lines have moved stays one alert.
      partialFingerprints: { primaryLocationLineHash: `${identity.slice(0, 16)}:${occurrence}` },
    };
  });
}

function locationOf(path: string, root: string, { line, column, endLine, endColumn }: Span): Location {
  const local = isAbsolute(path) ? relative(root, path) : path;
  return {
    physicalLocation: {
      artifactLocation: {
        uri: local.split(sep).map(encodeURIComponent).join("/"),
        uriBaseId: "%SRCROOT%",
      },
      region: { startLine: line, startColumn: column, endLine, endColumn },
    },
  };
}
