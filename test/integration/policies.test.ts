/** Which policy holds: keys, wildcards, documents that cannot be used, hostnames made up by strangers. */

import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { freshHostname, putPolicy as put, type Site, siteAt } from "../support/policies-under-test.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

let gateway: RunningGateway;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  expect(gateway.noise).toEqual([]);
});

const putPolicy = (document: object | string): Site => put(gateway, upstream, document);
const APP = "https://app.example.com";
const rule = (name: string) => ({ name, allowOrigins: [APP] });
const headers = { Origin: APP };

describe("the policy of a hostname", () => {
  it("is the closest one; all candidates are read at once", async () => {
    const { values, reads } = gateway.kv;
    const domain = freshHostname();
    values.set(`policy/*.${domain}`, JSON.stringify({ rules: [rule("domain")] }));
    values.set(`policy/*.eu.${domain}`, JSON.stringify({ rules: [rule("eu")] }));
    values.set(`policy/a.eu.${domain}`, JSON.stringify({ rules: [rule("a")] }));
    const decisionAt = async (host: string) =>
      (await siteAt(gateway, upstream, host).ask({ headers })).header("cors-decision");
    expect(await decisionAt(`a.eu.${domain}`)).toBe("granted;rule=a");
    expect(reads.at(-1)).toEqual([
      `policy/a.eu.${domain}`,
      `policy/*.eu.${domain}`,
      `policy/*.${domain}`,
      "policy/*.test",
    ]);
    expect(await decisionAt(`b.eu.${domain}`)).toBe("granted;rule=eu");
    expect(await decisionAt(`x.y.${domain}`)).toBe("granted;rule=domain");
    expect(await decisionAt(domain)).toBe("denied;reason=no-policy");
  });

  it("does not depend on case, port or a trailing dot", async () => {
    const { host } = putPolicy({ rules: [rule("r")] });
    for (const spelling of [host.toUpperCase(), `${host}:8080`, `${host}.`]) {
      const response = await siteAt(gateway, upstream, spelling).ask({ headers });
      expect(response.header("cors-decision")).toBe("granted;rule=r");
    }
  });

  it("of an IP address is its own", async () => {
    for (const host of ["10.1.2.3", "[2001:db8::1]"]) {
      gateway.kv.values.set(`policy/${host}`, JSON.stringify({ rules: [rule("ip")] }));
      const response = await siteAt(gateway, upstream, `${host}:8080`).ask({ headers });
      expect(response.header("cors-decision")).toBe("granted;rule=ip");
      expect(gateway.kv.reads.at(-1)).toEqual([`policy/${host}`]);
    }
  });

  it("is kept in the isolate: many requests, one read", async () => {
    const { ask } = putPolicy({ rules: [rule("r")] });
    const before = gateway.kv.reads.length;
    for (let i = 0; i < 20; i++) await ask({ headers });
    expect(gateway.kv.reads.length - before).toBe(1);
  });
});

describe("a document that cannot be used", () => {
  it.each([
    ["is no JSON", "{not json"],
    ["is empty", ""],
    ["has the wrong shape", '{"rules":{}}'],
    ["has an unknown field", '{"rules":[{"name":"r","allowOrigins":["*"],"allow":1}]}'],
    ["is prohibited", '{"rules":[{"name":"r","allowOrigins":["*"],"allowCredentials":true}]}'],
    ["is too large", `{"rules":[{"name":"r","allowOrigins":["*"]}]}${" ".repeat(8 * 1024 * 1024)}`],
    ["nests too deep", "[".repeat(1_000_000)],
  ])("because it %s grants nothing, and the API goes on", async (_, text) => {
    const { ask, host } = putPolicy(text);
    const crossOrigin = await ask({ headers });
    expect(crossOrigin.status).toBe(403);
    expect(crossOrigin.cors).toEqual({ vary: "Origin", "cors-decision": "denied;reason=policy-unavailable" });
    expect(crossOrigin.reached).toEqual([]);
    const plain = await ask({});
    expect(plain.status).toBe(200);
    expect(plain.reached).toHaveLength(1);
    expect(plain.cors).toEqual({ vary: "Origin", "timing-allow-origin": "*" });
    expect(gateway.log.filter(({ key }) => key === `policy/${host}`)).toMatchObject([{ event: "document-unusable" }]);
  });

  it("but names an upstream gives 503: no request goes to a server that its operator did not choose", async () => {
    const { ask } = putPolicy('{"upstream": "https://10.0.0.1", "rules": []}');
    const response = await ask({});
    expect(response.status).toBe(503);
    expect(response.header("retry-after")).toBe("30");
    expect(JSON.parse(response.body.toString())).toMatchObject({ code: "policy-unusable" });
    expect(response.reached).toEqual([]);
  });

  it("does not fall back to a wildcard", async () => {
    const { host, ask } = putPolicy("junk");
    gateway.kv.values.set(`policy/*.${host}`, JSON.stringify({ rules: [rule("wildcard")] }));
    gateway.kv.values.set(`policy/a.${host}`, "junk");
    expect((await ask({ headers })).header("cors-decision")).toBe("denied;reason=policy-unavailable");
    const below = await siteAt(gateway, upstream, `a.${host}`).ask({ headers });
    expect(below.header("cors-decision")).toBe("denied;reason=policy-unavailable");
  });

  it("is logged with every issue, at most twenty", async () => {
    const { ask, host } = putPolicy({ rules: Array.from({ length: 30 }, () => ({ name: "Bad" })) });
    await ask({});
    const [line] = gateway.log.filter(({ key }) => key === `policy/${host}`);
    expect(line).toMatchObject({ event: "document-unusable", kept: false });
    expect(line?.issues).toHaveLength(20);
  });
});

describe("a hostname that a stranger made up", () => {
  it.each([
    ["over 253 bytes", `${"a.".repeat(126)}ab.test`],
    ["of 17 labels", `${"a.".repeat(16)}test`],
    ["with an empty label", "a..test"],
    ["with an asterisk", "*.made-up.test"],
  ])("%s costs no read and raises no error", async (_, host) => {
    gateway.kv.values.set("policy/*.made-up.test", JSON.stringify({ rules: [rule("r")] }));
    const before = gateway.kv.reads.length;
    const response = await siteAt(gateway, upstream, host).ask({ headers });
    expect(response.status).toBe(403);
    expect(response.header("cors-decision")).toBe("denied;reason=no-policy");
    expect(gateway.kv.reads.length).toBe(before);
  });

  it("of 16 labels has a policy like any other", async () => {
    const host = `${"a.".repeat(15)}test`;
    gateway.kv.values.set(`policy/${host}`, JSON.stringify({ rules: [rule("r")] }));
    const response = await siteAt(gateway, upstream, host).ask({ headers });
    expect(response.header("cors-decision")).toBe("granted;rule=r");
    expect(gateway.kv.reads.at(-1)).toHaveLength(16);
  });

  it.each(["a b", "a/b", "user@a.test", "a?b", "a#b", "a\\b", "[::1", "a.test:99999", "a%zz", "1.2.3.4.5"])(
    "that is no host gets 400: %s",
    async (host) => {
      const response = await siteAt(gateway, upstream, host).ask({ headers });
      expect(response.status).toBe(400);
      expect(JSON.parse(response.body.toString())).toMatchObject({ code: "host-invalid" });
      expect(response.reached).toEqual([]);
    },
  );

  it("in an absolute-form target is not believed", async () => {
    const { ask } = putPolicy({ rules: [rule("r")] });
    const response = await ask({ target: "http://169.254.169.254/latest", headers });
    expect(response.reached[0]?.url).toBe("/latest");
    expect(response.header("cors-decision")).toBe("granted;rule=r");
  });

  it("asked with OPTIONS * gets 400, and with CONNECT no tunnel", async () => {
    const { ask } = putPolicy({ rules: [rule("r")] });
    expect((await ask({ method: "OPTIONS", target: "*", headers })).status).toBe(400);
    expect((await ask({ method: "CONNECT", target: "10.0.0.1:443" })).reached).toEqual([]);
  });
});

describe("the upstream", () => {
  it("is the rule's, else the document's, else the default; a path prefix is kept", async () => {
    const other = await startUpstream();
    const { host, ask } = putPolicy({
      upstream: `${other.url}/base/`,
      rules: [
        { ...rule("own"), paths: ["/own/*"], upstream: `${other.url}/own-base` },
        { ...rule("rest"), paths: ["/rest"] },
      ],
    });
    await ask({ target: "/own/x?y" });
    await ask({ target: "/rest" });
    await ask({ target: "/no-rule" });
    expect(other.seen.map(({ url }) => url)).toEqual(["/own-base/own/x?y", "/base/rest", "/base/no-rule"]);
    expect(other.seen[0]?.headers["x-forwarded-host"]).toBe(host);
    await other.close();
  });

  it("that leads back here gives 508, with the CORS fields of a grant", async () => {
    const { ask, host } = putPolicy({ rules: [rule("r")] });
    const response = await ask({ headers: { ...headers, "CORS-Gateway-Loop": `other.test, ${host}` } });
    expect(response.status).toBe(508);
    expect(response.reached).toEqual([]);
    expect(response.cors).toEqual({
      "access-control-allow-origin": APP,
      vary: "Origin",
      "cors-decision": "granted;rule=r",
    });
    const passed = await ask({ headers: { "CORS-Gateway-Loop": "other.test" } });
    expect(passed.reached[0]?.headers["cors-gateway-loop"]).toBe(`other.test, ${host}`);
  });

  it.each([
    ["", "default-upstream-empty"],
    ["ftp://x", "default-upstream-invalid"],
  ])("that is not set (%j) gives 503, readable by an allowed page", async (setting, code) => {
    const lost = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: setting });
    try {
      const { ask } = put(lost, upstream, { rules: [rule("r")] });
      const response = await ask({ headers });
      expect(response.status).toBe(503);
      expect(JSON.parse(response.body.toString())).toMatchObject({ code });
      expect(response.cors).toEqual({
        "access-control-allow-origin": APP,
        "access-control-expose-headers": "retry-after",
        vary: "Origin",
        "cors-decision": "granted;rule=r",
      });
    } finally {
      await lost.stop();
    }
  });

  it("is nowhere for a workers.dev hostname in the zone", async () => {
    const zone = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: "zone" });
    try {
      const response = await zone.send({ host: "gateway.team.workers.dev" });
      expect(response.status).toBe(503);
      const { port } = upstream;
      expect((await zone.send({ host: `127.0.0.1:${port}`, target: "/own" })).status).toBe(200);
      expect(upstream.seen.at(-1)).toMatchObject({ url: "/own", headers: { host: `127.0.0.1:${port}` } });
      expect(upstream.seen.at(-1)?.headers["x-forwarded-host"]).toBeUndefined();
    } finally {
      await zone.stop();
    }
  });
});

describe("the log", () => {
  it("has a line for a denial, but at most ten a second, and the rest counted", async () => {
    // Of its own, because the ten are for all hostnames.
    const logging = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url });
    const { ask, host } = put(logging, upstream, { rules: [rule("r")] });
    const forged = 'https://evil.example"}\u0085{"event":"forged"';
    for (let i = 0; i < 40; i++) await ask({ target: "/x?secret=1", headers: { Origin: forged } });
    await expect.poll(() => logging.log.length).toBeGreaterThan(0);
    const lines = logging.log.filter(({ hostname }) => hostname === host);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(40);
    expect(lines[0]).toMatchObject({
      event: "denial",
      reason: "origin-malformed",
      class: "actual",
      rule: "r",
      method: "GET",
      path: "/x",
    });
    expect(logging.log.filter(({ event }) => event === "forged")).toEqual([]);
    await logging.stop();
  });
});
