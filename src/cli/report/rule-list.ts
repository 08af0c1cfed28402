/** Everything that each rule says. */

import { html } from "hono/html";
import type { OriginEntry, PolicyDocument, RuleDocument } from "../../core/document-schema.ts";
import { fieldsOf } from "../../core/origin-entry.ts";
import { count } from "../count.ts";
import { upstreamName } from "./flow-graph.ts";
import type { Markup } from "./markup.ts";

/** So many names of a list are shown. */
const MOST_NAMES = 8;

/** More rules are behind a click, and not on paper. */
const MOST_OPEN = 40;

/** Of response headers that the gateway passes on as they are. */
const UNCHANGED = "as the upstream says";

/** The rules in the order in which they are tried. */
export function ruleList(document: PolicyDocument): Markup {
  const list = html`<ol class="rules">
${document.rules.map((rule) => ruleItem(rule, document))}</ol>`;
  if (document.rules.length <= MOST_OPEN) return list;
  return html`<details><summary>${count(document.rules.length, "rule")}, in the order in which they are tried</summary>${list}</details>`;
}

function ruleItem(rule: RuleDocument, document: PolicyDocument): Markup {
  const dangers = rule.dangerouslyAllow.map((danger) => html` <span class="badge high">${danger}</span>`);
  return html`<li><h4>${rule.name}${dangers}</h4>
<dl>${[
    field("Paths", names(rule.paths), "stack"),
    field("Origins", names(rule.allowOrigins.map(entryName)), "stack wide"),
    field("Upstream", html`<code>${upstreamName(rule, document)}</code>`, "wide"),
    field("Methods", names(rule.allowMethods)),
    field("Request headers", names(rule.allowHeaders)),
    field("Exposed headers", names(rule.exposeHeaders)),
    field("Credentials", rule.allowCredentials ? "yes" : "no"),
    field("Preflight kept", `${rule.maxAge} s`),
    field("When denied", rule.onDenied),
    field("Rate limit", rule.rateLimit === undefined ? "none" : html`<code>${rule.rateLimit}</code>`),
    field("Loads without CORS", rule.isolation ? "not from other sites" : "from any site"),
    field("Resource policy", rule.resourcePolicy ?? UNCHANGED),
    field("Detailed timings", rule.timingAllowOrigin ? "yes" : UNCHANGED),
  ]}</dl></li>
`;
}

function field(label: string, content: unknown, style = ""): Markup {
  return html`<div class="${style}"><dt>${label}</dt><dd>${content}</dd></div>`;
}

function entryName(entry: OriginEntry): string {
  const { origin, list } = fieldsOf(entry);
  return origin ?? `list ${list}`;
}

function names(list: readonly string[]): Markup {
  if (list.length === 0) return html`<span class="none">none</span>`;
  const rest = list.length - MOST_NAMES;
  return html`${list.slice(0, MOST_NAMES).map((name) => html`<code>${name}</code> `)}${rest > 0 ? html`<span class="none">and ${rest.toLocaleString("en-US")} more of ${count(list.length, "entry")}</span>` : ""}`;
}
