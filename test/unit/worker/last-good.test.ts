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

beforeEach(() => {
  cache = new FakeCache();
  now = Date.UTC(2026, 9, 23);
  log = [];
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

const update = (closest: string, latest: LatestDocument | undefined, absent: string[] = [], hasChanged = true) =>
  lastGood.update(closest, latest, absent, hasChanged);

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
    await update("c.b", document("*.b", "closer"), [], false);
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

describe("the cache", () => {
  it("is written at once when something has changed, and else once an hour", async () => {
    const writes = () => cache.calls.filter((call) => call === "put h").length;
    await update("h", document("h", "v"), [], false);
    expect(writes()).toBe(1);
    await update("h", document("h", "v"), [], false);
    now += HOUR;
    await update("h", document("h", "v"), [], false);
    expect(writes()).toBe(1);
    now += 1;
    await update("h", document("h", "v"), [], false);
    expect(writes()).toBe(2);
    await update("h", document("h", "v2"));
    expect(writes()).toBe(3);
  });

  it("is written after the clock was set back, too", async () => {
    await update("h", document("h", "v"), [], false);
    now -= 2 * HOUR;
    await update("h", document("h", "v"), [], false);
    expect(cache.calls.filter((call) => call === "put h")).toHaveLength(2);
  });

  it("is not touched where KV says what it said before, or has nothing", async () => {
    await update("h", document("h", "v"));
    cache.calls.length = 0;
    await update("h", document("h", "v"), [], false);
    await update("i", undefined, [], false);
    expect(cache.calls).toEqual([]);
  });

  it("that fails raises no error, and is logged once", async () => {
    cache.mode = "fails";
    await update("h", document("h", "v"));
    expect(await lastGood.read("h")).toBeUndefined();
    expect(await lastGood.read("i")).toBeUndefined();
    expect(log).toEqual([{ event: "cache-failing", error: "Error: no cache" }]);
  });

  it("that failed is written again with the next answer", async () => {
    cache.mode = "fails";
    await update("h", document("h", "v"));
    cache.mode = "answers";
    await update("h", document("h", "v"), [], false);
    expect(await lastGood.read("h")).toMatchObject({ text: "v" });
  });
});

it("what an isolate remembers of its writes is bounded", async () => {
  const noted: Promise<void>[] = [];
  for (let i = 0; i <= 10_000; i++) noted.push(update(`h${i}`, document("*", "bad"), [], false));
  await Promise.all(noted);
  cache.calls.length = 0;
  await update("h10000", document("*", "bad"), [], false);
  expect(cache.calls).toEqual([]);
  await update("h0", document("*", "bad"), [], false);
  expect(cache.calls).toEqual(["put see h0"]);
});
