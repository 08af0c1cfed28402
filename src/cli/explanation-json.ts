/** An explanation for machines. */

import { isCrossOrigin } from "../core/decision.ts";
import { describeOutcome } from "../core/explain/describe-outcome.ts";
import { expectedFields } from "../core/explain/expected-fields.ts";
import { type ExplainedExchange, type Explanation, isGood } from "../core/explain/explain.ts";
import type { ExplainedPolicy } from "../core/explain/explained-policy.ts";
import type { Remedy } from "../core/explain/remedies.ts";
import type { HeaderFields } from "../core/header-fields.ts";
import { describeRemedy } from "./describe-remedy.ts";

/** What is printed with `--json`; header names are byte-lowercase. */
export function explanationJson(
  policy: ExplainedPolicy,
  explanation: Explanation,
  remedies: readonly Remedy[],
  notes: readonly string[],
): object {
  const { request, requestClass, causes, steps, preflight, actual, decisive, outcome } = explanation;
  const { denial, rule, version, isReportOnly } = decisive;
  return {
    request: {
      method: request.method,
      url: request.url.href,
      origin: request.origin,
      headers: linesOf(request.headers),
      credentials: request.hasCredentials,
    },
    notes,
    policy: { place: policy.place, kind: policy.lookup.kind, version: version ?? null, reportOnly: isReportOnly },
    class: requestClass,
    decision: isCrossOrigin(requestClass)
      ? {
          granted: denial === undefined,
          reason: denial?.reason ?? null,
          culprit: denial?.culprit ?? null,
          rule: rule?.name ?? null,
          steps,
        }
      : null,
    preflight: preflight === undefined ? null : { because: causes, ...exchangeJson("OPTIONS", preflight) },
    actual: {
      sent: outcome.kind !== "blocked-before" && outcome.kind !== "mixed-content",
      ...exchangeJson(request.method, actual),
    },
    outcome: { ...outcome, good: isGood(outcome), sentence: describeOutcome(explanation) },
    remedies: remedies.map((remedy) => ({
      ...remedy,
      text: describeRemedy(remedy, policy.place, request.url.hostname),
    })),
  };
}

function exchangeJson(method: string, exchange: ExplainedExchange): object {
  return {
    request: { method, headers: linesOf(exchange.sent) },
    response: { status: exchange.status ?? "upstream", fields: expectedFields(exchange) },
  };
}

function linesOf(fields: HeaderFields): object[] {
  return fields.map(([name, value]) => ({ name, value }));
}
