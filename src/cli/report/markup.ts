/** Pieces of HTML: whatever is put into one is escaped. */

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
