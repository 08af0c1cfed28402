/** An explanation for people: what the browser asks, the steps, the headers, and what comes of it. */

import type { RequestClass } from "../core/classify.ts";
import { isCrossOrigin } from "../core/decision.ts";
import type { PreflightCause } from "../core/explain/browser.ts";
import { describeOutcome } from "../core/explain/describe-outcome.ts";
import { type ExpectedField, expectedFields } from "../core/explain/expected-fields.ts";
import { type ExplainedExchange, type Explanation, isGood } from "../core/explain/explain.ts";
import type { Step } from "../core/explain/explain-steps.ts";
import type { Remedy } from "../core/explain/remedies.ts";
import type { HeaderFields } from "../core/header-fields.ts";
import { describeRemedy } from "./describe-remedy.ts";
import { headerName } from "./header-name.ts";
import { paint, say } from "./output.ts";
import { printable } from "./printable.ts";

const MARKS = {
  passed: paint("green", "✓"),
  failed: paint("red", "✗"),
  "not-checked": paint("dim", "·"),
  "not-reached": paint("dim", "·"),
} as const;

/**
 * Prints what the page asks for, and whether the browser asks first.
 * @param notes what a browser does to the request that its author may not expect
 */
export function reportRequest(explanation: Explanation, notes: readonly string[]): void {
  const { request, causes, requestClass } = explanation;
  const credentials = request.hasCredentials ? ", with credentials" : "";
  say(paint("bold", `${request.method} ${request.url.href}`));
  say(`from ${request.origin}${credentials}`);
  for (const note of notes) say(`${paint("yellow", "note")} ${printable(note)}`);
  if (isCrossOrigin(requestClass)) say(`\n${describeCauses(causes, requestClass)}`);
  say();
}

/** Prints the steps of the decision. */
export function reportSteps(explanation: Explanation): void {
  const lines = describeSteps(explanation);
  for (const line of lines) say(line);
  if (lines.length > 0) say();
}

/** The steps of the decision, a line each. */
export function describeSteps(explanation: Explanation): readonly string[] {
  return explanation.steps.flatMap((step) => describeStep(step, explanation) ?? []);
}

/** Prints what is sent and what comes back, as far as the browser gets. */
export function reportExchanges(explanation: Explanation): void {
  const { request, preflight, actual, outcome } = explanation;
  if (outcome.kind === "mixed-content") return;
  if (preflight !== undefined) reportExchange("Preflight", "OPTIONS", preflight, explanation);
  if (outcome.kind === "blocked-before") say(`${paint("bold", request.method)} is not sent.\n`);
  else reportExchange("Request", request.method, actual, explanation);
}

/** Prints the sentence about what the browser does. */
export function reportOutcome(explanation: Explanation): void {
  const mark = isGood(explanation.outcome) ? MARKS.passed : MARKS.failed;
  say(`${mark} ${paint("bold", describeOutcome(explanation))}`);
}

/** Prints what to change. */
export function reportRemedies(remedies: readonly Remedy[], place: string, hostname: string): void {
  if (remedies.length === 0) return;
  say("\nWhat would help:");
  for (const remedy of remedies) say(`  ${printable(describeRemedy(remedy, place, hostname), 1000)}`);
}

/** Says whether the browser asks first, and why. */
function describeCauses(causes: readonly PreflightCause[], requestClass: RequestClass): string {
  if (requestClass === "websocket") return "For a WebSocket the browser asks nothing first, and sends cookies.";
  if (causes.length === 0) return "The browser sends it without asking first (no preflight).";
  return `The browser asks first (a preflight), because of ${causes.map(describeCause).join(", ")}.`;
}

function describeCause(cause: PreflightCause): string {
  switch (cause.kind) {
    case "method":
      return `the method ${cause.method}`;
    case "header":
      return `the header ${cause.name}`;
    case "value":
      return `${cause.name}: ${printable(cause.value, 80)}`;
    case "size":
      return "the size of the headers together";
  }
}

/** A step as a line; undefined for one that is not worth it. */
function describeStep({ name, state, evidence }: Step, { decisive }: Explanation): string | undefined {
  if (name === "request" && state !== "failed") return undefined;
  const said = state === "not-reached" ? paint("dim", "not reached") : printable(evidence, 1000);
  const code = state === "failed" ? paint("dim", ` [${decisive.denial?.reason}]`) : "";
  return `${MARKS[state]} ${name.padEnd(8)}${said}${code}`;
}

function reportExchange(title: string, method: string, exchange: ExplainedExchange, { request }: Explanation): void {
  const { pathname, search } = request.url;
  say(paint("bold", title));
  say(`  > ${method} ${pathname}${search}`);
  sayFields(exchange.sent);
  say(`  < ${exchange.status ?? "the upstream's status and headers, and"}`);
  for (const field of expectedFields(exchange)) say(`  < ${describeField(field)}`);
  say();
}

function sayFields(fields: HeaderFields): void {
  for (const [name, value] of fields) say(`  > ${headerName(name)}: ${printable(value)}`);
}

/** A line about a field of the response. */
function describeField(field: ExpectedField): string {
  const name = headerName(field.name);
  switch (field.kind) {
    case "exact":
      return `${name}: ${printable(field.value, 2000)}`;
    case "added":
      return `${name}: ${field.value} ${paint("dim", "(added to the upstream's own)")}`;
    case "each-header":
      return `${name}: ${paint("dim", "(the names of all headers that this response has)")}`;
    case "removed":
      return paint("dim", `(the upstream's own ${name} are removed)`);
    case "upstream":
      return paint("dim", `(the upstream's own ${name} stay as they are)`);
  }
}
