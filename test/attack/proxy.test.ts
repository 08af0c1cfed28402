/** Requests that want to go where no policy sends them, or to pass for somebody else's. */

import { describe, expect, it } from "vitest";
import { startUpstream } from "../support/upstream.ts";
import type { Source } from "./sources.ts";
import { APP, EVIL, targetOfTests } from "./target.ts";

const target = targetOfTests();
/** The setting of a Workers route: the request's own URL is where it goes. */
const zone = targetOfTests({}, "zone");
const limited = targetOfTests({ rateLimit: 1 });

const TARGETS: readonly (readonly [trick: string, source: Source, text: string])[] = [
  ["a target that makes user info of the host", "Kettle 2017", "@evil.test/"],
  ["a target that goes on with the port", "Kettle 2017", ":8080/"],
  ["a target that goes on with the host", "Kettle 2017", ".evil.test/"],
  ["a target that begins with a query", "Kettle 2017", "?x"],
  ["a target that begins with a fragment", "our own review", "#x"],
];

const FORWARDED: readonly (readonly [trick: string, source: Source, header: string, value: string])[] = [
  ["X-Forwarded-Host", "Kettle 2017", "X-Forwarded-Host", "evil.example"],
  ["X-Forwarded-Server", "Kettle 2017", "X-Forwarded-Server", "evil.example"],
  ["X-Host", "Kettle 2017", "X-Host", "evil.example"],
  ["Forwarded", "Kettle 2017", "Forwarded", "host=evil.example"],
  ["X-Original-URL", "Kettle 2018", "X-Original-URL", "/admin"],
  ["X-Rewrite-URL", "Kettle 2018", "X-Rewrite-URL", "/admin"],
  ["X-Target-URL, as open CORS proxies take it", "cors-anywhere", "X-Target-URL", "http://evil.example/"],
  ["X-Real-IP", "Kettle 2017", "X-Real-IP", "127.0.0.1"],
  ["True-Client-IP", "Kettle 2017", "True-Client-IP", "127.0.0.1"],
];

const UPGRADES: readonly (readonly [trick: string, source: Source, upgrade: string])[] = [
  ["as a browser writes it", "Schneider 2013", "websocket"],
  ["in mixed case", "Schneider 2013", "WebSocket"],
  ["with white space", "our own review", " websocket\t"],
];

describe("a request line", () => {
  it.each(TARGETS)("cannot change the host: %s (%s)", async (_, __, text) => {
    const { host } = target.putRules({});
    for (const { gateway, upstream } of [target, zone]) {
      const before = upstream.seen.length;
      const reads = gateway.kv.reads.length;
      const answer = await gateway.send({ host, target: text, headers: { Origin: APP } });
      expect(answer.status).toBe(400);
      expect(answer.cors).toEqual({});
      expect(upstream.seen.length).toBe(before);
      expect(gateway.kv.reads.length).toBe(reads);
    }
  });

  it("in absolute form goes to the host of the Host header alone, in the zone too", async () => {
    const bait = await startUpstream();
    const own = `127.0.0.1:${zone.upstream.port}`;
    const before = zone.upstream.seen.length;
    expect((await zone.gateway.send({ host: own, target: `${bait.url}/secret` })).status).toBe(200);
    expect(zone.upstream.seen.slice(before).map(({ url }) => url)).toEqual(["/secret"]);
    expect(bait.seen).toEqual([]);
    await bait.close();
  });

  it("with a URL in its path or query goes nowhere but to the policy's upstream", async () => {
    const bait = await startUpstream();
    const { ask } = target.putRules({});
    for (const path of [`/${bait.url}/secret`, `/?url=${bait.url}`, `//127.0.0.1:${bait.port}/secret`]) {
      expect((await ask({ target: path })).reached).toHaveLength(1);
    }
    expect(bait.seen).toEqual([]);
    await bait.close();
  });

  it("with a length and chunks is one request, and what follows is none", async () => {
    const { ask } = target.putRules({});
    const body = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: evil.test\r\n\r\n";
    const headers = { "Content-Length": "5", "Transfer-Encoding": "chunked" };
    const { reached } = await ask({ method: "POST", headers, body });
    expect(reached.map(({ method, url }) => `${method} ${url}`)).toEqual(["POST /"]);
  });
});

describe("a header that names another server", () => {
  it.each(FORWARDED)("changes neither the rule nor the upstream: %s (%s)", async (_, __, header, value) => {
    const { ask, host } = target.putRules(
      { paths: ["/v1/*"] },
      { name: "admin", paths: ["/admin"], allowOrigins: [EVIL] },
    );
    const { reached, cors } = await ask({ target: "/v1/x", headers: { Origin: APP, [header]: value } });
    expect(cors).toMatchObject({ "access-control-allow-origin": APP, "cors-decision": "granted;rule=r" });
    expect(reached).toHaveLength(1);
    expect(reached[0]).toMatchObject({
      url: "/v1/x",
      headers: { "x-forwarded-host": host, "x-forwarded-proto": "http" },
    });
    const refused = await ask({ target: "/v1/x", headers: { Origin: "http://evil.example", [header]: value } });
    expect(refused.header("cors-decision")).toBe("denied;reason=origin-not-allowed;rule=r");
  });

  it("cannot take away by Connection what the gateway adds or looks at", async () => {
    const { ask, host } = target.putRules({ allowOrigins: ["*"] });
    const connection = "close, Origin, Cookie, CORS-Gateway-Loop, X-Forwarded-Host, X-Forwarded-Proto";
    const { reached, cors } = await ask({ headers: { Origin: EVIL, Cookie: "a=b", Connection: connection } });
    expect(cors).toMatchObject({ "access-control-allow-origin": "*", "cors-decision": "granted;rule=r" });
    expect(reached[0]?.headers).toMatchObject({ origin: EVIL, "cors-gateway-loop": host, "x-forwarded-host": host });
    expect(reached[0]?.headers.cookie).toBeUndefined();
  });

  it("marks a loop for the sender alone", async () => {
    const { ask, host } = target.putRules({});
    const forged = await ask({ headers: { Origin: APP, "CORS-Gateway-Loop": host.toUpperCase() } });
    expect(forged.status).toBe(508);
    expect(forged.header("cache-control")).toBe("no-store");
    expect((await ask({ headers: { Origin: APP } })).status).toBe(200);
  });
});

describe("a hostname", () => {
  it("that an attacker points at the gateway is no way to another hostname's upstream", async () => {
    const api = await startUpstream();
    target.putRules({ upstream: api.url, allowCredentials: true });
    const { host, ask } = target.at("rebound.evil.example");
    const answer = await ask({ headers: { Origin: `http://${host}` } });
    expect(answer.cors).toEqual({ vary: "Origin", "timing-allow-origin": "*" });
    expect(answer.reached).toHaveLength(1);
    expect(api.seen).toEqual([]);
    await api.close();
  });

  it("that is the gateway's own cache is an ordinary one", async () => {
    const answer = await target
      .at("cors-gateway.invalid")
      .ask({ target: "/policy%2Fapi.test?", headers: { Origin: EVIL } });
    expect(answer.cors).toEqual({ vary: "Origin", "cors-decision": "denied;reason=no-policy" });
    expect(answer.reached).toEqual([]);
  });

  it("in any spelling is one key of KV", async () => {
    const { host } = target.putRules({});
    const decided = [];
    const before = target.gateway.kv.reads.length;
    for (const spelling of [
      host,
      host.toUpperCase(),
      `${host}.`,
      `${host}:80`,
      `${host}:8080`,
      `%68${host.slice(1)}`,
    ]) {
      const { header } = await target.at(spelling).ask({ headers: { Origin: EVIL } });
      decided.push(header("cors-decision"));
    }
    expect(new Set(decided)).toEqual(new Set(["denied;reason=origin-not-allowed;rule=r"]));
    expect(target.gateway.kv.reads.slice(before)).toEqual([[`policy/${host}`, "policy/*.test"]]);
  });

  it("that was made up costs one read, however often it is asked for, and none where it can have no policy", async () => {
    const before = target.gateway.kv.reads.length;
    for (let count = 0; count < 20; count++) await target.at("made-up.attack.test").ask({ headers: { Origin: EVIL } });
    expect(target.gateway.kv.reads.length).toBe(before + 1);
    for (const host of ["*.attack.test", `${"a.".repeat(20)}test`, `${"a".repeat(300)}.test`, "a..test"]) {
      await target.at(host).ask({ headers: { Origin: EVIL } });
    }
    expect(target.gateway.kv.reads.length).toBe(before + 1);
  });
});

describe("a WebSocket of a hostile page", () => {
  it.each(UPGRADES)(
    "is refused, cookies or not, whatever the rule does with denied requests: %s (%s)",
    async (_, __, upgrade) => {
      for (const rule of [{ allowCredentials: true }, { allowMethods: ["*"] }]) {
        const { ask } = target.putRules({ ...rule, onDenied: "block" });
        const headers = { Origin: EVIL, Cookie: "a=b", Upgrade: upgrade, "Sec-WebSocket-Version": "13" };
        const answer = await ask({ headers });
        expect(answer.status).toBe(403);
        expect(answer.cors).toEqual({ vary: "Origin", "cors-decision": "denied;reason=origin-not-allowed;rule=r" });
        expect(answer.reached).toEqual([]);
      }
    },
  );
});

describe("a client that is limited", () => {
  const RULE = { rateLimit: "RATE_LIMITER", onDenied: "forward" };

  it("is no other one for an Origin that looks like an address, nor for a forwarded address", async () => {
    const { ask } = limited.putRules(RULE);
    const from = (origin: string, address: string, more = {}) =>
      ask({ headers: { Origin: origin, "CF-Connecting-IP": address, ...more } });
    expect((await from(`${APP} 192.0.2.9`, "192.0.2.1")).status).toBe(200);
    expect((await from(APP, "192.0.2.9")).status).toBe(200);
    expect((await from(APP, "192.0.2.1")).status).toBe(200);
    expect((await from(APP, "192.0.2.1", { "X-Forwarded-For": "198.51.100.7" })).status).toBe(429);
    expect((await from(APP, "192.0.2.1", { "X-Real-IP": "198.51.100.7" })).status).toBe(429);
  });
});

describe("a policy that only reports", () => {
  it("says so with every decision, and adds nothing to what the upstream allows by itself", async () => {
    const { host, ask } = target.at("report-only.attack.test");
    const rules = [{ name: "r", allowOrigins: [APP] }];
    target.gateway.kv.values.set(`policy/${host}`, JSON.stringify({ mode: "report-only", rules }));
    const answer = await ask({ headers: { Origin: APP } });
    expect(answer.header("cors-decision")).toBe("granted;rule=r;report-only");
    // The upstream's own answer, wrong as it is; ours would be APP.
    expect(answer.header("access-control-allow-origin")).toBe(EVIL);
    const foreign = await ask({ headers: { Origin: "https://other.example" } });
    expect(foreign.header("cors-decision")).toBe("denied;reason=origin-not-allowed;rule=r;report-only");
    expect(foreign.header("access-control-allow-origin")).toBe(EVIL);
  });
});
