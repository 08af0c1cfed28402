/** What commands print: text for people, JSON for machines; colour only on a terminal. */

import { styleText } from "node:util";

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

/** Prints one line on standard error. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** `1 issue`, `2 issues`, `1,000 policies`. */
export function count(number: number, noun: string): string {
  const plural = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${number.toLocaleString("en-US")} ${number === 1 ? noun : plural}`;
}
