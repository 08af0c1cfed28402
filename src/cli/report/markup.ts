/** Pieces of HTML: whatever is put into one is escaped. */

import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { escapeControls } from "../escape-controls.ts";

/** A piece of HTML, as `html` of hono/html makes it. */
export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Text that somebody made up, without the characters that show it in another order. */
export function plain(text: string): string {
  return escapeControls(text.replace(/\s+/g, " "));
}

/** The text, with its middle left out where it is long. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${text.slice(0, most - 1 - end)}…${text.slice(-end)}`;
}

/** A sentence whose names stand between backticks. */
export function prose(text: string): Markup {
  return html`${text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** A cell that says where a table becomes cards what its column is. */
export function labelled(label: string, content: unknown): Markup {
  return html`<td data-label="${label}"><div>${content}</div></td>`;
}
