/** The last good documents of a data centre, in the Cache API. */

import { beforeEach, describe, expect, it } from "vitest";
import type { LatestDocument } from "../../../src/worker/kept-documents.ts";
import { CachedLastGood } from "../../../src/worker/last-good.ts";
import { FakeCache } from "../../support/fake-data-centre.ts";

const HOUR = 3_600_000;

let cache: FakeCache;
let now: number;
let log: object[];
let lastGood: CachedLastGood;
let news: number;

beforeEach(() => {
  cache = new FakeCache();
  now = Date.UTC(2026, 9, 23);
  log = [];
  news = 0;
  lastGood = newIsolate();
});

function newIsolate(): CachedLastGood {
  return new CachedLastGood(
    cache.open,
    () => now,
    (event) => log.push(event),
  );
}

function document(key: string, text: string, version?: number): LatestDocument {
  return { key, text, version, readAt: now, isFaulty: text.startsWith("bad") };
}

/** KV says something new, or what it has said since then. */
const update = (closest: string, latest: LatestDocument | undefined, absent: string[] = [], since = news++) =>
  lastGood.update(closest, latest, absent, since);

/** KV goes on saying so for some seconds, to an isolate that asks every 15. */
async function goOn(
  seconds: number,
  latest: LatestDocument | undefined,
  absent: string[],
  since: number,
): Promise<void> {
  for (const end = now + seconds * 1000; now < end; ) {
    now += 15_000;
    await update("h", latest, absent, since);
  }
}

describe("a last good document", () => {
  it("comes back as it was, with its version and the time at which KV gave it", async () => {
    await update("policy/h", document("policy/h", '{"ü":"€"}', 7));
    now += HOUR;
    expect(await newIsolate().read("policy/h")).toEqual({
      key: "policy/h",
      text: '{"ü":"€"}',
      version: 7,
      readAt: now - HOUR,
    });
  });

  it("has no version where it was pushed without one", async () => {
    await update("policy/h", document("policy/h", "v"));
    expect(await lastGood.read("policy/h")).toMatchObject({ version: undefined });
  });

  it("lies under a host in .invalid, and may be kept for a day", async () => {
    await update("policy/*.x", document("policy/*.x", "v"));
    expect(cache.entries.size).toBe(2);
    for (const [url, { headers }] of cache.entries) {
      expect(new URL(url).hostname).toBe("cors-gateway.invalid");
      expect(headers.get("cache-control")).toBe("max-age=86400");
    }
  });

  it("is taken up to 24 h after KV gave it, whatever the cache says", async () => {
    await update("h", document("h", "v"));
    now += 24 * HOUR - 1;
    expect(await lastGood.read("h")).toBeDefined();
    now += 1;
    expect(await lastGood.read("h")).toBeUndefined();
  });

  it("is not taken where somebody else's entry lies there", async () => {
    const { keys } = cache;
    expect(keys).toEqual([]);
    await update("h", document("h", "v"));
    for (const url of cache.entries.keys()) cache.entries.set(url, new Response("x", { headers: { see: "h" } }));
    expect(await lastGood.read("h")).toBeUndefined();
  });

  it("of a wildcard is found for the hostnames that it served, and for no others", async () => {
    await update("h", document("*", "w"));
    expect(await lastGood.read("h")).toMatchObject({ key: "*", text: "w" });
    expect(await lastGood.read("i")).toBeUndefined();
    expect(await lastGood.read("*")).toBeUndefined();
  });

  it("is not replaced by one that cannot be used", async () => {
    await update("h", document("h", "v"));
    await update("h", document("h", "bad"));
    expect(await lastGood.read("h")).toMatchObject({ text: "v" });
  });

  it("of a wildcard no longer stands in for a hostname that has one of its own, usable or not", async () => {
    await update("h", document("*", "w"));
    await update("h", document("h", "bad"));
    expect(await lastGood.read("h")).toBeUndefined();
    await update("i", document("*", "w"));
    await update("i", document("i", "own"));
    expect(await lastGood.read("i")).toMatchObject({ text: "own" });
  });

  it("of a wildcard gives way to a closer one of which another hostname brought the news", async () => {
    await update("c.b", document("*", "w"));
    await update("a.b", document("*.b", "closer"));
    await update("c.b", document("*.b", "closer"));
    expect(await lastGood.read("c.b")).toMatchObject({ key: "*.b", text: "closer" });
  });

  it("is as old as the news that there is no closer one", async () => {
    const { readAt } = document("*", "w");
    await update("h", document("*", "w"));
    now += HOUR / 2;
    await update("i", document("*", "newer"));
    expect(await lastGood.read("h")).toMatchObject({ text: "newer", readAt });
    now = readAt + 24 * HOUR;
    expect(await lastGood.read("h")).toBeUndefined();
    expect(await lastGood.read("i")).toMatchObject({ text: "newer" });
  });

  it("is deleted when KV says that its key is gone", async () => {
    await update("h", document("*", "w"));
    await update("i", document("*", "w"));
    await update("h", undefined, ["h", "*"]);
    expect(await lastGood.read("h")).toBeUndefined();
    expect(await lastGood.read("i")).toBeUndefined();
    await update("j", document("j", "own"));
    await update("j", document("*", "w"), ["j"]);
    expect(await lastGood.read("j")).toMatchObject({ text: "w" });
    expect(cache.keys).not.toContain("j");
  });
});

describe.each(["fails", "loses"] as const)("a cache that %s what it is told for some time", (how) => {
  it.each([0, 15, 60, 300])("(%i s) has what KV says after as long again", async (seconds) => {
    await update("h", document("h", "v1"), [], now);
    await goOn(600, document("h", "v1"), [], now);
    const since = now;
    cache.mode = how;
    await update("h", document("h", "v2"), [], since);
    await goOn(seconds, document("h", "v2"), [], since);
    cache.mode = "answers";
    await goOn(seconds + 15, document("h", "v2"), [], since);
    expect(await newIsolate().read("h")).toMatchObject({ text: "v2" });
  });

  it.each([0, 15, 60, 300])("(%i s) has nothing of what is gone after as long again", async (seconds) => {
    await update("h", document("h", "v1"), [], now);
    await goOn(600, document("h", "v1"), [], now);
    const since = now;
    cache.mode = how;
    await update("h", undefined, ["h"], since);
    await goOn(seconds, undefined, ["h"], since);
    cache.mode = "answers";
    await goOn(seconds + 15, undefined, ["h"], since);
    expect(await newIsolate().read("h")).toBeUndefined();
    expect(cache.keys).not.toContain("h");
  });
});

describe("the cache", () => {
  const writes = () => cache.calls.filter((call) => call === "put h").length;

  it("is written at once when something has changed, then ever more rarely, at last once an hour", async () => {
    const since = now;
    const times: number[] = [];
    for (; now < since + 4 * HOUR; now += 15_000) {
      const before = writes();
      await update("h", document("h", "v"), [], since);
      if (writes() > before) times.push((now - since) / 1000);
    }
    expect(times).toEqual([0, 15, 45, 105, 225, 465, 945, 1905, 3825, 7440, 11055]);
    await update("h", document("h", "v2"), [], now);
    expect(writes()).toBe(times.length + 1);
  });

  it("is written after the clock was set back, too", async () => {
    await update("h", document("h", "v"), [], 0);
    now -= 2 * HOUR;
    await update("h", document("h", "v"), [], 0);
    expect(writes()).toBe(2);
  });

  it("is not touched where KV has said the same for long, or has nothing", async () => {
    await update("h", document("h", "v"), ["*"], 0);
    cache.calls.length = 0;
    await update("h", document("h", "v"), ["*"], 0);
    await update("i", undefined);
    expect(cache.calls).toEqual([]);
  });

  it("that fails raises no error, and is logged once", async () => {
    cache.mode = "fails";
    await update("h", document("h", "v"));
    expect(await lastGood.read("h")).toBeUndefined();
    expect(await lastGood.read("i")).toBeUndefined();
    expect(log).toEqual([{ event: "cache-failing", error: "Error: no cache" }]);
  });

  it("that can delete nothing is written nevertheless", async () => {
    cache.delete = () => Promise.reject(new Error("no purge"));
    await update("h", document("h", "v"), ["*"]);
    expect(await lastGood.read("h")).toMatchObject({ text: "v" });
    expect(log).toHaveLength(1);
  });

  it("that failed is written again with the next answer", async () => {
    cache.mode = "fails";
    await update("h", document("h", "v"), [], 0);
    cache.mode = "answers";
    await update("h", document("h", "v"), [], 0);
    expect(await lastGood.read("h")).toMatchObject({ text: "v" });
  });
});

it("what an isolate remembers of its writes is bounded", async () => {
  const noted: Promise<void>[] = [];
  for (let i = 0; i <= 10_000; i++) noted.push(update(`h${i}`, document("*", "bad"), [], 0));
  await Promise.all(noted);
  cache.calls.length = 0;
  await update("h10000", document("*", "bad"), [], 0);
  expect(cache.calls).toEqual([]);
  await update("h0", document("*", "bad"), [], 0);
  expect(cache.calls).toEqual(["put see h0"]);
});
