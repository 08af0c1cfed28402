/** What a change of policy does to access, for people and for machines. */

import type { AccessChange } from "../core/compare/compare-access.ts";
import { describeAccessChange } from "../core/compare/describe-access-change.ts";
import { escapeControls } from "./escape-controls.ts";
import { paint, say } from "./output.ts";

const COLOURS = { "+": "green", "-": "red", "~": "dim" } as const;

/** Prints changes, a line each, indented under the policy's name. */
export function reportAccess(changes: readonly AccessChange[]): void {
  for (const { sign, text, details } of changes.map(describeAccessChange)) {
    const colon = details.length === 0 ? "" : ":";
    say(paint(COLOURS[sign], escapeControls(`  ${sign} ${text}${colon}`)));
    for (const detail of details) say(paint(COLOURS[sign], escapeControls(`      ${detail}`)));
  }
}

/** Changes for machines, each with its sentence. */
export function accessJson(changes: readonly AccessChange[]): object[] {
  return changes.map((change) => ({ ...change, text: describeAccessChange(change).text }));
}

/** True where any change gives access that was not there. */
export function hasNewAccess(changes: readonly AccessChange[]): boolean {
  return changes.some(({ effect }) => effect === "gained");
}
