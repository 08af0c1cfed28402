/** Policies under fresh hostnames: every test has one of its own, and no reset is needed. */

import type { RawRequest, RawResponse } from "./raw-http.ts";
import type { Seen, Upstream } from "./upstream.ts";
import type { RunningGateway } from "./workerd.ts";

let hostnames = 0;

/** A hostname that no other test of this file uses. */
export function freshHostname(): string {
  return `h${++hostnames}.test`;
}

/** What a request came to: the response, and what reached the upstream because of it. */
export type Outcome = RawResponse & { readonly reached: readonly Seen[] };

/** A hostname with a policy. */
export interface Site {
  readonly host: string;
  ask(request: RawRequest): Promise<Outcome>;
}

/**
 * Puts a policy under a fresh hostname.
 * @param document an object, or the very text to store
 */
export function putPolicy(gateway: RunningGateway, upstream: Upstream, document: object | string): Site {
  const host = freshHostname();
  gateway.kv.values.set(`policy/${host}`, typeof document === "string" ? document : JSON.stringify(document));
  return siteAt(gateway, upstream, host);
}

/** A hostname whatever its policy. */
export function siteAt(gateway: RunningGateway, upstream: Upstream, host: string): Site {
  return {
    host,
    ask: async (request) => {
      const before = upstream.seen.length;
      const response = await gateway.send({ host, ...request });
      return { ...response, reached: upstream.seen.slice(before) };
    },
  };
}
