/** What the audit finds in a policy, kind by kind. */

import { html } from "hono/html";
import { describeIssue } from "../../core/explain/describe-issue.ts";
import type { PlacedFinding } from "../audit/audit-file.ts";
import { SEVERITIES } from "../audit/audit-rule.ts";
import { countBySeverity } from "../audit/report-audit.ts";
import type { PlacedIssue } from "../check-policies.ts";
import { type Markup, plain, prose } from "./markup.ts";
import type { ReportedPolicy } from "./reported-policy.ts";

/** So many places of one kind are shown. */
const MOST_PLACES = 20;

/** The findings, gravest first: a card for each kind, with its places. */
export function findingList(findings: readonly PlacedFinding[]): Markup {
  if (findings.length === 0) return html`<p class="good">Nothing unwise was found.</p>`;
  const kinds = [...Map.groupBy(findings, ({ rule }) => rule)];
  const worstFirst = SEVERITIES.flatMap((severity) => kinds.filter(([rule]) => rule.severity === severity));
  return html`<ul class="findings">
${worstFirst.map(
  ([
    rule,
    places,
  ]) => html`<li class="${rule.severity}"><h4><span class="severity">${rule.severity}</span> ${rule.title} <code>${rule.code}</code></h4>
<p>${prose(rule.why)}.</p>
<ul>${places.slice(0, MOST_PLACES).map(place)}</ul>
${places.length > MOST_PLACES ? html`<p>and ${(places.length - MOST_PLACES).toLocaleString("en-US")} more: cors-gateway audit names them all</p>` : ""}</li>
`,
)}</ul>`;
}

/** What keeps a document from being used. */
export function issueList(issues: readonly PlacedIssue[]): Markup {
  return html`<h3>This document cannot be used</h3>
<ul class="findings"><li class="high"><p>The gateway ignores it, and goes on with the last good one.</p>
<ul>${issues.map(({ line, column, code, ...issue }) => html`<li><code class="place">${line}:${column}</code> ${plain(describeIssue({ code, ...issue }))} <code>${code}</code></li>`)}</ul></li></ul>`;
}

function place({ line, column, message, fix }: PlacedFinding): Markup {
  return html`<li><code class="place">${line}:${column}</code> ${plain(message)}<span class="fix">Fix: ${plain(fix)}</span></li>
`;
}

/** How many findings of each severity, as badges. */
export function findingBadges({ document, findings }: ReportedPolicy): Markup {
  if (document === undefined) return html`<span class="badge high">cannot be used</span>`;
  const counts = countBySeverity(findings);
  const found = SEVERITIES.filter((severity) => counts[severity] > 0);
  if (found.length === 0) return html`<span class="badge current">no findings</span>`;
  return html`${found.map((severity) => html`<span class="badge ${severity}">${counts[severity]} ${severity}</span> `)}`;
}
