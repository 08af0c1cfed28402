import { beforeEach, describe, expect, it } from "vitest";
import { buildList } from "../../../src/cli/build-list.ts";
import { type ListPlan, type ListPublication, planList, publishList, readList } from "../../../src/cli/publish-list.ts";
import { listKey, parseManifest, shardHas, shardIndex, shardKey } from "../../../src/core/origin-list.ts";
import { createMemoryKv, cutConnection, type MemoryKv, refusal } from "../../support/memory-kv.ts";

const NAME = "customers";
const MANIFEST = listKey(NAME);
const NOW = Date.parse("2026-11-22T10:00:00.000Z");
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Enough origins for several shards. */
const ORIGINS = Array.from(
  { length: 5000 },
  (_, index) => `https://customer-${String(index).padStart(20, "0")}.example`,
);
const ADDED = "https://added.example";

let kv: MemoryKv;

beforeEach(() => {
  kv = createMemoryKv();
});

/** Publishes these origins over whatever there is. */
async function push(origins: readonly string[], now = NOW): Promise<ListPlan & ListPublication> {
  const list = buildList(origins.join("\n"));
  const plan = planList(list, await readList(kv, NAME), new Date(now));
  kv.steps.length = 0;
  return { ...plan, ...(await publishList(kv, NAME, list, plan, () => undefined)) };
}

/** Whether KV says that an origin is listed, as the Worker would ask it. */
function isListed(origin: string): boolean | undefined {
  const { shards } = parseManifest(kv.entries.get(MANIFEST)?.value ?? "") ?? { shards: [] };
  const text = kv.entries.get(shardKey(NAME, shards[shardIndex(origin, shards.length)] ?? ""))?.value;
  return text === undefined ? undefined : shardHas(text, origin);
}

const shardsInKv = () => [...kv.entries.keys()].filter((key) => key !== MANIFEST);
const stepsOf = (verb: string) => kv.steps.filter((step) => step.verb === verb).map(({ key }) => key);
const shardOf = (plan: ListPlan, origin: string) =>
  shardKey(NAME, plan.manifest.shards[shardIndex(origin, plan.manifest.shards.length)] ?? "");

describe("publishList", () => {
  it("sends all shards of a new list, and the manifest last", async () => {
    const plan = await push(ORIGINS);
    expect(plan).toMatchObject({ version: 1, toRemove: [], manifest: { count: 5000, retired: {} } });
    expect(plan.manifest.shards.length).toBeGreaterThan(2);
    expect(stepsOf("put")).toEqual([...plan.manifest.shards.map((hash) => shardKey(NAME, hash)), MANIFEST]);
    expect(kv.entries.get(MANIFEST)?.metadata).toMatchObject({ version: 1 });
    expect(ORIGINS.every((origin) => isListed(origin))).toBe(true);
    expect(isListed(ADDED)).toBe(false);
  });

  it("sends only the shard that changed", async () => {
    const first = await push(ORIGINS);
    const second = await push([...ORIGINS, ADDED]);
    expect(stepsOf("put")).toEqual([shardOf(second, ADDED), MANIFEST]);
    expect(second).toMatchObject({ version: 2, manifest: { count: 5001 } });
    expect(isListed(ADDED)).toBe(true);
    expect(shardsInKv()).toContain(shardOf(first, ADDED));
  });

  it("sends a shard again that is named but not in KV", async () => {
    const plan = await push(ORIGINS);
    const lost = shardOf(plan, ORIGINS[0] ?? "");
    kv.entries.delete(lost);
    expect((await push(ORIGINS)).toSend.map((hash) => shardKey(NAME, hash))).toEqual([lost]);
    expect(isListed(ORIGINS[0] ?? "")).toBe(true);
  });
});

describe("a shard that the manifest no longer names", () => {
  it("is kept for a day after the last manifest that named it, and then removed", async () => {
    const first = await push(ORIGINS);
    await push([...ORIGINS, ADDED], NOW + 30 * DAY);
    const old = shardOf(first, ADDED);
    const third = await push([...ORIGINS, ADDED, "https://third.example"], NOW + 31 * DAY);
    expect(third.toRemove).toEqual([]);
    expect(shardsInKv()).toContain(old);
    await push([...ORIGINS, ADDED, "https://third.example"], NOW + 31 * DAY + 1);
    expect(stepsOf("delete")).toEqual([old]);
    expect(shardsInKv()).not.toContain(old);
  });

  it("counts anew from the day that it is out of use again", async () => {
    const first = await push(ORIGINS);
    await push([...ORIGINS, ADDED]);
    await push(ORIGINS, NOW + 2 * DAY);
    await push([...ORIGINS, ADDED], NOW + 2 * DAY);
    const { toRemove } = await push([...ORIGINS, ADDED], NOW + 3 * DAY);
    expect(toRemove).toEqual([]);
    expect(shardsInKv()).toContain(shardOf(first, ADDED));
  });

  it("is sent again where it is named right after its removal, though listings still show it", async () => {
    const first = await push(ORIGINS);
    await push([...ORIGINS, ADDED]);
    const listed = new Map(kv.entries);
    await push([...ORIGINS, ADDED], NOW + DAY + 1);
    expect(shardsInKv()).not.toContain(shardOf(first, ADDED));
    kv.listed = listed;
    await push(ORIGINS, NOW + DAY + 2);
    expect(shardsInKv()).toContain(shardOf(first, ADDED));
  });

  it("goes although `retired` has no time that can be read", async () => {
    const first = await push(ORIGINS);
    const second = await push([...ORIGINS, ADDED]);
    const [old = ""] = Object.keys(second.manifest.retired ?? {});
    kv.entries.set(MANIFEST, {
      value: JSON.stringify({ ...second.manifest, retired: { [old]: "yesterday" } }),
      metadata: null,
    });
    await push([...ORIGINS, ADDED, "https://third.example"], NOW);
    await push([...ORIGINS, ADDED, "https://third.example"], NOW + DAY + 1);
    expect(shardsInKv()).not.toContain(shardOf(first, ADDED));
  });

  it("is removed alone: no other list's, and nothing that is no shard", async () => {
    await push(ORIGINS);
    const others = [`list/${NAME}/notes`, `list/${NAME}-eu/${"0".repeat(32)}`, `list/${NAME}-eu`];
    for (const key of others) kv.entries.set(key, { value: "mine", metadata: null });
    await push([...ORIGINS, ADDED], NOW + DAY);
    await push([...ORIGINS, ADDED, "https://third.example"], NOW + 3 * DAY);
    expect([...kv.entries.keys()]).toEqual(expect.arrayContaining(others));
  });
});

describe("a push that fails", () => {
  it.each([
    ["at its first shard", 0, refusal],
    ["at a later shard", 1, cutConnection],
    ["at the manifest", 2, refusal],
  ])("%s leaves the old list in force, and says so", async (_, step, fault) => {
    const first = await push(ORIGINS);
    kv.before = ({ verb }) => {
      if (verb === "put" && stepsOf("put").length > step) throw fault();
    };
    await expect(push([...ORIGINS, ADDED, "https://a.example", "https://b.example"])).rejects.toThrow(
      /^the old list is in force: /,
    );
    expect(kv.entries.get(MANIFEST)?.value).toBe(JSON.stringify(first.manifest));
    expect(ORIGINS.every((origin) => isListed(origin))).toBe(true);
    expect(isListed(ADDED)).toBe(false);
  });

  it("need not send again what arrived, and its orphans go after a day", async () => {
    await push(ORIGINS);
    kv.before = ({ verb, key }) => {
      if (verb === "put" && key === MANIFEST) throw refusal();
    };
    await expect(push([...ORIGINS, ADDED])).rejects.toThrow("the old list is in force");
    const [orphan = ""] = stepsOf("put");
    kv.before = () => undefined;
    const given = new Map(kv.entries);
    expect((await push([...ORIGINS, ADDED])).toSend).toEqual([]);
    expect(isListed(ADDED)).toBe(true);

    kv.entries.clear();
    for (const [key, entry] of given) kv.entries.set(key, entry);
    const other = [...ORIGINS, "https://other.example"];
    expect((await push(other, NOW + 30 * DAY)).toRemove).toEqual([]);
    expect((await push(other, NOW + 31 * DAY + 1)).toRemove.map((hash) => shardKey(NAME, hash))).toContain(orphan);
    expect(shardsInKv()).not.toContain(orphan);
  });

  it("although the manifest arrived, goes on: only the answer was lost", async () => {
    await push(ORIGINS);
    kv.after = ({ verb, key }) => {
      if (verb === "put" && key === MANIFEST) throw cutConnection();
    };
    await push([...ORIGINS, ADDED]);
    expect(isListed(ADDED)).toBe(true);
  });

  it("without anybody knowing whether the manifest arrived, says that", async () => {
    await push(ORIGINS);
    let isDown = false;
    kv.before = ({ verb, key }) => {
      isDown ||= verb === "put" && key === MANIFEST;
      if (isDown) throw cutConnection();
    };
    await expect(push([...ORIGINS, ADDED])).rejects.toThrow(/^nobody knows whether the new list is in force: /);
  });

  it("when it removes old shards, warns: the new list is in force, and the next push removes them", async () => {
    await push(ORIGINS);
    await push([...ORIGINS, ADDED]);
    const more = [...ORIGINS, ADDED, "https://third.example", "https://fourth.example"];
    await push(more.slice(0, -1));
    kv.before = ({ verb }) => {
      if (verb === "delete" && stepsOf("delete").length > 1) throw refusal();
    };
    const failed = await push(more, NOW + 2 * DAY);
    expect(failed.toRemove).toHaveLength(2);
    expect(failed).toMatchObject({ removed: 1, warnings: [expect.stringMatching(/not removed: KV refused$/)] });
    expect(isListed("https://fourth.example")).toBe(true);
    kv.before = () => undefined;
    const next = await push(more, NOW + 2 * DAY + HOUR);
    expect(next).toMatchObject({ removed: 1, warnings: [] });
  });
});
