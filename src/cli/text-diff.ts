/** What changes between two texts, line by line. */

import { structuredPatch } from "diff";
import { escapeControls } from "./escape-controls.ts";
import { paint } from "./output.ts";

/** Lines of context round a change. */
const CONTEXT = 3;
/** Beyond so many lines that differ, a diff takes seconds, and nobody reads it. */
const MAX_EDITS = 1000;
/**
 * The lines that differ, with some context, as `diff -u` shows them; coloured on a terminal.
 */
export function diffLines(before: string, after: string): readonly string[] {
  const patch = structuredPatch("", "", before, after, "", "", { context: CONTEXT, maxEditLength: MAX_EDITS });
  if (patch === undefined) return [`(more than ${MAX_EDITS} lines differ)`];
  return patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    paint("cyan", `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`),
    ...lines.map(escapeControls).map(paintLine),
  ]);
}

function paintLine(line: string): string {
  if (line.startsWith("+")) return paint("green", line);
  return line.startsWith("-") ? paint("red", line) : line;
}
