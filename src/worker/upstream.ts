/** The hop to the upstream: what is sent, and what may go wrong there. */

import type { UpstreamChoice, UpstreamFault } from "../core/choose-upstream.ts";
import { isWebSocketUpgrade } from "../core/classify.ts";
import type { RequestUrl } from "../core/request-url.ts";
import { forgetOldest } from "./forget-oldest.ts";
import { dropHopFields } from "./hop-by-hop.ts";
import type { LogEvent } from "./log.ts";
import { GatewayError } from "./problem.ts";

const LOOP_HEADER = "cors-gateway-loop";
/** Upstreams can be as many as hostnames where the zone's own server is meant. */
const MAX_FAULTY_UPSTREAMS = 1000;

const FAULTS: Readonly<Record<UpstreamFault, string>> = {
  "policy-unusable": "The policy of this hostname cannot be used, so its upstream is not known.",
  "default-upstream-empty": 'No upstream: set "upstream" in the policy, or the variable DEFAULT_UPSTREAM.',
  "default-upstream-invalid": "The variable DEFAULT_UPSTREAM is not usable; the log says why.",
};

/** A request and where it came to. */
export interface Hop {
  readonly request: Request;
  readonly url: RequestUrl;
  /** As policies know it. */
  readonly hostname: string;
  readonly forwardsCookie: boolean;
}

/** Sends requests upstream. */
export class UpstreamClient {
  readonly #log: (describe: () => LogEvent) => void;
  readonly #faulty = new Set<string>();

  /** @param log hears when an upstream's faults begin and end */
  constructor(log: (describe: () => LogEvent) => void) {
    this.#log = log;
  }

  /**
   * The upstream's response as it came; redirects are not followed.
   * @throws GatewayError 502, 503, 504 or 508
   */
  async fetch(choice: UpstreamChoice, hop: Hop): Promise<Response> {
    if (choice.kind === "none") {
      this.#noteFault(hop.hostname, choice.code);
      throw new GatewayError(503, choice.code, FAULTS[choice.code]);
    }
    if (hasPassed(hop)) {
      this.#noteFault(hop.hostname, "loop-detected");
      throw new GatewayError(508, "loop-detected", `The upstream of ${hop.hostname} leads back to this gateway.`);
    }
    const base = choice.kind === "zone" ? hop.url.origin : choice.upstream.base;
    const response = await this.#fetchWithin(choice.timeoutSeconds, base, copyFor(choice, base, hop));
    const { status, body } = response;
    if ((status < 200 || status > 599) && response.webSocket === null) {
      await body?.cancel();
      this.#noteFault(base, `status ${status}`);
      throw new GatewayError(502, "upstream-status-invalid", `The upstream answered with status ${status}.`);
    }
    this.#noteRecovery(base);
    this.#noteRecovery(hop.hostname);
    return new Response(body, response);
  }

  /** A signal would cancel at once, but cost a second Request; so an upstream is let go when the 504 has been sent. */
  async #fetchWithin(seconds: number, base: string, request: Request): Promise<Response> {
    let timer: number | null = null;
    try {
      // A race would say the same with more promises, on every request.
      const response = await new Promise<Response | undefined>((resolve, reject) => {
        timer = setTimeout(() => resolve(undefined), seconds * 1000);
        fetch(request).then(resolve, reject);
      });
      if (response !== undefined) return response;
    } catch (error) {
      this.#noteFault(base, String(error));
      throw new GatewayError(502, "upstream-unreachable", "The upstream could not be reached.", error);
    } finally {
      clearTimeout(timer);
    }
    this.#noteFault(base, `no response headers within ${seconds} s`);
    throw new GatewayError(504, "upstream-timeout", `The upstream did not answer within ${seconds} s.`);
  }

  #noteFault(upstream: string, error: string): void {
    if (this.#faulty.has(upstream)) return;
    this.#faulty.add(upstream);
    forgetOldest(this.#faulty, MAX_FAULTY_UPSTREAMS);
    this.#log(() => ({ event: "upstream-failing", upstream, error }));
  }

  #noteRecovery(upstream: string): void {
    if (this.#faulty.delete(upstream)) this.#log(() => ({ event: "upstream-recovered", upstream }));
  }
}

/** True where this very hostname has forwarded the request already. */
function hasPassed({ request, hostname }: Hop): boolean {
  const passed = request.headers.get(LOOP_HEADER);
  return passed?.split(",").some((name) => name.trim().toLowerCase() === hostname) ?? false;
}

/** Security: scheme, host and port of the copy come from the choice alone. */
function copyFor(choice: UpstreamChoice, base: string, { request, url, hostname, forwardsCookie }: Hop): Request {
  const copy = new Request(base + url.target, request);
  dropHopFields(copy.headers);
  copy.headers.append(LOOP_HEADER, hostname);
  if (choice.kind === "upstream" && choice.upstream.host !== url.host) {
    copy.headers.set("x-forwarded-host", url.host);
    copy.headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  }
  if (!forwardsCookie) copy.headers.delete("cookie");
  // Anything but a GET with it would make the runtime attempt a handshake that the upstream never asked for.
  if (request.method !== "GET" && isWebSocketUpgrade(request.headers.get("upgrade"))) copy.headers.delete("upgrade");
  return copy;
}
