/** Who may call what: origins down, rules across. */

import { html } from "hono/html";
import type { PolicyDocument, RuleDocument } from "../../core/document-schema.ts";
import { count } from "../count.ts";
import { accessKey, type Caller, countCallers, type Grant, groupCallers } from "./access.ts";
import { callerName } from "./flow-graph.ts";
import { type Markup, plain } from "./markup.ts";

/** Up to here each origin has a row of its own; above, those with the same access share one. */
const MOST_ROWS = 40;
const MOST_COLUMNS = 12;
/** So many rules of an origin are named where rules are no columns. */
const MOST_RULES = 8;
/** So many names of a shared row are shown. */
const MOST_NAMES = 200;

/** The matrix of a document; where it has too many rules for columns, a list of who has the widest access. */
export function accessMatrix(document: PolicyDocument, callers: readonly Caller[]): Markup {
  const groups = callers.length <= MOST_ROWS ? callers.map((caller) => [caller]) : groupCallers(callers, accessKey);
  const widestFirst = groups.toSorted((a, b) => reach(b) - reach(a) || b.length - a.length);
  const rows = groups.length <= MOST_ROWS ? groups : widestFirst.slice(0, MOST_ROWS);
  const hidden = groups.length <= MOST_ROWS ? [] : widestFirst.slice(MOST_ROWS).flat();
  const notes = ["The first rule whose path matches a request decides; GET includes HEAD."];
  if (groups.length < callers.length) notes.push("Origins with exactly the same access share a row.");
  if (hidden.length > 0) notes.push(`Not shown: ${countCallers(hidden)} with access to fewer rules, or as many.`);
  const isWide = document.rules.length > MOST_COLUMNS;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Who may call what">
${isWide ? listByCaller(document, rows) : matrix(document, rows)}
</div>
<p class="note">${notes.join(" ")}</p>`;
}

function reach([first]: readonly Caller[]): number {
  return first?.grants.size ?? 0;
}

function matrix({ rules }: PolicyDocument, rows: readonly (readonly Caller[])[]): Markup {
  return html`<table class="matrix">
<thead><tr><th scope="col">Origin</th>${rules.map(columnHead)}</tr></thead>
<tbody>
${rows.map(
  (
    group,
  ) => html`<tr><th scope="row">${rowHead(group)}</th>${rules.map((rule, index) => cell(rule, group[0]?.grants.get(index)))}</tr>
`,
)}</tbody>
</table>`;
}

function listByCaller({ rules }: PolicyDocument, rows: readonly (readonly Caller[])[]): Markup {
  return html`<table class="matrix listing">
<thead><tr><th scope="col">Origin</th><th scope="col">Rules</th><th scope="col">By which it may call</th></tr></thead>
<tbody>
${rows.map((group) => {
  const grants = [...(group[0]?.grants ?? [])];
  const rest = grants.length - MOST_RULES;
  return html`<tr><th scope="row">${rowHead(group)}</th><td>${grants.length}</td><td>${grants.slice(0, MOST_RULES).map(([index, grant]) => ruleGrant(rules[index], grant))}${rest > 0 ? html`<span class="owner">and ${count(rest, "more rule")}</span>` : ""}</td></tr>
`;
})}</tbody>
</table>`;
}

function ruleGrant(rule: RuleDocument | undefined, grant: Grant): Markup {
  if (rule === undefined) return html``;
  const badge = rule.allowCredentials ? html` <span class="badge">credentials</span>` : "";
  return html`<span class="grant ${grant.state ?? ""}"><b>${rule.name}</b> <span class="methods">${methodsOf(rule)}</span>${badge}${expiryBadge(grant)}</span> `;
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

function cell(rule: RuleDocument, grant: Grant | undefined): Markup {
  if (grant === undefined) return html`<td class="none"><span aria-label="no access">–</span></td>`;
  return html`<td class="${grant.state ?? ""}"><span class="methods">${methodsOf(rule)}</span>${rule.allowCredentials ? html`<span class="badge">credentials</span>` : ""}${expiryBadge(grant)}</td>`;
}

function methodsOf({ allowMethods }: RuleDocument): string {
  return allowMethods.includes("*") ? "any method" : allowMethods.join(" ") || "no method";
}

/** A badge that says until when. */
export function expiryBadge({ expires, state }: Grant): Markup {
  if (expires === undefined) return html``;
  const text = state === "origin-expired" ? `expired ${expires}` : `until ${expires}`;
  return html`<span class="badge ${state ?? ""}">${text}</span>`;
}
