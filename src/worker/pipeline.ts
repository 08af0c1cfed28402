/** The way of one request: classify, look up, decide, answer or proxy, say what was decided. */

import { chooseUpstream } from "../core/choose-upstream.ts";
import type { RequestView } from "../core/classify.ts";
import { decide } from "../core/decide.ts";
import { type Decision, type Denial, decisionHeader, denyByRate, type PolicyLookup } from "../core/decision.ts";
import { describeDenial } from "../core/describe-denial.ts";
import type { ResponseHeaders } from "../core/header-fields.ts";
import { policyHostname } from "../core/hostname.ts";
import { nearestMiss } from "../core/nearest-miss.ts";
import { parseRequestUrl, type RequestUrl } from "../core/request-url.ts";
import type { Lists } from "./lists.ts";
import type { Log, LogEvent } from "./log.ts";
import type { Policies } from "./policies.ts";
import { GatewayError, problem } from "./problem.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { RequestContext } from "./request-context.ts";
import type { Settings } from "./settings.ts";
import type { UpstreamClient } from "./upstream.ts";
import { exposeRetryAfter, preflightResponse, writeHeaders } from "./write-headers.ts";

/** What requests share in an isolate. */
export interface Gateway {
  readonly settings: Settings;
  readonly policies: Policies;
  readonly lists: Lists;
  readonly rateLimits: RateLimits;
  readonly upstreams: UpstreamClient;
  readonly log: Log;
  readonly logDenial: (describe: () => LogEvent) => void;
}

/**
 * Responds to a request.
 * @throws GatewayError 400, where the request has no URL; all else becomes a response with the right CORS headers
 */
export async function respond(request: Request, gateway: Gateway, context: RequestContext): Promise<Response> {
  const url = readUrl(request);
  const hostname = policyHostname(url.hostname);
  const lookup = await gateway.policies.lookup(hostname, context);
  const decided = await decideWithLists(lookup, view(request, url), gateway.lists, context);
  const { rateLimit } = decided;
  const isLimited =
    rateLimit !== undefined && (await gateway.rateLimits.isUsedUp(rateLimit, rateKey(decided, hostname, request)));
  const decision = isLimited ? denyByRate(decided) : decided;
  const { action, denial, response: headers, ownResponse, routedBy, forwardsCookie } = decision;
  if (denial !== undefined) logDenial(gateway, decision, request, url);
  const says = gateway.settings.saysDecision ? decisionHeader(decision) : undefined;
  if (action === "answer") return preflightResponse(headers, says);
  if (action === "refuse" && denial !== undefined) return finish(refusal(denial, request), headers, says);
  try {
    const choice = chooseUpstream(lookup, routedBy, gateway.settings.defaultUpstream, hostname);
    const response = await gateway.upstreams.fetch(choice, { request, url, hostname, forwardsCookie });
    writeHeaders(response.headers, headers, says);
    return response;
  } catch (error) {
    return finish(errorResponse(error, gateway.log), ownResponse, says);
  }
}

/** Completes a response that the gateway makes itself. */
function finish(response: Response, headers: ResponseHeaders, says: string | undefined): Response {
  writeHeaders(response.headers, headers, says);
  exposeRetryAfter(response.headers);
  return response;
}

/** Who is counted. The address comes last and from the platform: no Origin makes a request count for another client. */
function rateKey({ rule }: Decision, hostname: string, { headers }: Request): string {
  return [hostname, rule?.name, headers.get("origin"), headers.get("cf-connecting-ip")].join(" ");
}

function refusal(denial: Denial, request: Request): Response {
  return problem(
    denial.reason === "rate-limited" ? 429 : 403,
    denial.reason,
    describeDenial(denial, request.headers.get("origin") ?? ""),
  );
}

/** Decides, and once more where a list that can change the decision had to be waited for. */
function decideWithLists(
  lookup: PolicyLookup,
  request: RequestView,
  lists: Lists,
  context: RequestContext,
): Decision | Promise<Decision> {
  const waiting: Promise<void>[] = [];
  const answers = new Map<string, boolean | undefined>();
  const now = Date.now();
  const decision = decide(lookup, request, now, (list, origin) => {
    const answer = lists.has(list, origin, context);
    if (answer instanceof Promise) waiting.push(answer.then((later) => void answers.set(list, later)));
    else answers.set(list, answer);
    return answers.get(list);
  });
  // The reason would not tell what is final: `cross-site-blocked` may stand for an origin that a list has.
  if (waiting.length === 0 || [...answers.values()].includes(true)) return decision;
  // Not asked again: what was known at once may have to be waited for by now.
  return Promise.all(waiting).then(() => decide(lookup, request, now, (list) => answers.get(list)));
}

/** The response to something that was thrown; what was not foreseen is logged. */
export function errorResponse(error: unknown, log: Log): Response {
  if (error instanceof GatewayError) return problem(error.status, error.code, error.message);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // A text is cut where a line of it would not be.
  log({ event: "internal-error", error: text.split("\n") });
  return problem(500, "internal-error", "The gateway failed; its log says why.");
}

/** The request's URL; plain workerd hands it over as it was sent. */
function readUrl(request: Request): RequestUrl {
  const host = request.headers.get("host") ?? "";
  const url = parseRequestUrl(request.url);
  if (url !== undefined && url.host === host) return url;
  // The runtime glues the asterisk of `OPTIONS *` to the host; every other target starts with a slash.
  if (/^[a-z]+:\/\/[^/?#]*\*$/.test(request.url)) {
    throw new GatewayError(400, "target-not-supported", "The target * is not supported; ask for a path.");
  }
  if (url === undefined || /[/?#@\\\s]/.test(host)) {
    throw new GatewayError(400, "host-invalid", "The Host header is not a host.");
  }
  return url;
}

function view({ headers, method }: Request, url: RequestUrl): RequestView {
  // The one field that is asked for more than once.
  const origin = headers.get("origin");
  return {
    method,
    urlOrigin: url.origin,
    pathname: url.pathname,
    header: (name) => (name === "origin" ? origin : headers.get(name)),
  };
}

function logDenial(gateway: Gateway, decision: Decision, request: Request, url: RequestUrl): void {
  gateway.logDenial(() => {
    const { denial, rule, requestClass, version, isReportOnly } = decision;
    const origin = request.headers.get("origin") ?? "";
    return {
      event: "denial",
      reason: denial?.reason,
      culprit: denial?.culprit,
      class: requestClass,
      hostname: policyHostname(url.hostname),
      rule: rule?.name,
      version,
      ...(isReportOnly && { reportOnly: true }),
      method: request.method,
      path: url.pathname,
      origin,
      nearest:
        denial?.reason === "origin-not-allowed" ? nearestMiss(rule?.nearPatterns ?? [], origin, Date.now()) : undefined,
    };
  });
}
