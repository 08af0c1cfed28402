/** Huge lists on workerd: a policy that names one beside ordinary entries. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { buildList } from "../../src/cli/build-list.ts";
import { listKey, shardIndex, shardKey } from "../../src/core/origin-list.ts";
import { freshHostname } from "../support/policies-under-test.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const APP = "https://app.example.com";
const EVIL = "https://evil.example";
const customer = (n: number) => `https://customer-${String(n).padStart(20, "0")}.example`;
const CUSTOMERS = Array.from({ length: 5000 }, (_, index) => customer(index));

let upstream: Upstream;
let gateway: RunningGateway;
let host: string;
let lists = 0;
/** No test meets another's list in the memory of the gateway. */
let list: string;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startWorkerd(inject("workerScript"), {
    DEFAULT_UPSTREAM: upstream.url,
    POLICY_FRESH_SECONDS: "1",
    POLICY_RETRY_SECONDS: "1",
  });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  expect(gateway.exceptions()).toEqual([]);
});

beforeEach(() => {
  host = freshHostname();
  lists++;
  list = `customers-${lists}`;
});

/** Puts a list as `list push` does; the manifest last. */
function publish(name: string, origins: readonly string[], version = 1, { kv } = gateway): readonly string[] {
  const { texts, shards } = buildList(origins.join("\n"));
  for (const [hash, text] of texts) kv.values.set(shardKey(name, hash), text);
  kv.values.set(listKey(name), JSON.stringify({ version, count: origins.length, shards }));
  return shards;
}

function putPolicy(rule: object): void {
  gateway.kv.values.set(`policy/${host}`, JSON.stringify({ rules: [{ name: "widget", ...rule }] }));
}

const ask = (origin: string, headers: Readonly<Record<string, string>> = {}, method = "GET") =>
  gateway.send({ host, method, headers: { Origin: origin, ...headers } });
const decision = async (origin: string) => (await ask(origin)).header("cors-decision");
const shardReads = () => gateway.kv.reads.flat().filter((key) => key.startsWith(`${listKey(list)}/`));

const GRANTED = "granted;rule=widget";
const DENIED = "denied;reason=origin-not-allowed;rule=widget";
const UNAVAILABLE = "denied;reason=policy-unavailable;rule=widget";

describe("a policy with a huge list beside ordinary entries", () => {
  beforeEach(() => {
    putPolicy({ allowOrigins: [APP, "https://*.partners.example.com", { list }] });
    expect(publish(list, CUSTOMERS).length).toBeGreaterThan(2);
  });

  it("grants listed origins and ordinary ones, with exact headers, and denies others", async () => {
    for (const origin of [APP, "https://a.partners.example.com", customer(0), customer(2500), customer(4999)]) {
      const response = await ask(origin);
      expect(response.status).toBe(200);
      expect(response.cors).toEqual({
        "access-control-allow-origin": origin,
        "cors-decision": GRANTED,
        // The upstream's own, which no policy here speaks of.
        "timing-allow-origin": "*",
        vary: "Origin",
      });
    }
    for (const origin of [EVIL, customer(5000), `${customer(7)}:8443`, customer(7).replace("https", "http")]) {
      const response = await ask(origin);
      expect(response.status).toBe(403);
      expect(response.cors).toEqual({ "cors-decision": DENIED, vary: "Origin" });
    }
  });

  it("answers preflights by it", async () => {
    const preflight = { "Access-Control-Request-Method": "GET" };
    const granted = await ask(customer(1), preflight, "OPTIONS");
    expect(granted.status).toBe(204);
    expect(granted.header("access-control-allow-origin")).toBe(customer(1));
    const denied = await ask(EVIL, preflight, "OPTIONS");
    expect(denied.status).toBe(403);
    expect(denied.header("cors-decision")).toBe(DENIED);
  });

  it("reads nothing for a second request of the same shard, and nothing of a list for an ordinary entry", async () => {
    expect(await decision(APP)).toBe(GRANTED);
    expect(shardReads()).toEqual([]);
    expect(await decision(customer(1))).toBe(GRANTED);
    expect(shardReads().length).toBe(1);
    const size = new Set(shardReads()).size;
    const { shards } = JSON.parse(gateway.kv.values.get(listKey(list)) ?? "") as { shards: string[] };
    const sameShard = CUSTOMERS.filter((o) => shardIndex(o, shards.length) === shardIndex(customer(1), shards.length));
    for (const origin of sameShard.slice(0, 5)) expect(await decision(origin)).toBe(GRANTED);
    expect(size).toBe(1);
    expect(shardReads().length).toBe(1);
  });

  it("reads a shard once for many requests at once", async () => {
    expect(await decision(APP)).toBe(GRANTED);
    gateway.kv.before = () => sleep(100);
    try {
      const decisions = await Promise.all(Array.from({ length: 20 }, () => decision(customer(1))));
      expect(new Set(decisions)).toEqual(new Set([GRANTED]));
      expect(shardReads().length).toBe(1);
    } finally {
      gateway.kv.before = () => undefined;
    }
  });

  it("changes as a whole when the manifest does: no mixture of two versions", async () => {
    // The new list has none of the old origins; both are known, and their shards in memory.
    const next = CUSTOMERS.map((origin) => origin.replace("customer", "tenant"));
    const [oldOrigin, newOrigin] = [customer(42), next[42] ?? ""];
    expect(await decision(oldOrigin)).toBe(GRANTED);
    expect(await decision(newOrigin)).toBe(DENIED);
    publish(list, next, 2);
    const seen: string[] = [];
    const end = performance.now() + 5000;
    while (performance.now() < end && seen.filter((pair) => pair === `${DENIED} ${GRANTED}`).length < 3) {
      seen.push(`${await decision(oldOrigin)} ${await decision(newOrigin)}`);
      await sleep(50);
    }
    // Between the two requests of one pair the manifest may switch; then both are granted, once.
    const order = [`${GRANTED} ${DENIED}`, `${GRANTED} ${GRANTED}`, `${DENIED} ${GRANTED}`];
    expect(seen.map((pair) => order.indexOf(pair))).toEqual([...seen.map((pair) => order.indexOf(pair))].sort());
    expect(seen).not.toContain(`${DENIED} ${DENIED}`);
    expect(seen.filter((pair) => pair === order[1]).length).toBeLessThanOrEqual(1);
    expect(seen.at(-1)).toBe(order[2]);
    expect(new Set(await Promise.all(CUSTOMERS.slice(0, 100).map(decision)))).toEqual(new Set([DENIED]));
    expect(new Set(await Promise.all(next.slice(0, 100).map(decision)))).toEqual(new Set([GRANTED]));
  });

  it("revokes an origin that a new version no longer has", async () => {
    expect(await decision(customer(3))).toBe(GRANTED);
    publish(
      list,
      CUSTOMERS.filter((origin) => origin !== customer(3)),
      2,
    );
    await expect.poll(() => decision(customer(3)), { timeout: 5000 }).toBe(DENIED);
    expect(await decision(customer(4))).toBe(GRANTED);
  });

  it("denies as policy-unavailable what lies in a shard that is missing, and grants the rest", async () => {
    const { shards } = JSON.parse(gateway.kv.values.get(listKey(list)) ?? "") as { shards: string[] };
    const missing = shardIndex(customer(0), shards.length);
    gateway.kv.values.delete(shardKey(list, shards[missing] ?? ""));
    expect(await decision(customer(0))).toBe(UNAVAILABLE);
    const other = CUSTOMERS.find((origin) => shardIndex(origin, shards.length) !== missing) ?? "";
    expect(await decision(other)).toBe(GRANTED);
    expect(await decision(APP)).toBe(GRANTED);
  });
});

describe("an http origin of a list", () => {
  it("is denied with credentials, but for loopback and where that is acknowledged", async () => {
    publish(list, ["http://plain.example", "http://localhost:3000", "https://safe.example"]);
    putPolicy({ allowOrigins: [{ list }], allowCredentials: true });
    expect(await decision("http://plain.example")).toBe(DENIED);
    expect(await decision("http://localhost:3000")).toBe(GRANTED);
    const safe = await ask("https://safe.example");
    expect(safe.header("access-control-allow-credentials")).toBe("true");
    host = freshHostname();
    putPolicy({ allowOrigins: [{ list }], allowCredentials: true, dangerouslyAllow: ["insecure-origin"] });
    expect(await decision("http://plain.example")).toBe(GRANTED);
    host = freshHostname();
    putPolicy({ allowOrigins: [{ list }] });
    expect(await decision("http://plain.example")).toBe(GRANTED);
  });
});

describe("a list that is not there", () => {
  it.each([
    ["nobody pushed it", undefined],
    ["its manifest is junk", "<html>"],
    ["its manifest names no shards", '{"version":1,"count":0,"shards":[]}'],
  ])("because %s: denies what only it could allow as policy-unavailable", async (_, manifest) => {
    putPolicy({ allowOrigins: [APP, { list }] });
    if (manifest !== undefined) gateway.kv.values.set(listKey(list), manifest);
    expect(await decision(APP)).toBe(GRANTED);
    expect(await decision(EVIL)).toBe(UNAVAILABLE);
    expect(await decision("null")).toBe("denied;reason=origin-opaque;rule=widget");
  });
});

describe("a rule with two lists", () => {
  const [ONE, TWO] = ["https://one.example", "https://two.example"] as const;
  let patient: RunningGateway;

  /** A gateway that knows the policy and what the first list says, and nothing yet of the second one. */
  beforeEach(async () => {
    patient = await startWorkerd(inject("workerScript"), {
      DEFAULT_UPSTREAM: upstream.url,
      POLICY_FRESH_SECONDS: "1",
      POLICY_HARD_LIMIT_SECONDS: "3",
      // Longer than any machine is slow: what would wait is told from what does not.
      POLICY_COLD_WAIT_SECONDS: "30",
    });
    publish("first", [ONE], 1, patient);
    publish("second", [TWO], 1, patient);
    const putRule = (hostname: string, rule: object): void => {
      patient.kv.values.set(`policy/${hostname}`, JSON.stringify({ rules: [{ name: "widget", ...rule }] }));
    };
    putRule("both.test", {
      allowOrigins: [APP, { list: "first" }, { list: "second" }],
      onDenied: "forward",
      isolation: true,
    });
    putRule("first.test", { allowOrigins: [{ list: "first" }] });
    expect(await decisionAt("both.test", APP)).toBe(GRANTED);
    expect(await decisionAt("first.test", ONE)).toBe(GRANTED);
    expect(await decisionAt("first.test", TWO)).toBe(DENIED);
  });

  afterEach(async () => {
    await patient.stop();
    expect(patient.exceptions()).toEqual([]);
  });

  const decisionAt = async (hostname: string, origin: string, headers: Readonly<Record<string, string>> = {}) =>
    (await patient.send({ host: hostname, headers: { Origin: origin, ...headers } })).header("cors-decision");

  it("grants at once what one of them has, whatever becomes of the other", async () => {
    patient.kv.before = () => new Promise(() => undefined);
    const start = performance.now();
    expect(await decisionAt("both.test", ONE)).toBe(GRANTED);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it("asks each once: what the first one said still counts when the second one's answer comes late", async () => {
    await sleep(1300);
    patient.kv.before = (keys) =>
      keys.some((key) => key.startsWith("list/second")) ? sleep(2500) : new Promise(() => undefined);
    expect(await decisionAt("both.test", "https://nobody.example")).toBe(DENIED);
  });

  it("waits for a list that could allow what isolation refuses", async () => {
    patient.kv.before = () => sleep(100);
    const load = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" };
    expect(await decisionAt("both.test", TWO, load)).toBe(GRANTED);
    expect(await decisionAt("both.test", "https://nobody.example", load)).toBe(
      "denied;reason=cross-site-blocked;rule=widget",
    );
  });
});
