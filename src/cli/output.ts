/** What commands print: text for people, JSON for machines; colour only on a terminal. */

import { styleText } from "node:util";
import { clearProgress } from "./progress.ts";

/** Exit codes of every command; 2 where it could not do its work: asked wrongly, or KV or a file failed. */
export const EXIT = { ok: 0, findings: 1, notDone: 2 } as const;

/** Colours a text where standard output is a terminal that wants it. */
export function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** Prints one line of text. */
export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** Prints a result as JSON. */
export function sayJson(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}

/** Prints one line on standard error, in the place of the progress line where that stands there. */
export function complain(line: string): void {
  clearProgress();
  process.stderr.write(`${line}\n`);
}
