/** Who may call what: origins down, rules across. */

import { html } from "hono/html";
import type { PolicyDocument, RuleDocument } from "../../core/document-schema.ts";
import { accessKey, type Caller, countCallers, type Grant, groupCallers, plural } from "./access.ts";
import { callerName } from "./flow-graph.ts";
import { type Markup, plain } from "./markup.ts";

/** Up to here each origin has a row of its own; above, those with the same access share one. */
const MOST_ROWS = 40;
const MOST_COLUMNS = 12;
/** So many names of a shared row are shown. */
const MOST_NAMES = 200;

/** The matrix of a document, with a line that says what was left out. */
export function accessMatrix({ rules }: PolicyDocument, callers: readonly Caller[]): Markup {
  const groups = callers.length <= MOST_ROWS ? callers.map((caller) => [caller]) : groupCallers(callers, accessKey);
  const rows = groups.length <= MOST_ROWS ? groups : groups.toSorted((a, b) => b.length - a.length).slice(0, MOST_ROWS);
  const columns = rules.slice(0, MOST_COLUMNS);
  const hidden = groups.filter((group) => !rows.includes(group)).flat();
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Who may call what">
<table class="matrix">
<thead><tr><th scope="col">Origin</th>${columns.map(columnHead)}</tr></thead>
<tbody>
${rows.map(
  (
    group,
  ) => html`<tr><th scope="row">${rowHead(group)}</th>${columns.map((rule, index) => cell(rule, group[0]?.grants.get(index)))}</tr>
`,
)}</tbody>
</table>
</div>
<p class="note">${noteOn(rules.length, groups.length < callers.length, hidden)}</p>`;
}

function noteOn(ruleCount: number, isGrouped: boolean, hidden: readonly Caller[]): string {
  const notes = ["The first rule whose path matches a request decides."];
  if (isGrouped) notes.push("Origins with exactly the same access share a row.");
  if (hidden.length > 0) notes.push(`Not shown: ${countCallers(hidden)}, fewest alike.`);
  if (ruleCount > MOST_COLUMNS) {
    notes.push(`Not shown: ${plural(ruleCount - MOST_COLUMNS, "more rule")}; the list of rules has them all.`);
  }
  return notes.join(" ");
}

function columnHead({ name, paths }: RuleDocument): Markup {
  const most = 3;
  return html`<th scope="col">${name}<span class="paths">${paths.slice(0, most).map((path) => html`<code>${path}</code> `)}${paths.length > most ? `+${paths.length - most}` : ""}</span></th>`;
}

function rowHead(group: readonly Caller[]): Markup {
  const [first] = group;
  if (group.length === 1 && first !== undefined) {
    const owner = first.owners.map(plain).join(", ");
    const details = [owner, ...first.notes.map(plain)].filter((text) => text !== "").join(" · ");
    return html`<code>${callerName(first)}</code>${details === "" ? "" : html`<span class="owner">${details}</span>`}`;
  }
  const names = group.slice(0, MOST_NAMES).map((caller) => html`<li><code>${callerName(caller)}</code></li>`);
  const rest = group.length - names.length;
  return html`<details><summary>${countCallers(group)}</summary><ul>${names}${rest > 0 ? html`<li>and ${rest.toLocaleString("en-US")} more: the document has them all</li>` : ""}</ul></details>`;
}

function cell({ allowMethods, allowCredentials }: RuleDocument, grant: Grant | undefined): Markup {
  if (grant === undefined) return html`<td class="none"><span aria-label="no access">–</span></td>`;
  const methods = allowMethods.includes("*") ? "any method" : allowMethods.join(" ") || "no method";
  return html`<td class="${grant.state ?? ""}"><span class="methods">${methods}</span>${allowCredentials ? html`<span class="badge">credentials</span>` : ""}${expiryBadge(grant)}</td>`;
}

/** A badge that says until when. */
export function expiryBadge({ expires, state }: Grant): Markup {
  if (expires === undefined) return html``;
  const text = state === "origin-expired" ? `expired ${expires}` : `until ${expires}`;
  return html`<span class="badge ${state ?? ""}">${text}</span>`;
}
