/** Where a request goes: from policies and variables alone, never from the request. */

import { type CompiledPolicy, type CompiledRule, compileUpstream, type Upstream } from "./compile-policy.ts";
import type { PolicyLookup } from "./decision.ts";

/** Seconds until the response headers where no policy says how long. */
const DEFAULT_TIMEOUT_SECONDS = 30;

/** What the variable `DEFAULT_UPSTREAM` says: the request's own URL, an upstream, nothing, or nonsense. */
export type DefaultUpstream = "zone" | "empty" | "invalid" | Upstream;

/** The upstream of a request, or the code of what is missing. */
export type UpstreamChoice =
  | { readonly kind: "zone"; readonly timeoutSeconds: number }
  | { readonly kind: "upstream"; readonly upstream: Upstream; readonly timeoutSeconds: number }
  | { readonly kind: "none"; readonly code: UpstreamFault };

/** Why there is no upstream; stable codes. */
export type UpstreamFault = "policy-unusable" | "default-upstream-empty" | "default-upstream-invalid";

/** Reads the variable `DEFAULT_UPSTREAM`. */
export function parseDefaultUpstream(text: string): DefaultUpstream {
  if (text === "" || text === "zone") return text || "empty";
  const url = /^https?:\/\/[^?#]*$/i.test(text) ? URL.parse(text) : null;
  return url === null || url.username !== "" || url.password !== "" ? "invalid" : compileUpstream(text);
}

/**
 * Chooses the upstream: the rule's, else the document's, else the default.
 * Security: where an unusable document may have named one, there is none, so that no request goes to a server which
 * its operator did not choose.
 * @param hostname of the request, as policies know it
 */
export function chooseUpstream(
  lookup: PolicyLookup,
  rule: CompiledRule | undefined,
  fallback: DefaultUpstream,
  hostname: string,
): UpstreamChoice {
  if (lookup.kind === "unavailable" && lookup.namesUpstream) return { kind: "none", code: "policy-unusable" };
  const policy: CompiledPolicy | undefined = lookup.kind === "found" ? lookup.policy : undefined;
  const timeoutSeconds = policy?.upstreamTimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const upstream = rule?.upstream ?? policy?.upstream ?? fallback;
  if (typeof upstream === "object") return { kind: "upstream", upstream, timeoutSeconds };
  if (upstream === "invalid") return { kind: "none", code: "default-upstream-invalid" };
  // A workers.dev hostname has no server behind it but this Worker.
  if (upstream === "empty" || /(?:^|\.)workers\.dev$/.test(hostname)) {
    return { kind: "none", code: "default-upstream-empty" };
  }
  return { kind: "zone", timeoutSeconds };
}
