/** What the tricks are played on: the built Worker on plain workerd, its KV, and an upstream that counts. */

import { afterAll, beforeAll, expect, inject } from "vitest";
import { putPolicy, type Site, siteAt } from "../support/policies-under-test.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, type Surroundings, startWorkerd } from "../support/workerd.ts";

/** The origin that rules allow. */
export const APP = "https://app.example.com";
/** The attacker's. */
export const EVIL = "https://evil.example";

/** What `Vary` is on the answer to a preflight. */
export const VARY_OF_PREFLIGHT = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/** A gateway under attack. */
export interface Target {
  readonly gateway: RunningGateway;
  readonly upstream: Upstream;
  /** Puts rules under a hostname of their own; `name` is `r` where a rule has none. */
  putRules(...rules: object[]): Site;
  at(host: string): Site;
}

/**
 * Starts a gateway for the tests of a file, and sees at the end that none of them made it throw.
 * @param defaultUpstream default: the upstream of the target
 */
export function targetOfTests(surroundings?: Surroundings, defaultUpstream?: string): Target {
  let gateway: RunningGateway;
  let upstream: Upstream;
  beforeAll(async () => {
    upstream = await startUpstream();
    const variables = { DEFAULT_UPSTREAM: defaultUpstream ?? upstream.url };
    gateway = await startWorkerd(inject("workerScript"), variables, surroundings);
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
    expect(gateway.exceptions()).toEqual([]);
    expect(gateway.log.filter(({ event }) => event === "internal-error")).toEqual([]);
  });
  return {
    get gateway() {
      return gateway;
    },
    get upstream() {
      return upstream;
    },
    putRules: (...rules) =>
      putPolicy(gateway, upstream, { rules: rules.map((rule) => ({ name: "r", allowOrigins: [APP], ...rule })) }),
    at: (host) => siteAt(gateway, upstream, host),
  };
}
