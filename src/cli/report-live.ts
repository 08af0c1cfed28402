/** A real exchange for people and for machines. */

import { describeRefusal } from "../core/explain/describe-refusal.ts";
import type { Explanation } from "../core/explain/explain.ts";
import { headerName } from "./header-name.ts";
import type { LiveCheck, LiveExchange } from "./live-check.ts";
import type { Hop } from "./live-findings.ts";
import { paint, say } from "./output.ts";
import { printable } from "./printable.ts";
import { shellWord } from "./shell-word.ts";

const HOPS: Readonly<Record<Hop, string>> = {
  connection: "connection",
  front: "in front of the gateway",
  gateway: "gateway",
  upstream: "upstream",
};

const SHOWN = new Set(["cors-decision", "vary", "timing-allow-origin", "location", "server", "content-type"]);

/** True where the page would read the response, and every hop does what the policy says. */
export function isGoodLive(check: LiveCheck): boolean {
  return check.findings.length === 0 && goesOn(check);
}

function goesOn({ outcome }: LiveCheck): boolean {
  return outcome.kind === "read" || outcome.kind === "not-sent";
}

/**
 * Prints what was sent and received, which hop disagrees, and what the browser does.
 * @param place of the policy
 */
export function reportLive(check: LiveCheck, explanation: Explanation, place: string): void {
  if (explanation.request.hasCredentials)
    say(`${paint("yellow", "note")} no cookies are sent: there is no browser here\n`);
  for (const exchange of [check.preflight, check.actual]) {
    if (exchange !== undefined) reportExchange(exchange, explanation);
  }
  for (const { hop, message } of check.findings) say(`${paint("red", "✗")} ${paint("bold", HOPS[hop])}: ${message}`);
  if (check.findings.length === 0 && check.outcome.kind !== "mixed-content")
    say(`${paint("green", "✓")} every hop does what ${place} says`);
  const mark = goesOn(check) ? paint("green", "✓") : paint("red", "✗");
  say(`${mark} ${paint("bold", describeLive(check, explanation))}`);
}

function reportExchange({ method, sent, received }: LiveExchange, { request }: Explanation): void {
  say(paint("bold", `Sent to ${request.url.host}`));
  say(`  > ${method} ${request.url.pathname}${request.url.search}`);
  for (const [name, value] of sent) say(`  > ${headerName(name)}: ${printable(value)}`);
  say(`  < ${received.status}`);
  for (const [name, value] of received.lines) {
    const isShown = SHOWN.has(name.toLowerCase()) || name.toLowerCase().startsWith("access-control-");
    if (isShown) say(`  < ${headerName(printable(name.toLowerCase()))}: ${printable(value)}`);
  }
  say();
}

/** One sentence about what the browser does. */
function describeLive({ outcome }: LiveCheck, { request }: Explanation): string {
  const { method, origin } = request;
  switch (outcome.kind) {
    case "read":
      return `The browser lets the page read the response, ${outcome.status}.`;
    case "blocked-before":
      return `The browser never sends the ${method}: ${printable(describeRefusal(outcome.refusal, "the preflight's answer"), 1000)}.`;
    case "blocked-after":
      return `The browser keeps the response from the page: ${printable(describeRefusal(outcome.refusal), 1000)}.`;
    case "redirected": {
      const as = outcome.origin === origin ? "" : " with the origin null";
      return `The browser goes on to ${printable(outcome.location)}${as}: cors-gateway explain ${shellWord(printable(outcome.location))} --origin ${outcome.origin} --live`;
    }
    case "not-sent":
      return `The browser would send the ${method} now. It was not sent, because it may change something: --yes sends it.`;
    case "mixed-content":
      return "The browser sends nothing: a page from https may not load from plain http (mixed content). Nothing was sent.";
    case "no-response":
      return "The browser reports a network error: there is no response.";
  }
}

/** What is printed with `--json`. */
export function liveJson(check: LiveCheck, explanation: Explanation): object {
  return {
    preflight: check.preflight === undefined ? null : exchangeJson(check.preflight),
    actual: check.actual === undefined ? null : exchangeJson(check.actual),
    findings: check.findings,
    outcome: { ...check.outcome, good: isGoodLive(check), sentence: describeLive(check, explanation) },
  };
}

function exchangeJson({ method, sent, received }: LiveExchange): object {
  return {
    request: { method, headers: sent.map(([name, value]) => ({ name, value })) },
    response: {
      status: received.status,
      headers: received.lines.map(([name, value]) => ({ name, value })),
    },
  };
}
