/** Findings as compilers print them. */

import { escapeControls } from "./escape-controls.ts";
import { paint } from "./output.ts";
import type { Position } from "./positions.ts";

const COLOURS = { error: "red", warning: "yellow" } as const;

/** A finding as a line: `FILE:LINE:COLUMN: error TEXT [CODE]`. */
export function placedLine(
  path: string,
  { line, column, code }: Position & { readonly code: string },
  severity: keyof typeof COLOURS,
  text: string,
): string {
  const label = paint(COLOURS[severity], severity);
  return `${path}:${line}:${column}: ${label} ${escapeControls(text)} ${paint("dim", `[${code}]`)}`;
}
