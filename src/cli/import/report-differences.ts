/** What an import says on the screen. */

import { escapeControls } from "../escape-controls.ts";
import { paint, say } from "../output.ts";
import type { Remark } from "./draft.ts";
import type { ImportedPolicy } from "./settle.ts";

/** Prints in what the policy differs from its source, a line each. */
export function reportDifferences({ refused, notCarried }: ImportedPolicy): void {
  list("refused: left out of the policy", paint("red", "✗"), refused);
  list("different here, or without a counterpart", paint("yellow", "·"), notCarried);
}

function list(title: string, mark: string, remarks: readonly Remark[]): void {
  if (remarks.length === 0) return;
  say(title);
  for (const { option, message } of remarks)
    say(`  ${mark} ${paint("bold", escapeControls(option))}: ${escapeControls(message)}`);
}
