/** What became of expectations, for people and for machines. */

import { describeExpectation } from "../core/expect/expectations.ts";
import { describeIssue } from "../core/explain/describe-issue.ts";
import { describeOutcome } from "../core/explain/describe-outcome.ts";
import { type CheckedExpectations, holds, type UnmetExpectation } from "./check-expectations.ts";
import { count } from "./count.ts";
import { paint, say } from "./output.ts";
import { placedLine } from "./placed-line.ts";
import { describeSteps } from "./report-explanation.ts";

/** Prints what does not hold, each with its decision step by step, and a line that counts; nothing without expectations. */
export function reportExpectations(checked: readonly CheckedExpectations[]): void {
  if (checked.length === 0) return;
  for (const { file, issues, failed, notChecked } of checked) {
    for (const issue of issues) say(placedLine(file.path, issue, "error", describeIssue(issue)));
    for (const unmet of failed) reportFailed(file.path, unmet);
    for (const unmet of notChecked) reportNotChecked(file.path, unmet);
  }
  const total = checked.reduce((sum, file) => sum + file.count, 0);
  const faults = [
    [checked.reduce((sum, file) => sum + file.issues.length, 0), "issue"],
    [checked.reduce((sum, file) => sum + file.failed.length, 0), "failure"],
  ] as const;
  const bad = faults.filter(([number]) => number > 0).map(([number, noun]) => count(number, noun));
  say(
    `${count(total, "expectation")} checked: ${bad.length === 0 ? paint("green", "ok") : paint("red", bad.join(", "))}`,
  );
}

function reportFailed(path: string, unmet: UnmetExpectation): void {
  const { expectation, explanation } = unmet;
  say(placedLine(path, unmet, "error", `this does not hold: ${describeExpectation(expectation)}`));
  say(`  ${describeRequest(unmet)}`);
  for (const step of describeSteps(explanation)) say(`  ${step}`);
  say(`  ${describeOutcome(explanation)}`);
}

function reportNotChecked(path: string, unmet: UnmetExpectation): void {
  say(placedLine(path, unmet, "warning", `this is not checked: ${describeExpectation(unmet.expectation)}`));
  const rule = unmet.explanation.decisive.rule?.name;
  say(
    `  ${describeRequest(unmet)}: the rule "${rule}" names a list; keep its text as lists/NAME.txt beside the policies`,
  );
}

function describeRequest({ explanation: { request } }: UnmetExpectation): string {
  return `${request.method} ${request.url.href} from ${request.origin}`;
}

/** What became of a file of expectations, as `check --json` has it of every file. */
export function expectationsJson(checked: CheckedExpectations): object {
  const { file, issues, failed, notChecked, count: expectations } = checked;
  return {
    file: file.path,
    hostname: file.hostname,
    ok: holds(checked),
    expectations,
    issues: [...issues.map((issue) => ({ ...issue, message: describeIssue(issue) })), ...failed.map(unmetJson)],
    warnings: notChecked.map(unmetJson),
  };
}

function unmetJson({ explanation, expectation, ...place }: UnmetExpectation): object {
  const { request, steps, decisive } = explanation;
  return {
    ...place,
    message: describeExpectation(expectation),
    request: { method: request.method, url: request.url.href, origin: request.origin },
    reason: decisive.denial?.reason ?? null,
    steps,
    outcome: describeOutcome(explanation),
  };
}
