/** The way of one request: classify, look up, decide, answer or proxy, say what was decided. */

import { chooseUpstream } from "../core/choose-upstream.ts";
import type { RequestView } from "../core/classify.ts";
import { type Decision, type DenialReason, decide, decisionHeader, isCrossOrigin } from "../core/decide.ts";
import { policyHostname } from "../core/hostname.ts";
import { nearestMiss } from "../core/nearest-miss.ts";
import type { Log, LogEvent } from "./log.ts";
import type { PolicyStore } from "./policy-store.ts";
import { exposeRetryAfter, GatewayError, problem } from "./problem.ts";
import type { Settings } from "./settings.ts";
import type { UpstreamClient } from "./upstream.ts";
import { writeHeaders } from "./write-headers.ts";

/** What requests share in an isolate. */
export interface Gateway {
  readonly settings: Settings;
  readonly policies: PolicyStore;
  readonly upstreams: UpstreamClient;
  readonly log: Log;
  readonly logDenial: (describe: () => LogEvent) => void;
}

/**
 * Responds to a request.
 * @throws GatewayError 400, where the request has no URL; all else becomes a response with the right CORS headers
 */
export async function respond(
  request: Request,
  gateway: Gateway,
  waitUntil: (done: Promise<void>) => void,
): Promise<Response> {
  const url = readUrl(request);
  const hostname = policyHostname(url.hostname);
  const lookup = await gateway.policies.lookup(hostname, waitUntil);
  const decision = decide(lookup, view(request, url), Date.now());
  const response = await carryOut(decision, request, gateway, () =>
    gateway.upstreams.fetch(chooseUpstream(lookup, decision.rule, gateway.settings.defaultUpstream, hostname), {
      request,
      url,
      hostname,
      forwardsCookie: decision.forwardsCookie,
    }),
  );
  if (decision.denial !== undefined) logDenial(gateway, decision, request, url);
  const says = gateway.settings.saysDecision && isCrossOrigin(decision.requestClass);
  writeHeaders(response.headers, decision.response, says ? decisionHeader(decision) : undefined);
  if (response.status === 503) exposeRetryAfter(response.headers);
  return response;
}

async function carryOut(
  { action, denial }: Decision,
  request: Request,
  { log }: Gateway,
  proxy: () => Promise<Response>,
): Promise<Response> {
  if (action === "answer") return new Response(null, { status: 204 });
  if (action === "refuse") {
    const reason = denial?.reason ?? "no-policy";
    return problem(403, reason, describeDenial(reason, request, denial?.culprit));
  }
  try {
    return await proxy();
  } catch (error) {
    return errorResponse(error, log);
  }
}

/** The response to something that was thrown; what was not foreseen is logged. */
export function errorResponse(error: unknown, log: Log): Response {
  if (error instanceof GatewayError) return problem(error.status, error.code, error.message);
  log({ event: "internal-error", error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  return problem(500, "internal-error", "The gateway failed; its log says why.");
}

/** The request's URL; plain workerd hands it over as it was sent. */
function readUrl(request: Request): URL {
  const host = request.headers.get("host") ?? "";
  const url = URL.parse(request.url);
  // `OPTIONS *` asks about the server itself; the runtime glues the asterisk to the host.
  if (request.method === "OPTIONS" && request.url.endsWith(`://${host}*`)) {
    throw new GatewayError(400, "target-not-supported", "OPTIONS * is not supported; ask for a path.");
  }
  if (url === null || url.hostname === "" || /[/?#@\\]/.test(host)) {
    throw new GatewayError(400, "host-invalid", "The Host header is not a host.");
  }
  return url;
}

function view(request: Request, url: URL): RequestView {
  const { headers, method } = request;
  return { method, urlOrigin: url.origin, pathname: url.pathname, header: (name) => headers.get(name) };
}

/** What a stranger may hear: the code and what they sent themselves, never the allow-list. */
function describeDenial(reason: DenialReason, { headers }: Request, culprit = ""): string {
  const origin = clip(headers.get("origin") ?? "");
  switch (reason) {
    case "policy-unavailable":
      return "The policy of this hostname cannot be read or used at the moment.";
    case "no-policy":
      return "There is no policy for this hostname.";
    case "ambiguous-path":
      return "The path can be read in more than one way; send it without encoded ASCII and double slashes.";
    case "no-rule":
      return "No rule of the policy matches this path.";
    case "origin-malformed":
      return `The Origin "${origin}" is not one that a browser sends.`;
    case "origin-opaque":
      return "The Origin is null: the page is sandboxed, a local file, or was redirected across origins.";
    case "origin-expired":
      return `The Origin "${origin}" was allowed until a day that has passed.`;
    case "origin-not-allowed":
      return `The Origin "${origin}" is not allowed here.`;
    case "request-malformed":
      return "A requested method or header name is malformed, or there are too many.";
    case "method-not-allowed":
      return `The method "${clip(culprit)}" is not allowed here.`;
    case "header-not-allowed":
      return `The request header "${clip(culprit)}" is not allowed here.`;
  }
}

function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function logDenial(gateway: Gateway, decision: Decision, request: Request, url: URL): void {
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
      nearest: denial?.reason === "origin-not-allowed" ? nearestMiss(rule?.originPatterns ?? [], origin) : undefined,
    };
  });
}
