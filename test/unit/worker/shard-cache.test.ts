/** Shards of huge lists: bounded by size, never read twice at once, never waited for twice. */

import { beforeEach, describe, expect, it } from "vitest";
import { ShardCache } from "../../../src/worker/shard-cache.ts";
import { requestContext } from "../../support/fake-data-centre.ts";
import { FakeTime, settle } from "../../support/fake-time.ts";

const MIB = 1024 * 1024;

let time: FakeTime;
let shards: ShardCache;
let log: string[];
let texts: Map<string, string>;
let reads: { readonly key: string; readonly answer: (text: string | null) => void; readonly fail: () => void }[];
let mode: "answers" | "fails" | "hangs";
let underWay: number;
let mostUnderWay: number;

beforeEach(() => {
  time = new FakeTime();
  log = [];
  texts = new Map();
  reads = [];
  mode = "answers";
  underWay = 0;
  mostUnderWay = 0;
  shards = new ShardCache({
    read: (key) => {
      mostUnderWay = Math.max(mostUnderWay, ++underWay);
      const read = new Promise<string | null>((resolve, reject) => {
        const fail = () => reject(new Error("KV is down"));
        reads.push({ key, answer: resolve, fail });
        if (mode === "answers") resolve(texts.get(key) ?? null);
        if (mode === "fails") fail();
      });
      return read.finally(() => underWay--);
    },
    now: time.now,
    sleep: time.sleep,
    log: ({ event }) => log.push(event),
    waitSeconds: 2,
    readTimeoutSeconds: 10,
    retrySeconds: 5,
  });
});

/** Asks as a request of its own: the text, and `waited <s>` where it was waited for. */
async function ask(key: string): Promise<string | undefined> {
  const { answer, waited } = await time.until(shards.read(key, requestContext()));
  return waited === 0 ? answer : `${answer} waited ${waited}`;
}

const readsOf = (key: string) => reads.filter((read) => read.key === key).length;

describe("a shard in memory", () => {
  it("is there at once, and is never read again", async () => {
    texts.set("a", "A");
    expect(shards.get("a")).toBeUndefined();
    expect(await ask("a")).toBe("A");
    mode = "fails";
    await time.pass(86_400);
    expect(shards.get("a")).toBe("A");
    expect(await ask("a")).toBe("A");
    expect(reads).toHaveLength(1);
  });
});

describe("a shard that is read", () => {
  it("is read once for all who ask meanwhile, and in the background", async () => {
    mode = "hangs";
    const background: Promise<void>[] = [];
    const asked = Array.from({ length: 100 }, () =>
      shards.read(
        "a",
        requestContext((done) => background.push(done)),
      ),
    );
    await settle();
    expect(readsOf("a")).toBe(1);
    expect(background).toHaveLength(1);
    reads[0]?.answer("A");
    expect((await time.until(Promise.all(asked))).answer).toEqual(Array(100).fill("A"));
  });

  it("is waited for at most 2 s, and used once it is there", async () => {
    mode = "hangs";
    expect(await ask("a")).toBe("undefined waited 2");
    expect(await ask("a")).toBeUndefined();
    reads[0]?.answer("A");
    await settle();
    expect(await ask("a")).toBe("A");
    expect(log).toEqual(["list-shards-failing", "list-shards-recovered"]);
  });

  it("is waited for at most 2 s by the clock that sleepers go by, though the clock be set back meanwhile", async () => {
    mode = "hangs";
    const asked = shards.read("a", requestContext());
    await time.pass(1);
    time.clock -= 3_600_000;
    expect(await time.until(asked)).toEqual({ answer: undefined, waited: 1 });
  });

  it("no longer counts as under way after 10 s; what overtook it is not forgotten when it ends", async () => {
    mode = "hangs";
    await ask("a");
    for (let second = 2; second < 10; second++) {
      await time.pass(0.999);
      await ask("a");
    }
    expect(readsOf("a")).toBe(1);
    await time.pass(5);
    await ask("a");
    expect(readsOf("a")).toBe(2);
    reads[0]?.fail();
    await settle();
    await time.pass(5);
    await ask("a");
    expect(readsOf("a")).toBe(2);
    reads[1]?.answer("A");
    await settle();
    expect(await ask("a")).toBe("A");
  });

  it("no longer counts as under way after the clock was set back", async () => {
    mode = "hangs";
    await ask("a");
    time.clock -= 3_600_000;
    await ask("a");
    expect(readsOf("a")).toBe(2);
  });
});

describe("after a read that failed or took too long", () => {
  it.each(["fails", "hangs"] as const)(
    "because KV %s, no request waits again, and the log says it once",
    async (how) => {
      mode = how;
      await ask("a");
      for (let second = 0; second < 100; second++) {
        await time.pass(1);
        expect(await ask("a")).toBeUndefined();
      }
      expect(log).toEqual(["list-shards-failing"]);
      texts.set("a", "A");
      mode = "answers";
      await time.pass(10);
      await ask("a");
      expect(await ask("a")).toBe("A");
      expect(log).toEqual(["list-shards-failing", "list-shards-recovered"]);
    },
  );

  it("the next one begins 5 s later, not before", async () => {
    mode = "fails";
    await ask("a");
    await time.pass(4.999);
    await ask("a");
    expect(readsOf("a")).toBe(1);
    await time.pass(0.001);
    await ask("a");
    expect(readsOf("a")).toBe(2);
  });

  it("a clock that was set back does not put the next one off", async () => {
    mode = "fails";
    await ask("a");
    time.clock -= 3_600_000;
    await ask("a");
    expect(readsOf("a")).toBe(2);
  });

  it("another shard is waited for as ever, but not by a request that has waited in vain", async () => {
    mode = "hangs";
    const context = requestContext();
    expect((await time.until(shards.read("a", context))).waited).toBe(2);
    expect((await time.until(shards.read("b", context))).waited).toBe(0);
    expect(await ask("c")).toBe("undefined waited 2");
    expect(readsOf("b")).toBe(1);
  });

  it("one that answers ends it: a shard that was evicted meanwhile is waited for again", async () => {
    await ask("a");
    for (const key of ["a", "b"]) texts.set(key, key.repeat(20 * MIB));
    await time.pass(5);
    await ask("a");
    await ask("b");
    expect(shards.get("a")).toBeUndefined();
    mode = "hangs";
    expect(await ask("a")).toBe("undefined waited 2");
  });

  it("a shard that KV does not have is a failed read", async () => {
    expect(await ask("a")).toBeUndefined();
    texts.set("a", "A");
    await time.pass(5);
    await ask("a");
    expect(await ask("a")).toBe("A");
  });
});

describe("a flood", () => {
  it("of origins all over the list never has more than 32 reads at once, nor two of one shard", async () => {
    mode = "hangs";
    const asked = Array.from({ length: 1000 }, (_, i) => shards.read(`s${i % 100}`, requestContext()));
    await settle();
    expect(reads).toHaveLength(32);
    for (let i = 0; i < 100; i++) {
      reads[i]?.answer(`text ${reads[i]?.key}`);
      await settle();
    }
    const { answer, waited } = await time.until(Promise.all(asked));
    expect(waited).toBe(0);
    expect(answer).toEqual(asked.map((_, i) => `text s${i % 100}`));
    expect(mostUnderWay).toBe(32);
    expect(new Set(reads.map(({ key }) => key)).size).toBe(100);
    expect(reads).toHaveLength(100);
  });

  it("while KV hangs keeps nobody waiting for longer than 2 s, and ends with it", async () => {
    mode = "hangs";
    const asked = Array.from({ length: 100 }, (_, i) => shards.read(`s${i}`, requestContext()));
    expect((await time.until(Promise.all(asked))).waited).toBe(2);
    expect(reads).toHaveLength(32);
    mode = "answers";
    texts.set("s99", "S");
    await time.pass(10);
    await ask("s99");
    expect(await ask("s99")).toBe("S");
  });

  it("of failing shards is forgotten but for the last thousand", async () => {
    mode = "fails";
    for (let i = 0; i < 1001; i++) await ask(`s${i}`);
    await ask("s1000");
    expect(readsOf("s1000")).toBe(1);
    await ask("s0");
    expect(readsOf("s0")).toBe(2);
  });
});

describe("the memory for shards", () => {
  it("is 32 MiB: the least recently used goes", async () => {
    const keys = ["a", "b", "c", "d"];
    for (const key of [...keys, "e"]) texts.set(key, key.repeat(8 * MIB));
    for (const key of keys) await ask(key);
    expect(shards.get("a")).toBeDefined();
    await ask("e");
    expect([...keys, "e"].filter((key) => shards.get(key) !== undefined)).toEqual(["a", "c", "d", "e"]);
  });

  it("counts a shard once, though two reads brought it", async () => {
    mode = "hangs";
    await ask("a");
    await time.pass(10);
    await ask("a");
    for (const { answer } of reads) answer("a".repeat(20 * MIB));
    await settle();
    mode = "answers";
    texts.set("b", "b".repeat(12 * MIB));
    await ask("b");
    expect(shards.get("a")).toBeDefined();
    expect(shards.get("b")).toBeDefined();
  });
});
