/** A decision step by step, in the order of the checks. */

import type { DenialReason } from "../decision.ts";
import { preflightCauses } from "./browser.ts";
import { type Case, type Evidence, type StepName, tellFailed, tellPassed } from "./step-evidence.ts";

/** `not-checked`: nothing for this request to check. `not-reached`: an earlier step failed. */
type StepState = "passed" | "failed" | "not-checked" | "not-reached";

/** One check of a decision. */
export interface Step extends Evidence {
  readonly name: StepName;
  readonly state: StepState;
}

const STEPS: readonly StepName[] = ["policy", "path", "rule", "origin", "request", "method", "headers"];

/** The check that a reason belongs to. */
export const STEP_OF: Readonly<Record<DenialReason, StepName>> = {
  "policy-unavailable": "policy",
  "no-policy": "policy",
  "ambiguous-path": "path",
  "no-rule": "rule",
  "origin-malformed": "origin",
  "origin-opaque": "origin",
  "origin-expired": "origin",
  "origin-not-allowed": "origin",
  "request-malformed": "request",
  "method-not-allowed": "method",
  "header-not-allowed": "headers",
  "cross-site-blocked": "rule",
  "rate-limited": "rule",
};

/**
 * Tells a decision about a cross-origin request as steps. Which step failed is what the decision itself says, never a
 * second opinion; evidence is looked up only after.
 */
export function explainSteps(known: Case): Step[] {
  const { denial } = known.decision;
  const failing = denial === undefined ? STEPS.length : STEPS.indexOf(STEP_OF[denial.reason]);
  return STEPS.map((name, index) => {
    if (index > failing) return { name, state: "not-reached", evidence: "" };
    if (index === failing && denial !== undefined) return { name, state: "failed", ...tellFailed(denial, known) };
    const unchecked = whyNotChecked(name, known);
    if (unchecked !== undefined) return { name, state: "not-checked", evidence: unchecked };
    return { name, state: "passed", ...tellPassed(name, known) };
  });
}

function whyNotChecked(name: StepName, { request, decision }: Case): string | undefined {
  if (name !== "request" && name !== "method" && name !== "headers") return undefined;
  if (decision.requestClass === "websocket") return "not checked for a WebSocket";
  if (name === "method" || preflightCauses(request.method, request.headers).length > 0) return undefined;
  return "not checked: the browser sends no preflight";
}
