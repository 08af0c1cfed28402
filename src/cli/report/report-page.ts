/** The report: one HTML page that needs nothing but itself. */

import { readFileSync } from "node:fs";
import { html, raw } from "hono/html";
import { count } from "../count.ts";
import { type Caller, callersOf } from "./access.ts";
import { findingBadges } from "./finding-list.ts";
import { labelled, type Markup } from "./markup.ts";
import { policySection, versionOf } from "./policy-section.ts";
import type { ReportedPolicy } from "./reported-policy.ts";

const STYLE = ["base.css", "report-page.css"]
  .map((name) => readFileSync(new URL(name, import.meta.url), "utf8"))
  .join("\n");

/**
 * The page as text. Whatever policies say is escaped, and the page loads nothing: its own Content-Security-Policy says so.
 * @param source where the policies are from: a directory, or KV
 * @param now milliseconds since the epoch
 */
export async function reportPage(policies: readonly ReportedPolicy[], source: string, now: number): Promise<string> {
  const day = new Date(now).toISOString().slice(0, 10);
  const page = await html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>CORS policies, ${day}</title>
<style>
${raw(STYLE)}</style>
</head>
<body>
<header class="top">
<p class="eyebrow">cors-gateway report</p>
<h1>Who may call what</h1>
<p class="lead">${count(policies.length, "CORS policy")} from <code>${source}</code> on <time datetime="${day}">${day}</time>. CORS governs what pages in browsers may do; it is no access control.</p>
</header>
<main>
${policies.length > 1 ? contents(policies, now) : ""}
${policies.map((policy, index) => policySection(policy, idOf(index), now))}
</main>
</body>
</html>
`;
  return page.toString();
}

function idOf(index: number): string {
  return `policy-${index + 1}`;
}

function contents(policies: readonly ReportedPolicy[], now: number): Markup {
  return html`<nav aria-label="Policies"><table class="cards">
<thead><tr><th scope="col">Hostname</th><th scope="col">Rules</th><th scope="col">Origins and lists</th><th scope="col">Findings</th><th scope="col">Next end</th><th scope="col">Version</th></tr></thead>
<tbody>
${policies.map((policy, index) => {
  const { document } = policy;
  const callers = document === undefined ? [] : callersOf(document, now);
  return html`<tr><th scope="row"><a href="#${idOf(index)}">${policy.file.hostname}</a></th>${labelled("Rules", (document?.rules.length ?? 0).toLocaleString("en-US"))}${labelled("Origins and lists", callers.length.toLocaleString("en-US"))}${labelled("Findings", findingBadges(policy))}${labelled("Next end", nextEnd(callers) ?? "–")}${labelled("Version", versionOf(policy))}</tr>
`;
})}</tbody>
</table></nav>`;
}

/** The first day on which an origin that is still allowed is for the last time. */
function nextEnd(callers: readonly Caller[]): string | undefined {
  return callers
    .flatMap(({ grants }) => [...grants.values()])
    .flatMap(({ expires, state }) => (expires === undefined || state === "origin-expired" ? [] : [expires]))
    .sort()[0];
}
