/** Huge lists: a manifest that is read and kept like a policy, and the one shard that an origin lies in. */

import { beforeEach, describe, expect, it } from "vitest";
import { listKey, shardIndex, shardKey } from "../../../src/core/origin-list.ts";
import { CachedLastGood } from "../../../src/worker/last-good.ts";
import { Lists } from "../../../src/worker/lists.ts";
import { DEFAULT_TIMES, FakeCache, FakeKvReads, requestContext } from "../../support/fake-data-centre.ts";
import { FakeTime } from "../../support/fake-time.ts";

const SHARDS = 4;

let time: FakeTime;
let kv: FakeKvReads;
let cache: FakeCache;
let log: string[];
let shardReads: string[];
let lists: Lists;

beforeEach(() => {
  time = new FakeTime();
  kv = new FakeKvReads();
  cache = new FakeCache();
  log = [];
  shardReads = [];
  lists = newIsolate();
});

function newIsolate(): Lists {
  const note = ({ event }: { event: string }): void => void log.push(event);
  return new Lists(
    {
      times: DEFAULT_TIMES,
      read: kv.read,
      lastGood: new CachedLastGood(cache.open, time.now, note),
      now: time.now,
      sleep: time.sleep,
      log: note,
    },
    async (key) => {
      shardReads.push(key);
      if (kv.mode === "hangs") return new Promise(() => undefined);
      if (kv.mode === "fails") throw new Error("KV is down");
      return kv.values.get(key) ?? null;
    },
  );
}

/** Publishes a list the way the CLI does: shards first, the manifest last. */
function publish(name: string, version: number, origins: readonly string[]): void {
  const shards = Array.from({ length: SHARDS }, (_, index) => {
    const lines = origins.filter((origin) => shardIndex(origin, SHARDS) === index).sort();
    return lines.length === 0 ? "" : `${index}-${version}`;
  });
  for (const [index, hash] of shards.entries()) {
    const lines = origins.filter((origin) => shardIndex(origin, SHARDS) === index).sort();
    if (hash !== "") kv.values.set(shardKey(name, hash), lines.map((line) => `${line}\n`).join(""));
  }
  kv.values.set(listKey(name), JSON.stringify({ version, count: origins.length, shards }));
}

/** Asks as a request of its own: the answer, and how long it was waited for. */
async function ask(origin: string, name = "customers"): Promise<string> {
  const { answer, waited } = await time.until(lists.has(name, origin, requestContext()));
  return waited === 0 ? String(answer) : `${answer} waited ${waited}`;
}

const CUSTOMERS = Array.from({ length: 100 }, (_, i) => `https://customer-${i}.example`);
const first = CUSTOMERS[0] ?? "";

describe("a list", () => {
  it("has what was published, and nothing else", async () => {
    publish("customers", 1, CUSTOMERS);
    for (const origin of CUSTOMERS) expect(await ask(origin)).toBe("true");
    for (const origin of ["https://other.example", first.slice(0, -1), `${first}.evil`, "", "\n"]) {
      expect(await ask(origin), origin).toBe("false");
    }
    expect(shardReads).toHaveLength(SHARDS);
  });

  it("is asked without a promise once its manifest and shard are in memory", async () => {
    publish("customers", 1, CUSTOMERS);
    await ask(first);
    expect(lists.has("customers", first, requestContext())).toBe(true);
  });

  it("reads no shard where there can be none", async () => {
    publish("customers", 1, []);
    expect(await ask(first)).toBe("false");
    expect(shardReads).toEqual([]);
  });

  it("that does not exist cannot be asked, nor one whose manifest is none", async () => {
    expect(await ask(first)).toBe("undefined");
    for (const [name, text] of Object.entries({
      junk: "junk",
      empty: '{"shards":[]}',
      numbers: '{"shards":[1]}',
      nothing: "null",
    })) {
      kv.values.set(listKey(name), text);
      expect(await ask(first, name), name).toBe("undefined");
    }
  });

  it("switches as a whole with its manifest, and reads only the shards that changed", async () => {
    publish("customers", 1, [first]);
    expect(await ask(first)).toBe("true");
    publish("customers", 2, ["https://other.example"]);
    await time.pass(15);
    await ask(first);
    expect(await ask(first)).toBe("false");
    expect(await ask("https://other.example")).toBe("true");
  });

  it("goes by its last manifest where the new one is junk", async () => {
    publish("customers", 1, CUSTOMERS);
    await ask(first);
    kv.values.set(listKey("customers"), "junk");
    await time.pass(15);
    await ask(first);
    expect(await ask(first)).toBe("true");
    expect(log).toEqual(["document-unusable"]);
  });
});

describe("a list while KV is down", () => {
  it.each(["fails", "hangs"] as const)("(it %s) has what is in memory; the rest cannot be asked", async (how) => {
    publish("customers", 1, CUSTOMERS);
    await ask(first);
    kv.mode = how;
    const elsewhere = CUSTOMERS.find((origin) => shardIndex(origin, SHARDS) !== shardIndex(first, SHARDS)) ?? "";
    expect(await ask(elsewhere)).toBe(how === "hangs" ? "undefined waited 2" : "undefined");
    for (let i = 0; i < 60; i++) {
      await time.pass(10);
      expect(await ask(elsewhere)).toMatch(/^undefined( waited 1)?$/);
      expect(await ask(first)).toMatch(/^true$/);
    }
  });

  it("takes the data centre's last manifest in a cold isolate, but can say no more than that it has no such shard", async () => {
    publish("customers", 1, [first]);
    await ask(first);
    kv.mode = "fails";
    lists = newIsolate();
    expect(await ask(first)).toBe("undefined");
    const elsewhere = CUSTOMERS.find((origin) => shardIndex(origin, SHARDS) !== shardIndex(first, SHARDS)) ?? "";
    expect(await ask(elsewhere)).toBe("false");
  });

  it("keeps a request waiting once, for manifest and shard together", async () => {
    publish("customers", 1, CUSTOMERS);
    await ask(first);
    kv.mode = "hangs";
    lists = newIsolate();
    expect(await ask(first)).toBe("undefined waited 2");
    expect(await ask(first)).toBe("undefined");
  });
});
