/** One policy of the report: facts, picture, matrix, rules, findings, dates, versions. */

import { html } from "hono/html";
import { count } from "../count.ts";
import { stateOf, type VersionMetadata } from "../published-policy.ts";
import { type Caller, callersOf, countCallers, type Grant, stillAllowed } from "./access.ts";
import { accessMatrix, expiryBadge } from "./access-matrix.ts";
import { findingBadges, findingList, issueList } from "./finding-list.ts";
import { callerName } from "./flow-graph.ts";
import { flowPicture } from "./flow-picture.ts";
import { labelled, type Markup, plain } from "./markup.ts";
import type { PublishedVersions, ReportedPolicy } from "./reported-policy.ts";
import { ruleList } from "./rule-list.ts";

/** So many dates are shown one by one. */
const MOST_ROWS = 200;

/**
 * The section of a policy.
 * @param id unique in the page
 * @param now milliseconds since the epoch
 */
export function policySection(policy: ReportedPolicy, id: string, now: number): Markup {
  const { file, document, issues, findings } = policy;
  const callers = document === undefined ? [] : callersOf(document, now);
  const facts = [
    document?.mode === "report-only" ? "report-only: nothing is enforced" : "enforced",
    count(document?.rules.length ?? 0, "rule"),
    countCallers(callers),
    versionOf(policy),
  ];
  return html`<section class="policy" id="${id}" aria-labelledby="${id}-title">
<header><h2 id="${id}-title">${file.hostname}</h2><p class="facts"><code>${plain(file.path)}</code>${document === undefined ? "" : facts.map((fact) => html`<span>${fact}</span>`)}<span>${findingBadges(policy)}</span></p></header>
${
  document === undefined
    ? issueList(issues)
    : html`<h3>Access</h3>
${flowPicture(document, stillAllowed(callers), id)}
${accessMatrix(document, callers)}
<h3>Findings <small>${findings.length.toLocaleString("en-US")}</small></h3>
${findingList(findings)}
<h3>Expiry dates</h3>
${expiryTable(callers)}
<h3>Rules <small>${document.rules.length.toLocaleString("en-US")}</small></h3>
${ruleList(document)}`
}
${versionTable(policy)}
</section>`;
}

/** The version in force, in a few words. */
export function versionOf({ published, hash }: ReportedPolicy): string {
  if (published === undefined) return `file, SHA-256 ${hash.slice(0, 8)}`;
  return published.current === undefined ? "put by hand" : `version ${published.current}`;
}

function expiryTable(callers: readonly Caller[]): Markup {
  const dated = callers
    .flatMap((caller) => endsOf(caller))
    .sort((a, b) => (a.grant.expires ?? "").localeCompare(b.grant.expires ?? ""));
  if (dated.length === 0) return html`<p>No origin has an end.</p>`;
  const rest = dated.length - MOST_ROWS;
  return html`<table class="cards">
<thead><tr><th scope="col">Origin</th><th scope="col">Last day (UTC)</th><th scope="col">Owner</th><th scope="col">Note</th></tr></thead>
<tbody>
${dated.slice(0, MOST_ROWS).map(
  ({
    caller,
    grant,
  }) => html`<tr><th scope="row"><code>${callerName(caller)}</code></th>${labelled("Last day (UTC)", expiryBadge(grant))}${labelled("Owner", plain(caller.owners.join(", ")) || "nobody")}${labelled("Note", plain(caller.notes.join(" · ")) || "–")}</tr>
`,
)}</tbody>
</table>
${rest > 0 ? html`<p class="note">${count(rest, "later date")} not shown: the document has them all.</p>` : ""}`;
}

/** The different ends that a caller has. */
function endsOf(caller: Caller): { caller: Caller; grant: Grant }[] {
  const ends = new Map([...caller.grants.values()].map((grant) => [grant.expires, grant]));
  ends.delete(undefined);
  return [...ends.values()].map((grant) => ({ caller, grant }));
}

function versionTable({ published, file, hash }: ReportedPolicy): Markup {
  if (published === undefined) return html``;
  return html`<h3>Versions <small>${published.kept.length}</small></h3>
${published.current === undefined ? html`<p>The document in force was put by hand: SHA-256 <code>${hash}</code>, ${count(Buffer.byteLength(file.text), "byte")}.</p>` : ""}
${published.kept.length === 0 ? "" : keptTable(published)}`;
}

function keptTable({ current, kept }: PublishedVersions): Markup {
  return html`<table class="cards">
<thead><tr><th scope="col">Version</th><th scope="col">Pushed</th><th scope="col">SHA-256</th><th scope="col">Size</th><th scope="col">State</th></tr></thead>
<tbody>
${kept.map((version) => versionRow(version, current))}</tbody>
</table>`;
}

function versionRow(kept: VersionMetadata, current: number | undefined): Markup {
  const { version, time, hash, size } = kept;
  const state = stateOf(kept, current);
  return html`<tr><th scope="row">${version}</th>${labelled("Pushed", time === undefined ? "unknown" : time.replace("T", " ").replace(/\.\d+Z$/, "Z"))}${labelled("SHA-256", html`<code>${hash?.slice(0, 16) ?? "unknown"}</code>`)}${labelled("Size", size === undefined ? "unknown" : count(size, "byte"))}${labelled("State", state === "current" ? html`<span class="badge current">in force</span>` : state)}</tr>
`;
}
