/** What a rule can do against abuse: rate limits, and isolation from other sites. */

import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { putPolicy as put, type Site } from "../support/policies-under-test.ts";
import type { RawRequest } from "../support/raw-http.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { ENDLESS_ADDRESS, type RunningGateway, startWorkerd } from "../support/workerd.ts";

const APP = "https://app.example.com";
const OTHER = "https://other.example.com";
const EVIL = "https://evil.example";
const ALLOWED = 2;

let gateway: RunningGateway;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
  const variables = { DEFAULT_UPSTREAM: upstream.url };
  gateway = await startWorkerd(inject("workerScript"), variables, { rateLimit: ALLOWED });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  expect(gateway.noise).toEqual([]);
});

const putPolicy = (...rules: object[]): Site => put(gateway, upstream, { rules });

describe("a rate limit", () => {
  const LIMITED = { name: "limited", paths: ["/v1/*"], allowOrigins: [APP, OTHER], rateLimit: "RATE_LIMITER" };
  const get = (origin: string | undefined, address = "192.0.2.1", target = "/v1/x") => ({
    target,
    headers: { ...(origin !== undefined && { Origin: origin }), "CF-Connecting-IP": address },
  });

  /** Uses the limit up for one client of one origin. */
  async function useUp(site: Site): Promise<void> {
    for (let count = 0; count < ALLOWED; count++) expect((await site.ask(get(APP))).status).toBe(200);
  }

  it("that is used up is 429, which the page may read, with when to come back; the upstream is not reached", async () => {
    const site = putPolicy(LIMITED);
    await useUp(site);
    const response = await site.ask(get(APP));
    expect(response.status).toBe(429);
    expect(response.reached).toEqual([]);
    expect(response.cors).toEqual({
      "access-control-allow-origin": APP,
      "access-control-expose-headers": "retry-after",
      vary: "Origin",
      "cors-decision": "denied;reason=rate-limited;rule=limited",
    });
    expect(response.header("retry-after")).toBe("60");
    expect(response.header("cache-control")).toBe("no-store");
    expect(JSON.parse(response.body.toString())).toEqual({
      type: "about:blank",
      title: "Too Many Requests",
      status: 429,
      code: "rate-limited",
      detail: "Too many requests.",
    });
    expect(gateway.log).toContainEqual(
      expect.objectContaining({ event: "denial", reason: "rate-limited", hostname: site.host, origin: APP }),
    );
  });

  it("counts by hostname, rule, origin and address, each by itself", async () => {
    const site = putPolicy(LIMITED, { ...LIMITED, name: "second", paths: ["/v2"] });
    await useUp(site);
    expect((await site.ask(get(APP))).status).toBe(429);
    expect((await site.ask(get(OTHER))).status).toBe(200);
    expect((await site.ask(get(APP, "192.0.2.2"))).status).toBe(200);
    expect((await site.ask(get(APP, "192.0.2.1", "/v2"))).status).toBe(200);
    expect((await putPolicy(LIMITED).ask(get(APP))).status).toBe(200);
    expect((await site.ask(get(APP))).status).toBe(429);
  });

  it("leaves preflights, denials and requests that CORS has no say in as they are", async () => {
    const site = putPolicy(LIMITED);
    await useUp(site);
    const asked = { ...get(APP), method: "OPTIONS" };
    const preflight = { ...asked, headers: { ...asked.headers, "Access-Control-Request-Method": "GET" } };
    expect((await site.ask(preflight)).status).toBe(204);
    expect((await site.ask(get(undefined))).status).toBe(200);
    expect((await site.ask(get(EVIL))).status).toBe(403);
    expect((await site.ask(get(APP))).status).toBe(429);
  });

  it("under report-only counts what it would count otherwise: preflights and denials stay what they are", async () => {
    const site = put(gateway, upstream, { mode: "report-only", rules: [LIMITED] });
    const decisionOn = async (request: RawRequest) => (await site.ask(request)).header("cors-decision");
    const asked = {
      method: "OPTIONS",
      target: "/v1/x",
      headers: { Origin: APP, "Access-Control-Request-Method": "GET" },
    };
    for (let count = 0; count <= ALLOWED; count++) {
      expect(await decisionOn(asked)).toBe("granted;rule=limited;report-only");
      expect(await decisionOn(get(EVIL))).toBe("denied;reason=origin-not-allowed;rule=limited;report-only");
    }
    await useUp(site);
    expect(await decisionOn(get(APP))).toBe("denied;reason=rate-limited;rule=limited;report-only");
    expect((await site.ask(get(APP))).status).toBe(200);
  });

  it("that does not answer does not limit, and keeps no request waiting for long", async () => {
    const response = await putPolicy(LIMITED).ask(get(APP, ENDLESS_ADDRESS));
    expect(response.status).toBe(200);
    expect(gateway.log).toContainEqual(
      expect.objectContaining({ event: "rate-limit-unusable", binding: "RATE_LIMITER", error: "no answer within 1 s" }),
    );
  });

  it("whose binding is not there, or is no rate limit, is logged once and does not limit", async () => {
    for (const binding of ["MISSING", "POLICIES", "DEFAULT_UPSTREAM"]) {
      const site = putPolicy({ ...LIMITED, rateLimit: binding });
      for (let count = 0; count <= ALLOWED; count++) expect((await site.ask(get(APP))).status).toBe(200);
      const said = gateway.log.filter((line) => line.event === "rate-limit-unusable" && line.binding === binding);
      expect(said).toEqual([expect.objectContaining({ error: expect.stringContaining("TypeError") })]);
    }
  });
});

describe("a load of another site without CORS", () => {
  const IMAGE = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" };
  const ISOLATED = { name: "isolated", allowOrigins: [APP], isolation: true };
  const VARY = "Origin, Sec-Fetch-Dest, Sec-Fetch-Mode, Sec-Fetch-Site";

  it("is 403 under an isolated rule, and says why", async () => {
    const { ask } = putPolicy(ISOLATED);
    const response = await ask({ headers: IMAGE });
    expect(response.status).toBe(403);
    expect(response.reached).toEqual([]);
    expect(response.cors).toEqual({
      vary: VARY,
      "cors-decision": "denied;reason=cross-site-blocked;rule=isolated",
    });
    expect(JSON.parse(response.body.toString())).toMatchObject({
      code: "cross-site-blocked",
      detail: "Pages of other sites may load this with CORS only.",
    });
  });

  it("passes under any other rule", async () => {
    const response = await putPolicy({ ...ISOLATED, isolation: false }).ask({ headers: IMAGE });
    expect(response.status).toBe(200);
    expect(response.cors).toEqual({ vary: "Origin", "timing-allow-origin": "*" });
  });

  it("passes under an isolated rule from an allowed origin", async () => {
    const response = await putPolicy(ISOLATED).ask({ method: "POST", headers: { ...IMAGE, Origin: APP } });
    expect(response.status).toBe(200);
    expect(response.cors).toMatchObject({ "access-control-allow-origin": APP, vary: VARY });
  });

  it("adds to the upstream's own Vary what is missing there", async () => {
    const choosy = await startUpstream((_, response) => response.writeHead(200, { Vary: "sec-fetch-site" }).end());
    const response = await putPolicy({ ...ISOLATED, upstream: choosy.url }).ask({});
    expect(response.header("vary")).toBe("sec-fetch-site, Origin, Sec-Fetch-Dest, Sec-Fetch-Mode");
    await choosy.close();
  });
});
