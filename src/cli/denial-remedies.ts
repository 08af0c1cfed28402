/** For denials of a log: the line that would allow them. */

import type { ExplainedRequest } from "../core/explain/explain.ts";
import type { ExplainedPolicy } from "../core/explain/explained-policy.ts";
import { findRemedies, isDenialReason, remedyFor } from "../core/explain/remedies.ts";
import type { DenialGroup } from "./denial-log.ts";
import { describeRemedy } from "./describe-remedy.ts";
import { shellWord } from "./shell-word.ts";

/**
 * What to change so that the denials of a group become grants: worked out under the policy as it is now, which may have
 * changed since.
 * @param now milliseconds since the epoch
 */
export function describeGroupRemedies(group: DenialGroup, policy: ExplainedPolicy, now: number): readonly string[] {
  const { reason, hostname } = group;
  if (!isDenialReason(reason)) return [`this version of cors-gateway does not know the reason ${reason}`];
  if (policy.document === undefined && reason !== "no-policy" && reason !== "policy-unavailable") {
    return [`${describeRemedy(loggedRemedy(group, reason), policy.place, hostname)} ${whyUnknown(policy, hostname)}`];
  }
  // Neither is a matter of what the page asks for: no change of the lists would help.
  if (reason === "rate-limited" || reason === "cross-site-blocked") {
    return [describeRemedy(loggedRemedy(group, reason), policy.place, hostname)];
  }
  const lines = requestsOf(group, policy).map((request) => {
    const [remedy] = findRemedies(policy, request, now);
    return remedy === undefined
      ? `${policy.place} allows it already; if the denials go on, publish it: cors-gateway push ${shellWord(hostname)}`
      : describeRemedy(remedy, policy.place, hostname);
  });
  return [...new Set(lines)];
}

function whyUnknown({ lookup, place }: ExplainedPolicy, hostname: string): string {
  return lookup.kind === "none"
    ? `(which is not there; to get it: cors-gateway pull ${shellWord(hostname)})`
    : `(which cannot be used as it is: cors-gateway check ${shellWord(place)})`;
}

function loggedRemedy(
  { rule = "", origin, path, culprits }: DenialGroup,
  reason: Parameters<typeof remedyFor>[0]["reason"],
) {
  const names = [...culprits];
  return remedyFor({ reason, rule, origin, path, method: names[0] ?? "GET", headers: names });
}

/** Requests that are denied for what those of the group were, as far as the log tells. */
function requestsOf(group: DenialGroup, policy: ExplainedPolicy): readonly ExplainedRequest[] {
  const { hostname, path, origin, reason, culprits } = group;
  const url = URL.parse(`https://${hostname}${path}`);
  if (url === null) return [];
  const { lookup } = policy;
  const rule = lookup.kind === "found" ? lookup.policy.ruleFor(url.pathname) : undefined;
  const [method = "GET"] = rule === undefined || rule.methods.any ? [] : rule.methods.names;
  const plain: ExplainedRequest = { url, origin, method, headers: [], hasCredentials: false };
  if (reason === "method-not-allowed") return [...culprits].map((culprit) => ({ ...plain, method: culprit }));
  // A value that no header is safelisted with.
  if (reason === "header-not-allowed")
    return [{ ...plain, headers: [...culprits].map((name) => [name, '"'] as const) }];
  return [plain];
}
