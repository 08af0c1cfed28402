/** A denial in words, for the client that caused it. */

import type { Denial, DenialReason } from "./decision.ts";

const MAX_LENGTH = 200;

/** Of what was sent: the method or header name at fault, or the origin. */
type Detail = (culprit: string, origin: string) => string;

const DETAILS: Readonly<Record<DenialReason, Detail>> = {
  "policy-unavailable": () => "The policy of this hostname cannot be used.",
  "no-policy": () => "There is no policy for this hostname.",
  "ambiguous-path": () => "The path can be read in more than one way; send it plainly.",
  "no-rule": () => "No rule of the policy matches this path.",
  "origin-malformed": (_, origin) => `The Origin ${origin} is not one that a browser sends.`,
  "origin-opaque": (_, origin) => `The Origin ${origin} is not allowed here.`,
  "origin-expired": (_, origin) => `The Origin ${origin} was allowed until a day that has passed.`,
  "origin-not-allowed": (_, origin) => `The Origin ${origin} is not allowed here.`,
  "request-malformed": () => "A requested method or header name is malformed, or too much is requested.",
  "method-not-allowed": (culprit) => `The method ${culprit} is not allowed here.`,
  "header-not-allowed": (culprit) => `The header ${culprit} is not allowed here.`,
  "cross-site-blocked": () => "Pages of other sites may load this with CORS only.",
  "rate-limited": () => "Too many requests.",
};

/**
 * Says why a request was denied, in one sentence.
 * Security: what a stranger may hear, which is the reason and what they sent themselves, cut at 200 characters; never the
 * allow-list.
 */
export function describeDenial({ reason, culprit = "" }: Denial, origin: string): string {
  return DETAILS[reason](quote(culprit), quote(origin));
}

function quote(text: string): string {
  return `"${text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text}"`;
}
