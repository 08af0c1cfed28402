/**
 * What holds while something is broken, on real workerd: docs/reliability.md names these tests.
 * Every case has gateways of its own, with short times, and all run at once.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { listKey, shardIndex, shardKey } from "../../src/core/origin-list.ts";
import { type FakeCacheServer, startCache } from "../support/cache-server.ts";
import { freshHostname } from "../support/policies-under-test.ts";
import type { RawResponse } from "../support/raw-http.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { emptyKv, type FakeKv, type RunningGateway, startWorkerd } from "../support/workerd.ts";

/** Seconds; each is the shortest that its variable takes, or near it. */
const FRESH = 1;
const HARD_LIMIT = 2;
const STALE_WAIT = 1;
const COLD_WAIT = 2;
const TIMES = {
  POLICY_FRESH_SECONDS: String(FRESH),
  POLICY_HARD_LIMIT_SECONDS: String(HARD_LIMIT),
  POLICY_STALE_WAIT_SECONDS: String(STALE_WAIT),
  POLICY_COLD_WAIT_SECONDS: String(COLD_WAIT),
  POLICY_READ_TIMEOUT_SECONDS: "2",
  POLICY_RETRY_SECONDS: "1",
  POLICY_MAX_RETRY_SECONDS: "1",
  POLICY_ABSENT_FRESH_SECONDS: "1",
  POLICY_ABSENT_LIMIT_SECONDS: "2",
};
/** What a request may take beyond what it waits and what the machine takes, in seconds. */
const SLACK = 0.9;

const APP = "https://app.example.com";
const OTHER = "https://other.example.com";
const EVIL = "https://evil.example";
/** No policy can be under this hostname, so that requests for it wait for no read. */
const NO_POLICY_HOST = "a..test";

let upstream: Upstream;
const running: RunningGateway[] = [];
const kvs: FakeKv[] = [];
const caches: FakeCacheServer[] = [];

beforeAll(async () => {
  upstream = await startUpstream();
});

afterAll(async () => {
  await upstream.close();
});

afterAll(async () => {
  await Promise.all([...running, ...caches].map((thing) => ("stop" in thing ? thing.stop() : thing.close())));
  expect(running.flatMap((gateway) => gateway.exceptions())).toEqual([]);
  // What the machine takes is measured by requests that wait for nothing.
  expect(kvs.flatMap(({ queries }) => queries).filter((query) => query.includes(NO_POLICY_HOST))).toEqual([]);
});

/** A data centre: one KV, one cache, and isolates. */
class DataCentre {
  readonly kv: FakeKv = emptyKv();
  readonly host = freshHostname();
  readonly cache: FakeCacheServer;

  private constructor(cache: FakeCacheServer) {
    this.cache = cache;
    kvs.push(this.kv);
  }

  static async start(): Promise<DataCentre> {
    const cache = await startCache();
    caches.push(cache);
    return new DataCentre(cache);
  }

  /** Puts the policy of the hostname. */
  put(document: object | string, version?: number): void {
    const key = `policy/${this.host}`;
    this.kv.values.set(key, typeof document === "string" ? document : JSON.stringify(document));
    this.kv.metadata.set(key, version === undefined ? null : { version });
  }

  /** A cold isolate. */
  async isolate(): Promise<Isolate> {
    const gateway = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url, ...TIMES }, this);
    running.push(gateway);
    // The first request of a process pays for its start.
    await gateway.send({ host: NO_POLICY_HOST });
    return new Isolate(gateway, this.host);
  }
}

/** An answer, and how many seconds longer it took than a request at the same moment that waits for nothing. */
type Timed = RawResponse & { readonly seconds: number };

class Isolate {
  readonly gateway: RunningGateway;
  readonly #host: string;

  constructor(gateway: RunningGateway, host: string) {
    this.gateway = gateway;
    this.#host = host;
  }

  async ask(
    origin: string | undefined,
    method = "GET",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Timed> {
    const start = performance.now();
    const seconds = (): number => (performance.now() - start) / 1000;
    const [response, machine] = await Promise.all([
      this.gateway
        .send({
          host: this.#host,
          method,
          headers: { ...(origin !== undefined && { Origin: origin }), ...headers },
        })
        .then((answer) => ({ ...answer, seconds: seconds() })),
      this.gateway.send({ host: NO_POLICY_HOST }).then(seconds),
    ]);
    return { ...response, seconds: response.seconds - machine };
  }

  /** Asks until the allowed origin is told this: a change that must come, within a time that is not the point. */
  async comesTo(decision: string): Promise<void> {
    const end = performance.now() + 10_000;
    while (performance.now() < end && (await this.ask(APP)).header("cors-decision") !== decision) await sleep(50);
    expect(await this.round(0)).toBe(decision);
  }

  /** Asks until this has been logged, and nothing else. */
  async logs(events: readonly string[], origin = APP): Promise<void> {
    const end = performance.now() + 10_000;
    while (performance.now() < end && this.events.length < events.length) {
      await this.ask(origin);
      await sleep(50);
    }
    expect(this.events).toEqual(events);
  }

  /** What a request from the allowed origin is told, without its age. */
  async decision(origin = APP): Promise<string> {
    return ((await this.ask(origin)).header("cors-decision") ?? "").replace(/;stale=\d+/, "");
  }

  /**
   * One round of everybody's requests, all at once. In whatever state: what no policy grants is refused, what CORS has
   * no say in is served, and nobody waits for longer than so many seconds.
   */
  async round(atMostSeconds: number): Promise<string> {
    const [app, evil, preflight, sameOrigin, plain] = await Promise.all([
      this.ask(APP),
      this.ask(EVIL),
      this.ask(EVIL, "OPTIONS", { "Access-Control-Request-Method": "GET" }),
      this.ask(`http://${this.#host}`, "POST"),
      this.ask(undefined),
    ]);
    for (const refused of [evil, preflight]) {
      expect(refused.status).toBe(403);
      expect(Object.keys(refused.cors).filter((name) => name.startsWith("access-control-"))).toEqual([]);
      expect(refused.header("cors-decision")).toMatch(/^denied;/);
    }
    for (const served of [sameOrigin, plain]) {
      expect(served.status).toBe(200);
      expect(served.header("x-upstream")).toBe("yes");
      expect(Object.keys(served.cors).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
    for (const { seconds } of [app, evil, preflight, sameOrigin, plain]) {
      expect(seconds).toBeLessThan(atMostSeconds + SLACK);
    }
    const decision = app.header("cors-decision") ?? "";
    const isGranted = decision.startsWith("granted");
    expect(app.status).toBe(isGranted ? 200 : 403);
    expect(app.header("access-control-allow-origin")).toBe(isGranted ? APP : undefined);
    return decision;
  }

  /** The events that were logged so far, denials apart. */
  get events(): unknown[] {
    return this.gateway.log.map(({ event }) => event).filter((event) => event !== "denial");
  }
}

const rule = (name: string, allowOrigins: readonly unknown[] = [APP]) => ({ name, allowOrigins });
const policy = (name: string) => ({ rules: [rule(name)] });
const fails = (): never => {
  throw new Error("KV is down");
};
const hangs = (): Promise<never> => new Promise(() => undefined);
const NOT_JSON = (): string => "<html>502 Bad Gateway</html>";

const DOWN = [
  ["throws", fails],
  ["hangs", hangs],
  ["answers junk", NOT_JSON],
] as const;

describe.concurrent("KV that is down", () => {
  it.each(DOWN)(
    "and %s: a warm isolate goes on with what it knows, one wait, its age and two log lines",
    async (how, before) => {
      const centre = await DataCentre.start();
      centre.put(policy("one"));
      const isolate = await centre.isolate();
      const beforeRead = performance.now();
      expect(await isolate.round(COLD_WAIT)).toBe("granted;rule=one");
      const afterRead = performance.now();
      centre.kv.before = before;
      centre.put(policy("two"));
      let waits = 0;
      while (performance.now() - afterRead < 6000) {
        const youngest = (performance.now() - afterRead) / 1000;
        const decision = await isolate.round(STALE_WAIT);
        const oldest = (performance.now() - beforeRead) / 1000;
        if (oldest - youngest > STALE_WAIT + (afterRead - beforeRead) / 1000) waits++;
        const [, stale] = /^granted;rule=one(?:;stale=(\d+))?$/.exec(decision) ?? ["", "another decision"];
        if (oldest < HARD_LIMIT) expect(stale).toBeUndefined();
        if (youngest >= HARD_LIMIT || stale !== undefined) {
          expect(Number(stale), decision).toBeGreaterThanOrEqual(Math.max(HARD_LIMIT, Math.floor(youngest)));
          expect(Number(stale), decision).toBeLessThanOrEqual(oldest);
        }
        await sleep(100);
      }
      expect(waits, how).toBeLessThanOrEqual(1);
      expect(isolate.events).toEqual(["kv-failing"]);
      centre.kv.before = () => undefined;
      await isolate.comesTo("granted;rule=two");
      expect(isolate.events).toEqual(["kv-failing", "kv-recovered"]);
    },
  );

  it.each(DOWN)("and %s: a cold isolate takes the last good policy of its data centre", async (how, before) => {
    const centre = await DataCentre.start();
    centre.put(policy("one"), 7);
    await (await centre.isolate()).ask(APP);
    await sleep(100);
    centre.kv.before = before;
    const cold = await centre.isolate();
    await sleep(HARD_LIMIT * 1000);
    const wait = how === "hangs" ? COLD_WAIT : 0;
    expect(await cold.round(wait)).toMatch(/^granted;rule=one;version=7;stale=\d+$/);
    for (let i = 0; i < 20; i++) {
      expect(await cold.round(0)).toMatch(/^granted;rule=one;version=7;stale=\d+$/);
      await sleep(100);
    }
    expect(cold.events).toEqual(["kv-failing"]);
    centre.put(policy("two"), 8);
    centre.kv.before = () => undefined;
    await cold.comesTo("granted;rule=two;version=8");
    expect(cold.events).toEqual(["kv-failing", "kv-recovered"]);
  });

  it.each(DOWN)(
    "and %s: a cold isolate with an empty cache grants nothing, and serves what CORS has no say in",
    async (how, before) => {
      const centre = await DataCentre.start();
      centre.put(policy("one"));
      centre.kv.before = before;
      const cold = await centre.isolate();
      expect(await cold.round(how === "hangs" ? COLD_WAIT : 0)).toBe("denied;reason=policy-unavailable");
      for (let i = 0; i < 20; i++) {
        expect(await cold.round(0)).toBe("denied;reason=policy-unavailable");
        await sleep(100);
      }
      expect(cold.events).toEqual(["kv-failing"]);
      centre.kv.before = () => undefined;
      await cold.comesTo("granted;rule=one");
      expect(cold.events).toEqual(["kv-failing", "kv-recovered"]);
    },
  );

  it("together with a cache that fails or hangs: one more second's wait, once, and the log says so", async () => {
    const centre = await DataCentre.start();
    centre.put(policy("one"));
    await (await centre.isolate()).ask(APP);
    await sleep(100);
    centre.kv.before = fails;
    centre.cache.before = fails;
    const cold = await centre.isolate();
    expect(await cold.round(STALE_WAIT)).toBe("denied;reason=policy-unavailable");
    centre.cache.before = hangs;
    const colder = await centre.isolate();
    expect(await colder.round(STALE_WAIT)).toBe("denied;reason=policy-unavailable");
    for (let i = 0; i < 5; i++) expect(await colder.round(0)).toBe("denied;reason=policy-unavailable");
    expect(cold.events[0]).toBe("kv-failing");
    expect(colder.events).toEqual(["kv-failing"]);
  });
});

describe.concurrent("KV that is slow", () => {
  it("is waited for by cold isolates, and by warm ones only beyond the hard limit", async () => {
    const centre = await DataCentre.start();
    centre.put(policy("one"));
    centre.kv.before = () => sleep(300);
    const isolate = await centre.isolate();
    expect(await isolate.round(0.3)).toBe("granted;rule=one");
    for (let i = 0; i < 20; i++) {
      expect(await isolate.round(0)).toBe("granted;rule=one");
      await sleep(100);
    }
    await sleep(HARD_LIMIT * 1000);
    expect(await isolate.round(0.3)).toBe("granted;rule=one");
    expect(isolate.events).toEqual([]);
  });

  it("beyond what anybody waits still brings changes, in the background", async () => {
    const centre = await DataCentre.start();
    centre.put(policy("one"));
    const isolate = await centre.isolate();
    await isolate.ask(APP);
    centre.kv.before = () => sleep(1800);
    centre.put(policy("two"));
    await sleep(HARD_LIMIT * 1000);
    expect(await isolate.round(STALE_WAIT)).toMatch(/^granted;rule=one;stale=[23]$/);
    await isolate.comesTo("granted;rule=two");
    // On a slow machine the next read may be overdue again before this line.
    expect(isolate.events.slice(0, 2)).toEqual(["kv-failing", "kv-recovered"]);
  });
});

describe.concurrent("a bad document pushed over a good one", () => {
  it("changes nothing in a warm isolate, nor in a cold one of the same data centre, and is logged", async () => {
    const centre = await DataCentre.start();
    centre.put(policy("one"), 1);
    const warm = await centre.isolate();
    expect(await warm.round(COLD_WAIT)).toBe("granted;rule=one;version=1");
    for (const [version, junk] of [
      "{not json",
      '{"rules":[{"name":"x","allowOrigins":["*"],"allowCredentials":true}]}',
    ].entries()) {
      centre.put(junk, version + 2);
      await warm.logs(Array(version + 1).fill("document-unusable"));
      expect(await warm.round(0)).toBe("granted;rule=one;version=1");
    }
    const cold = await centre.isolate();
    expect(await cold.round(COLD_WAIT)).toBe("granted;rule=one;version=1");
    centre.kv.before = fails;
    const colder = await centre.isolate();
    expect(await colder.round(0)).toMatch(/^granted;rule=one;version=1/);
    centre.kv.before = () => undefined;
    centre.put(policy("two"), 4);
    await warm.comesTo("granted;rule=two;version=4");
    expect(warm.events.slice(2)).toEqual(["document-usable-again"]);
  });

  it("grants nothing where no good one is known; requests go nowhere that it may have named", async () => {
    const centre = await DataCentre.start();
    centre.put("junk");
    const isolate = await centre.isolate();
    expect(await isolate.round(COLD_WAIT)).toBe("denied;reason=policy-unavailable");
    centre.put('{"upstream": "https://10.0.0.1", "rules": [');
    const other = await centre.isolate();
    expect((await other.ask(undefined)).status).toBe(503);
    expect((await other.ask(APP)).header("cors-decision")).toBe("denied;reason=policy-unavailable");
  });
});

describe.concurrent("a policy that was deleted", () => {
  it("grants nothing from the next read on, and no cold isolate finds it in the cache", async () => {
    const centre = await DataCentre.start();
    centre.put(policy("one"));
    const warm = await centre.isolate();
    expect(await warm.round(COLD_WAIT)).toBe("granted;rule=one");
    centre.kv.values.clear();
    await warm.comesTo("denied;reason=no-policy");
    expect([...centre.cache.entries.keys()].filter((key) => !key.endsWith("see"))).toEqual([]);
    centre.kv.before = fails;
    const cold = await centre.isolate();
    expect(await cold.round(0)).toBe("denied;reason=policy-unavailable");
    expect(warm.events).toEqual([]);
  });

  it("or replaced while the cache fails does not come back in a cold isolate", async () => {
    for (const [change, decision] of [
      [{ rules: [rule("one", [OTHER])] }, "denied;reason=origin-not-allowed;rule=one"],
      [undefined, "denied;reason=no-policy"],
    ] as const) {
      const centre = await DataCentre.start();
      centre.put(policy("one"));
      const warm = await centre.isolate();
      expect(await warm.round(COLD_WAIT)).toBe("granted;rule=one");
      await sleep(100);
      centre.cache.before = fails;
      if (change === undefined) centre.kv.values.clear();
      else centre.put(change);
      await warm.comesTo(decision);
      await sleep(100);
      centre.cache.before = () => undefined;
      // Each second one read of KV; the cache may have failed for two of them.
      for (let i = 0; i < 50; i++) {
        expect(await warm.decision()).toBe(decision);
        await sleep(100);
      }
      centre.kv.before = fails;
      const cold = await centre.isolate();
      expect(await cold.decision()).toBe(change === undefined ? "denied;reason=policy-unavailable" : decision);
    }
  });

  it("is believed to be gone for a limited time while KV is down", async () => {
    const centre = await DataCentre.start();
    const isolate = await centre.isolate();
    expect(await isolate.round(COLD_WAIT)).toBe("denied;reason=no-policy");
    centre.kv.before = fails;
    await sleep(2100);
    expect(await isolate.round(0)).toBe("denied;reason=policy-unavailable");
  });
});

describe.concurrent("a wildcard", () => {
  it("serves a cold isolate from the cache, but no hostname whose own document may exist", async () => {
    const centre = await DataCentre.start();
    centre.kv.values.set("policy/*.test", JSON.stringify(policy("wildcard")));
    const warm = await centre.isolate();
    expect(await warm.round(COLD_WAIT)).toBe("granted;rule=wildcard");
    await sleep(100);
    centre.kv.before = fails;
    const cold = await centre.isolate();
    expect(await cold.round(0)).toBe("granted;rule=wildcard");
    const elsewhere = new Isolate(cold.gateway, freshHostname());
    expect(await elsewhere.round(0)).toBe("denied;reason=policy-unavailable");
    expect(await new Isolate(warm.gateway, freshHostname()).round(0)).toBe("denied;reason=policy-unavailable");
  });
});

describe.concurrent("versions in any order, switched while requests run", () => {
  /** Every field of a version says which it is. */
  const versionOf = (n: number) => ({
    rules: [
      {
        name: `v${n}`,
        allowOrigins: n % 2 === 0 ? [APP, OTHER] : [APP],
        allowMethods: ["GET", `M${n}`],
        allowHeaders: [`x-${n}`],
        exposeHeaders: [`y-${n}`],
        allowCredentials: n % 3 === 0,
        maxAge: n,
      },
    ],
  });

  it("each answer follows one whole version, and one that KV has given", async () => {
    const centre = await DataCentre.start();
    centre.put(versionOf(0), 0);
    const isolates = [await centre.isolate(), await centre.isolate()];
    for (const isolate of isolates) expect(await isolate.round(COLD_WAIT)).toBe("granted;rule=v0;version=0");
    centre.kv.before = async () => {
      if (Math.random() < 0.2) throw new Error("KV is shaky");
      await sleep(Math.random() * 300);
    };
    const seen = new Set<number>();
    const end = performance.now() + 5000;
    const switching = (async () => {
      while (performance.now() < end) {
        const n = Math.floor(Math.random() * 20);
        if (Math.random() < 0.1) centre.put("junk", 99);
        else centre.put(versionOf(n), n);
        await sleep(20);
      }
    })();
    const asking = Array.from({ length: 8 }, async (_, worker) => {
      const isolate = isolates[worker % 2] as Isolate;
      while (performance.now() < end) {
        const isPreflight = worker < 4;
        const origin = Math.random() < 0.5 ? APP : OTHER;
        const response = isPreflight
          ? await isolate.ask(origin, "OPTIONS", { "Access-Control-Request-Method": "GET" })
          : await isolate.ask(origin);
        const decision = response.header("cors-decision") ?? "";
        const [, outcome, number] =
          /^(granted|denied;reason=origin-not-allowed);rule=v(\d+);version=\2(?:;stale=\d+)?$/.exec(decision) ?? [];
        expect(number, decision).toBeDefined();
        const n = Number(number);
        seen.add(n);
        const isAllowed = origin === APP || n % 2 === 0;
        expect(outcome).toBe(isAllowed ? "granted" : "denied;reason=origin-not-allowed");
        const { vary, "cors-decision": _, ...fields } = response.cors;
        delete (fields as Record<string, string>)["timing-allow-origin"];
        if (!isAllowed) expect(fields).toEqual({});
        else {
          expect(fields).toEqual({
            "access-control-allow-origin": origin,
            ...(n % 3 === 0 && { "access-control-allow-credentials": "true" }),
            ...(isPreflight
              ? {
                  "access-control-allow-methods": `GET, M${n}`,
                  "access-control-allow-headers": `x-${n}`,
                  "access-control-max-age": String(n),
                }
              : { "access-control-expose-headers": `y-${n}` }),
          });
        }
      }
    });
    await Promise.all([switching, ...asking]);
    expect(seen.size).toBeGreaterThan(2);
  });
});

describe.concurrent("a huge list whose shards cannot be read", () => {
  it("denies what only the list could allow, grants the rest, and says when that begins and ends", async () => {
    const centre = await DataCentre.start();
    const listed = "https://customer.example";
    centre.put({ rules: [rule("r", [APP, { list: "customers" }])] });
    centre.kv.values.set(listKey("customers"), JSON.stringify({ version: 1, count: 1, shards: ["abc"] }));
    centre.kv.values.set(shardKey("customers", "abc"), `${listed}\n`);
    expect(shardIndex(listed, 1)).toBe(0);
    let isDown = false;
    centre.kv.before = (keys) => (isDown && keys.includes(shardKey("customers", "abc")) ? hangs() : undefined);
    const warm = await centre.isolate();
    expect(await warm.decision(listed)).toBe("granted;rule=r");
    expect(await warm.decision(EVIL)).toBe("denied;reason=origin-not-allowed;rule=r");
    isDown = true;
    expect(await warm.decision(listed)).toBe("granted;rule=r");
    const cold = await centre.isolate();
    const first = await cold.ask(listed);
    expect(first.header("cors-decision")).toBe("denied;reason=policy-unavailable;rule=r");
    expect(first.seconds).toBeLessThan(COLD_WAIT + SLACK);
    for (let i = 0; i < 25; i++) {
      const { seconds, cors } = await cold.ask(listed);
      expect(cors["cors-decision"]).toBe("denied;reason=policy-unavailable;rule=r");
      expect(seconds).toBeLessThan(SLACK);
      expect(await cold.round(0)).toBe("granted;rule=r");
      await sleep(100);
    }
    expect(cold.events).toEqual(["list-shards-failing"]);
    isDown = false;
    await cold.logs(["list-shards-failing", "list-shards-recovered"], listed);
    expect(await cold.decision(listed)).toBe("granted;rule=r");
  });

  it("denies while a shard has not arrived that the manifest names, and asks for it without the long cache time", async () => {
    const centre = await DataCentre.start();
    const listed = "https://customer.example";
    const key = shardKey("customers", "abc");
    centre.put({ rules: [rule("r", [{ list: "customers" }])] });
    centre.kv.values.set(listKey("customers"), JSON.stringify({ version: 1, count: 1, shards: ["abc"] }));
    const isolate = await centre.isolate();
    expect(await isolate.decision(listed)).toBe("denied;reason=policy-unavailable;rule=r");
    expect(centre.kv.queries.filter((query) => query.includes("abc"))).toEqual([
      expect.stringContaining("cache_ttl=86400"),
      expect.stringContaining("cache_ttl=30"),
    ]);
    centre.kv.values.set(key, `${listed}\n`);
    await isolate.logs(["list-shards-failing", "list-shards-recovered"], listed);
    expect(await isolate.decision(listed)).toBe("granted;rule=r");
  });

  it("keeps no request waiting twice where all of KV hangs: policy, manifest and shard together", async () => {
    const centre = await DataCentre.start();
    centre.put({ rules: [rule("r", [APP, { list: "customers" }])] });
    centre.kv.values.set(listKey("customers"), JSON.stringify({ version: 1, count: 1, shards: ["abc"] }));
    centre.kv.values.set(shardKey("customers", "abc"), "https://customer.example\n");
    await (await centre.isolate()).ask(EVIL);
    await sleep(100);
    centre.kv.before = hangs;
    const cold = await centre.isolate();
    const { seconds, cors } = await cold.ask("https://customer.example");
    expect(cors["cors-decision"]).toMatch(/^denied;reason=policy-unavailable;rule=r/);
    expect(seconds).toBeLessThan(COLD_WAIT + SLACK);
    expect(await cold.decision(APP)).toBe("granted;rule=r");
  });
});

describe.concurrent("an upstream that is down", () => {
  it("gives an error that an allowed page can read and no other, and two log lines", async () => {
    const centre = await DataCentre.start();
    const own = await startUpstream();
    const { port } = own;
    centre.put({ ...policy("one"), upstream: own.url });
    const isolate = await centre.isolate();
    expect((await isolate.ask(APP)).status).toBe(200);
    await own.close();
    const unreachable = await isolate.ask(APP);
    expect(unreachable.status).toBe(502);
    expect(unreachable.cors).toEqual({
      "access-control-allow-origin": APP,
      vary: "Origin",
      "cors-decision": "granted;rule=one",
    });
    const evil = await isolate.ask(EVIL);
    expect(evil.status).toBe(403);
    expect(evil.header("access-control-allow-origin")).toBeUndefined();
    expect((await isolate.ask(undefined)).status).toBe(502);
    expect((await isolate.ask(APP, "OPTIONS", { "Access-Control-Request-Method": "GET" })).status).toBe(204);
    expect(isolate.events).toEqual(["upstream-failing"]);
    own.server.listen(port, "127.0.0.1");
    await new Promise((resolve) => own.server.once("listening", resolve));
    expect((await isolate.ask(APP)).status).toBe(200);
    expect(isolate.events).toEqual(["upstream-failing", "upstream-recovered"]);
    await own.close();
  });
});
