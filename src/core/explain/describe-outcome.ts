/** What a browser will do, in one sentence. */

import { describeRefusal } from "./describe-refusal.ts";
import type { Explanation, Outcome } from "./explain.ts";

/**
 * One sentence about what the browser does with a page's request.
 * @example "The browser asks by a preflight, sends the PUT, and lets the page read the response."
 */
export function describeOutcome(explanation: Explanation, outcome: Outcome = explanation.outcome): string {
  const { request, causes, decisive } = explanation;
  const asks = causes.length > 0 ? "asks by a preflight, sends" : "sends";
  const credentials = request.hasCredentials ? " with credentials" : "";
  const why = decisive.denial === undefined ? "" : `, because the gateway denies it (${decisive.denial.reason})`;
  const sends = `The browser ${asks} the ${request.method}${credentials}`;
  switch (outcome.kind) {
    case "read":
      return `${sends}, and lets the page read the response.`;
    case "same-origin":
      return "The page and the URL have the same origin: the browser asks nothing and lets the page read the response.";
    case "denial-read":
      return `${sends}; the gateway denies it (${decisive.denial?.reason}), and the page may read that 403, but no more.`;
    case "blocked-before":
      return `The browser sends the preflight and never the ${request.method} itself: ${describeRefusal(outcome.refusal, "the preflight's answer")}${why}.`;
    case "blocked-after":
      return `${sends} and keeps the response from the page: ${describeRefusal(outcome.refusal)}${why}. ${
        outcome.reachesUpstream
          ? "The upstream has got the request all the same."
          : "The upstream never sees the request."
      }`;
    case "mixed-content":
      return "The browser sends nothing: a page from https may not load from plain http (mixed content), whatever CORS says.";
    case "handshake-refused":
      return "The browser sends the opening handshake, the gateway denies it with 403, and the WebSocket fails.";
    case "handshake-forwarded":
      return "The browser sends the opening handshake, and the gateway passes it on to the upstream.";
    case "left-to-upstream":
      return `The policy only reports, so that the upstream's own CORS headers decide. Enforced: ${describeOutcome(explanation, outcome.enforced)}`;
  }
}
