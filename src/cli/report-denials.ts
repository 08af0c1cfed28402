/** The denials of a log for people and for machines. */

import { count } from "./count.ts";
import type { DenialCount, DenialGroup } from "./denial-log.ts";
import { paint, say } from "./output.ts";
import { printable } from "./printable.ts";

/** A group, and the lines that would allow it. */
export interface AdvisedGroup {
  readonly group: DenialGroup;
  readonly remedies: readonly string[];
}

/** Prints the groups, most frequent first, and how much of the log was something else. */
export function reportDenials(counted: DenialCount, advised: readonly AdvisedGroup[]): void {
  for (const { group, remedies } of advised) {
    reportGroup(group);
    for (const remedy of remedies) say(`      ${printable(remedy, 1000)}`);
    say();
  }
  const { denials, groups, suppressed, junk } = counted;
  say(`${count(denials, "denial")} of ${count(groups.length, "kind")}`);
  if (suppressed > 0) {
    say(`${count(suppressed, "more denial")} not logged, of whatever kind: the gateway writes at most ten a second`);
  }
  if (junk > 0) say(`${count(junk, "line")} ignored: not the gateway's`);
  if (advised.length > 0) say("Allow only origins that you know: whoever makes up an Origin is in this list, too.");
}

function reportGroup(group: DenialGroup): void {
  const { rule, nearest, first, last } = group;
  const culprits = [...group.culprits].map((name) => printable(name, 80)).join(", ");
  const what = `${paint("red", printable(group.reason))}${culprits === "" ? "" : ` (${culprits})`}`;
  const mode = group.isReportOnly ? paint("yellow", " report-only") : "";
  const where = rule === undefined ? printable(group.path, 120) : `rule "${printable(rule)}"`;
  const instead = nearest === undefined ? "" : `, which allows ${printable(nearest)}`;
  say(`${paint("bold", `${group.count}x`.padEnd(6))}${what}${mode}`);
  say(`      ${printable(group.origin)} -> ${printable(group.hostname)}, ${where}${instead}`);
  say(paint("dim", `      ${first === last ? first : `${first} to ${last}`}`));
}

/** What is printed with `--json`. */
export function denialsJson({ denials, suppressed, junk }: DenialCount, advised: readonly AdvisedGroup[]): object {
  return {
    denials,
    suppressed,
    junk,
    groups: advised.map(({ group, remedies }) => ({
      ...group,
      rule: group.rule ?? null,
      nearest: group.nearest ?? null,
      culprits: [...group.culprits],
      remedies,
    })),
  };
}
