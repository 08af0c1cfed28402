/** Everything that each rule says. */

import { html } from "hono/html";
import type { PolicyDocument, RuleDocument } from "../../core/document-schema.ts";
import { plural } from "./access.ts";
import { upstreamName } from "./flow-graph.ts";
import type { Markup } from "./markup.ts";

/** So many names of a list are shown. */
const MOST_NAMES = 8;

/** A row a rule, in the order in which they are tried; on a phone each is a card. */
export function ruleTable(document: PolicyDocument): Markup {
  return html`<table class="cards">
<thead><tr>${["Rule", "Paths", "Origins", "Methods", "Request headers", "Exposed headers", "Credentials", "Preflight kept", "When denied", "Upstream"].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${document.rules.map((rule) => ruleRow(rule, document))}</tbody>
</table>`;
}

function ruleRow(rule: RuleDocument, document: PolicyDocument): Markup {
  const dangers = rule.dangerouslyAllow.map((danger) => html` <span class="badge high">${danger}</span>`);
  return html`<tr><th scope="row">${rule.name}${dangers}</th>${labelled("Paths", names(rule.paths))}${labelled("Origins", rule.allowOrigins.length.toLocaleString("en-US"))}${labelled("Methods", names(rule.allowMethods))}${labelled("Request headers", names(rule.allowHeaders))}${labelled("Exposed headers", names(rule.exposeHeaders))}${labelled("Credentials", rule.allowCredentials ? "yes" : "no")}${labelled("Preflight kept", `${rule.maxAge} s`)}${labelled("When denied", rule.onDenied)}${labelled("Upstream", html`<code>${upstreamName(rule, document)}</code>`)}</tr>
`;
}

/** A cell that says on a phone what its column is. */
export function labelled(label: string, content: unknown): Markup {
  return html`<td data-label="${label}">${content}</td>`;
}

function names(list: readonly string[]): Markup {
  if (list.length === 0) return html`<span class="none">none</span>`;
  const rest = list.length - MOST_NAMES;
  return html`<span class="names">${list.slice(0, MOST_NAMES).map((name) => html`<code>${name}</code> `)}${rest > 0 ? html`<span class="owner">+${rest} of ${plural(list.length, "entry")}</span>` : ""}</span>`;
}
