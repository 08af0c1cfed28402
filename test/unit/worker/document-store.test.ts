/** Section 5 of the design, sentence by sentence, on a clock that only the test moves. */

import { beforeEach, describe, expect, it } from "vitest";
import { FakeDataCentre, type FakeIsolate, requestContext } from "../../support/fake-data-centre.ts";

let centre: FakeDataCentre;
let isolate: FakeIsolate;

beforeEach(() => {
  centre = new FakeDataCentre();
  isolate = centre.isolate();
  centre.kv.values.set("a", "v1");
});

/** An isolate that has read "a" just now. */
async function warmUp(): Promise<void> {
  expect(await isolate.ask("a")).toBe("v1");
  expect(centre.kv.reads).toHaveLength(1);
}

/** Seconds after now at which reads begin, while one request comes every second. */
async function readTimes(seconds: number): Promise<number[]> {
  const times: number[] = [];
  const before = centre.kv.reads.length;
  for (let second = 1; second <= seconds; second++) {
    await centre.time.pass(1);
    const known = centre.kv.reads.length;
    expect(await isolate.ask("a")).not.toContain("waited");
    if (centre.kv.reads.length > known) times.push(second);
  }
  expect(centre.kv.reads.length - before).toBe(times.length);
  return times;
}

describe("a document read less than 15 s ago", () => {
  it("is used at once, without a promise and without a read", async () => {
    await warmUp();
    centre.kv.values.set("a", "v2");
    await centre.time.pass(14.999);
    expect(isolate.lookup("a")).toMatchObject({ kind: "found", value: "v1" });
    expect(centre.kv.reads).toHaveLength(1);
  });
});

describe("a document read 15 to 60 s ago", () => {
  it("is used at once, while one read in the background refreshes it for everybody", async () => {
    await warmUp();
    centre.kv.values.set("a", "v2");
    centre.kv.mode = "hangs";
    await centre.time.pass(15);
    const background = isolate.background.length;
    for (let i = 0; i < 100; i++) expect(isolate.lookup("a")).toMatchObject({ value: "v1", staleSeconds: 0 });
    expect(centre.kv.reads).toHaveLength(2);
    expect(isolate.background.length - background).toBe(1);
    await centre.kv.last.answer();
    expect(isolate.lookup("a")).toMatchObject({ value: "v2" });
    expect(centre.kv.reads).toHaveLength(2);
  });

  it("is used without a word of its age until the very end", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    await centre.time.pass(59.999);
    expect(isolate.lookup("a")).toMatchObject({ value: "v1", staleSeconds: 0 });
  });

  it("keeps its read alive beyond the response, until what was read is in the cache", async () => {
    await warmUp();
    await centre.time.pass(15);
    centre.kv.values.set("a", "v2");
    isolate.background.length = 0;
    isolate.lookup("a");
    await Promise.all(isolate.background);
    await Promise.all(isolate.background);
    expect(await centre.cache.textOf("a")).toBe("v2");
  });
});

describe("a read under way", () => {
  it("is not joined by a second one for 10 s, and no longer counts after that", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    await centre.time.pass(15);
    isolate.lookup("a");
    await centre.time.pass(9.999);
    isolate.lookup("a");
    expect(centre.kv.reads).toHaveLength(2);
    await centre.time.pass(5.001);
    isolate.lookup("a");
    await centre.time.pass(5);
    isolate.lookup("a");
    expect(centre.kv.reads).toHaveLength(3);
  });

  it("that hangs counts as failed after 10 s, though nobody waited for it", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    await centre.time.pass(15);
    isolate.lookup("a");
    await centre.time.pass(10);
    isolate.lookup("a");
    expect(centre.log).toEqual(["kv-failing a"]);
    await centre.time.pass(60);
    expect(await isolate.ask("a")).toBe("v1~85");
  });

  it("that hung while nobody asked does not put the next one off", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    await centre.time.pass(15);
    isolate.lookup("a");
    centre.kv.mode = "answers";
    centre.kv.values.set("a", "v2");
    await centre.time.pass(15);
    expect(await isolate.ask("a")).toBe("v1");
    expect(await isolate.ask("a")).toBe("v2");
  });

  it("is waited for by many at once, each with a timer of its own", async () => {
    centre.kv.mode = "hangs";
    const first = isolate.lookup("a");
    await centre.time.pass(1.5);
    const second = isolate.lookup("a");
    expect(centre.kv.reads).toHaveLength(1);
    expect(await centre.time.until(first)).toEqual({ answer: { kind: "unknown" }, waited: 0.5 });
    await centre.kv.last.answer();
    expect((await centre.time.until(second)).answer).toMatchObject({ value: "v1" });
  });
});

describe("a document read more than 60 s ago", () => {
  it("is not used before a read has answered", async () => {
    await warmUp();
    centre.kv.values.set("a", "v2");
    await centre.time.pass(60);
    expect(await isolate.ask("a")).toBe("v2");
  });

  it("is used after a second's wait where the read is slow, and what the read brings later holds from then on", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    centre.kv.values.set("a", "v2");
    await centre.time.pass(60);
    expect(await isolate.ask("a")).toBe("v1~61 waited 1");
    await centre.kv.last.answer();
    expect(await isolate.ask("a")).toBe("v2");
  });

  it("is used at once where the read fails at once", async () => {
    await warmUp();
    centre.kv.mode = "fails";
    await centre.time.pass(3600);
    expect(await isolate.ask("a")).toBe("v1~3600");
  });
});

describe("after a read that failed or took too long", () => {
  it.each(["fails", "hangs"] as const)("because KV %s, no request waits again", async (mode) => {
    await warmUp();
    centre.kv.mode = mode;
    await centre.time.pass(61);
    await isolate.ask("a");
    await readTimes(300);
  });

  it("the next ones begin 5, 10, 20, 40, 60, 60 s later", async () => {
    await warmUp();
    centre.kv.mode = "fails";
    await centre.time.pass(15);
    await isolate.ask("a");
    expect(await readTimes(255)).toEqual([5, 15, 35, 75, 135, 195, 255]);
  });

  it("a hundred requests that waited for it are one failure, not a hundred", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    await centre.time.pass(60);
    const waiting = Array.from({ length: 100 }, () => isolate.lookup("a"));
    await centre.time.until(Promise.all(waiting));
    await centre.kv.last.fail();
    centre.kv.mode = "fails";
    expect(await readTimes(15)).toEqual([5, 15]);
  });

  it("one that answers ends it: the next old document is waited for again", async () => {
    await warmUp();
    centre.kv.mode = "fails";
    await centre.time.pass(60);
    await isolate.ask("a");
    centre.kv.mode = "answers";
    await centre.time.pass(5);
    expect(await isolate.ask("a")).toBe("v1~65");
    expect(await isolate.ask("a")).toBe("v1");
    centre.kv.mode = "hangs";
    await centre.time.pass(60);
    expect(await isolate.ask("a")).toBe("v1~61 waited 1");
  });

  it("the log says once when it began, and once when it ended", async () => {
    await warmUp();
    centre.kv.mode = "fails";
    await centre.time.pass(15);
    await readTimes(300);
    centre.kv.mode = "answers";
    await readTimes(120);
    expect(centre.log).toEqual(["kv-failing a", "kv-recovered a"]);
  });

  it("one hostname's failure makes nobody wait less for another's", async () => {
    centre.kv.mode = "hangs";
    expect(await isolate.ask("b")).toBe("unknown waited 2");
    expect(await isolate.ask("a")).toBe("unknown waited 2");
  });
});

describe("KV that is down for an hour", () => {
  it.each(["fails", "hangs"] as const)(
    "(it %s) is waited for once, read about once a minute, and logged twice",
    async (how) => {
      await warmUp();
      centre.kv.mode = how;
      let waits = 0;
      for (let second = 1; second <= 3600; second++) {
        await centre.time.pass(1);
        const { answer, waited } = await centre.time.until(isolate.lookup("a"));
        if (waited > 0) waits++;
        expect(answer).toMatchObject({ kind: "found", value: "v1" });
      }
      expect(waits).toBe(0);
      expect(centre.kv.reads.length).toBeLessThan(70);
      centre.kv.mode = "answers";
      centre.kv.values.set("a", "v2");
      await readTimes(70);
      expect(await isolate.ask("a")).toBe("v2");
      expect(centre.log).toEqual(["kv-failing a", "kv-recovered a"]);
    },
  );
});

describe("a request", () => {
  it("that has waited for KV in vain does not wait for it again, though it asks for something else", async () => {
    centre.kv.mode = "hangs";
    const context = requestContext();
    expect((await centre.time.until(isolate.store.lookup(["a"], context))).waited).toBe(2);
    expect((await centre.time.until(isolate.store.lookup(["list/x"], context))).waited).toBe(0);
    expect((await centre.time.until(isolate.store.lookup(["list/y"], requestContext()))).waited).toBe(2);
  });

  it("does not, though KV has answered something else meanwhile", async () => {
    centre.kv.mode = "hangs";
    const context = requestContext();
    expect((await centre.time.until(isolate.store.lookup(["a"], context))).waited).toBe(2);
    centre.kv.mode = "answers";
    expect((await centre.time.until(isolate.store.lookup(["list/x"], context))).waited).toBe(0);
    centre.kv.mode = "hangs";
    expect((await centre.time.until(isolate.store.lookup(["list/y"], context))).waited).toBe(0);
  });
});

describe("a document that is not usable", () => {
  it("never replaces one that was; its end in KV does", async () => {
    await warmUp();
    for (const text of ["bad 1", "bad 2"]) {
      centre.kv.values.set("a", text);
      await centre.time.pass(15);
      await isolate.ask("a");
      expect(await isolate.ask("a")).toBe("v1");
    }
    centre.kv.values.delete("a");
    await centre.time.pass(15);
    await isolate.ask("a");
    expect(await isolate.ask("a")).toBe("none");
  });

  it("is reported once, and once more when a usable one has come", async () => {
    await warmUp();
    for (const text of ["bad", "bad", "v2", "v2"]) {
      centre.kv.values.set("a", text);
      await centre.time.pass(15);
      await isolate.ask("a");
    }
    expect(await isolate.ask("a")).toBe("v2");
    expect(centre.log).toEqual(["document-unusable a", "document-usable-again a"]);
  });

  it("never replaces the last good one in the cache, which cold isolates take", async () => {
    await warmUp();
    centre.kv.values.set("a", "bad");
    await centre.time.pass(15);
    await isolate.ask("a");
    const cold = centre.isolate();
    expect(await cold.ask("a")).toBe("v1");
    centre.kv.mode = "fails";
    expect(await centre.isolate().ask("a")).toBe("v1");
  });

  it("grants nothing where no usable one is known", async () => {
    centre.kv.values.set("a", "bad");
    expect(await isolate.ask("a")).toBe("unusable");
    centre.kv.values.set("a", "v2");
    await centre.time.pass(15);
    await isolate.ask("a");
    expect(await isolate.ask("a")).toBe("v2");
  });
});

describe("a cold isolate", () => {
  it("waits for its first read at most 2 s", async () => {
    centre.kv.mode = "hangs";
    expect(await isolate.ask("a")).toBe("unknown waited 2");
    expect(await isolate.ask("a")).toBe("unknown");
  });

  it("uses what the read brings in that time, and also what it brings later", async () => {
    centre.kv.mode = "hangs";
    const first = isolate.lookup("a");
    await centre.time.pass(1.9);
    await centre.kv.last.answer();
    expect((await centre.time.until(first)).answer).toMatchObject({ value: "v1" });
    const other = isolate.lookup("b");
    expect((await centre.time.until(other)).answer).toEqual({ kind: "unknown" });
    await centre.kv.last.answer({ b: "late" });
    expect(await isolate.ask("b")).toBe("late");
  });

  it.each(["fails", "hangs"] as const)("takes the data centre's last good document where KV %s", async (mode) => {
    await warmUp();
    centre.kv.mode = mode;
    await centre.time.pass(30);
    const wait = mode === "hangs" ? " waited 2" : "";
    expect(await centre.isolate().ask("a")).toBe(`v1${wait}`);
    await centre.time.pass(3600);
    expect(await centre.isolate().ask("a")).toMatch(/^v1~36\d\d( waited 2)?$/);
  });

  it("takes one up to 24 h old, and no older", async () => {
    await warmUp();
    centre.kv.mode = "fails";
    await centre.time.pass(86_399);
    expect(await centre.isolate().ask("a")).toBe("v1~86399");
    await centre.time.pass(1);
    expect(await centre.isolate().ask("a")).toBe("unknown");
  });

  it("goes on reading KV in the background, and then goes by that", async () => {
    await warmUp();
    centre.kv.values.set("a", "v2");
    centre.kv.mode = "fails";
    isolate = centre.isolate();
    await centre.time.pass(100);
    expect(await isolate.ask("a")).toBe("v1~100");
    expect(await readTimes(14)).toEqual([5]);
    centre.kv.mode = "answers";
    await centre.time.pass(1);
    await isolate.ask("a");
    expect(await isolate.ask("a")).toBe("v2");
  });

  it("has nothing where the cache has nothing, and fails where the cache fails, with a line in the log", async () => {
    centre.kv.mode = "fails";
    expect(await isolate.ask("a")).toBe("unknown");
    centre.cache.mode = "fails";
    const other = centre.isolate();
    expect(await other.ask("a")).toBe("unknown");
    expect(await other.ask("b")).toBe("unknown");
    expect(centre.log).toEqual(["kv-failing a", "kv-failing a", "cache-failing"]);
  });

  it("waits for a cache that hangs once, 1 s, and keeps the asking alive", async () => {
    centre.kv.mode = "fails";
    centre.cache.mode = "hangs";
    expect(await isolate.ask("a")).toBe("unknown waited 1");
    expect(isolate.background).toHaveLength(2);
    for (let i = 0; i < 3; i++) expect(await isolate.ask("a")).toBe("unknown");
  });

  it("does not take what KV has said is gone", async () => {
    await warmUp();
    centre.kv.values.delete("a");
    await centre.time.pass(15);
    await isolate.ask("a");
    centre.kv.mode = "fails";
    expect(await centre.isolate().ask("a")).toBe("unknown");
  });

  it("prefers what KV says while the cache is asked", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    const cold = centre.isolate();
    const asked = cold.lookup("a");
    await centre.time.pass(1.9);
    centre.kv.values.set("a", "v2");
    const read = centre.kv.last;
    await centre.time.pass(0.1);
    await read.answer();
    await centre.time.until(asked);
    expect(await cold.ask("a")).toBe("v2");
  });
});

describe.each(["fails", "loses"] as const)("a data centre's cache that %s what KV has newly said", (how) => {
  /** Has KV asked again, and what it says brought into the cache. */
  async function readAgain(...keys: string[]): Promise<void> {
    await centre.time.pass(15);
    await isolate.ask(...keys);
    await centre.time.pass(0);
  }

  it("is told with the next answer: what was replaced does not come back", async () => {
    await warmUp();
    await readAgain("a");
    centre.cache.mode = how;
    centre.kv.values.set("a", "v2");
    await readAgain("a");
    centre.cache.mode = "answers";
    await readAgain("a");
    centre.kv.mode = "fails";
    expect(await centre.isolate().ask("a")).toBe("v2");
  });

  it("is told with the next answer: nor does what was deleted", async () => {
    await warmUp();
    await readAgain("a");
    centre.cache.mode = how;
    centre.kv.values.delete("a");
    await readAgain("a");
    centre.cache.mode = "answers";
    await readAgain("a");
    centre.kv.mode = "fails";
    expect(await centre.isolate().ask("a")).toBe("unknown");
    expect(centre.cache.keys).not.toContain("a");
  });

  it("is told with the next answer for another hostname that the change concerns", async () => {
    centre.kv.values.set("*", "w1");
    for (const hostname of ["h", "i"]) await isolate.ask(hostname, "*");
    centre.cache.mode = how;
    centre.kv.values.set("*", "w2");
    await readAgain("h", "*");
    centre.cache.mode = "answers";
    await readAgain("i", "*");
    centre.kv.mode = "fails";
    expect(await centre.isolate().ask("h", "*")).toBe("w2");
  });
});

describe('"no such key"', () => {
  it("is believed for 10 s without a read", async () => {
    expect(await isolate.ask("b")).toBe("none");
    await centre.time.pass(9.999);
    expect(isolate.lookup("b")).toEqual({ kind: "none" });
    expect(centre.kv.reads).toHaveLength(1);
  });

  it("is believed from 10 to 60 s while it is read again", async () => {
    await isolate.ask("b");
    centre.kv.values.set("b", "v1");
    await centre.time.pass(10);
    expect(await isolate.ask("b")).toBe("none");
    expect(await isolate.ask("b")).toBe("v1");
  });

  it("is believed for 60 s at most, whatever KV does", async () => {
    await isolate.ask("b");
    centre.kv.mode = "fails";
    await centre.time.pass(59.999);
    expect(await isolate.ask("b")).toBe("none");
    await centre.time.pass(0.001);
    expect(await isolate.ask("b")).toBe("unknown");
    centre.kv.mode = "answers";
    await centre.time.pass(60);
    await isolate.ask("b");
    expect(await isolate.ask("b")).toBe("none");
  });

  it("is waited for 1 s where it is older than that", async () => {
    await isolate.ask("b");
    centre.kv.mode = "hangs";
    await centre.time.pass(60);
    expect(await isolate.ask("b")).toBe("unknown waited 1");
  });
});

describe("answers in any order", () => {
  it("an answer to an earlier question never replaces a later one's", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    await centre.time.pass(15);
    isolate.lookup("a");
    const early = centre.kv.last;
    await centre.time.pass(10);
    isolate.lookup("a");
    await centre.time.pass(5);
    isolate.lookup("a");
    const late = centre.kv.last;
    expect(late).not.toBe(early);
    await late.answer({ a: "v3@3" });
    await early.answer({ a: "v2@2" });
    expect(await isolate.ask("a")).toBe("v3@3");
    expect(await centre.cache.textOf("a")).toBe("v3");
  });

  it("nor does its failure count, nor its end let a second read begin", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    await centre.time.pass(15);
    isolate.lookup("a");
    const early = centre.kv.last;
    await centre.time.pass(10);
    isolate.lookup("a");
    await centre.time.pass(5);
    isolate.lookup("a");
    expect(centre.kv.reads).toHaveLength(3);
    await early.fail();
    isolate.lookup("a");
    await centre.kv.last.answer({ a: "v2" });
    expect(await isolate.ask("a")).toBe("v2");
    expect(centre.kv.reads).toHaveLength(3);
  });

  it("nor does its failure stand for the later one's, from which the next delay counts", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    await centre.time.pass(15);
    isolate.lookup("a");
    const early = centre.kv.last;
    await centre.time.pass(15);
    isolate.lookup("a");
    const late = centre.kv.last;
    await early.fail();
    await centre.time.pass(3);
    await late.fail();
    await centre.time.pass(9.999);
    await isolate.ask("a");
    expect(centre.kv.last).toBe(late);
    await centre.time.pass(0.001);
    await isolate.ask("a");
    expect(centre.kv.last).not.toBe(late);
  });

  it("versions hold as KV gives them, older after newer too: that is a roll-back", async () => {
    for (const text of ["v2@2", "v1@1", "v3@3"]) {
      centre.kv.values.set("a", text);
      await centre.time.pass(15);
      await isolate.ask("a");
      expect(await isolate.ask("a")).toBe(text);
    }
  });

  it("a slow answer about one hostname does not put an old wildcard over the newer one in the cache", async () => {
    centre.kv.mode = "hangs";
    isolate.lookup("h1", "*");
    const slow = centre.kv.last;
    await centre.time.pass(1);
    isolate.lookup("h2", "*");
    await centre.kv.last.answer({ "*": "new" });
    await slow.answer({ "*": "old" });
    expect(await isolate.ask("h1", "*")).toBe("new");
    centre.kv.mode = "fails";
    expect(await centre.isolate().ask("h1", "*")).toBe("new");
  });
});

describe("a clock that jumps", () => {
  it("forwards makes a document old: it is read again, and waited for", async () => {
    await warmUp();
    centre.kv.values.set("a", "v2");
    centre.time.clock += 3_600_000;
    expect(await isolate.ask("a")).toBe("v2");
  });

  it("backwards makes a document read again, and never fresh for hours", async () => {
    await warmUp();
    centre.kv.values.set("a", "v2");
    centre.time.clock -= 3_600_000;
    expect(await isolate.ask("a")).toBe("v2");
    await centre.time.pass(14);
    expect(centre.kv.reads).toHaveLength(2);
    centre.kv.values.set("a", "v3");
    await centre.time.pass(1);
    await isolate.ask("a");
    expect(await isolate.ask("a")).toBe("v3");
  });

  it("backwards while KV is down waits once and serves the old document, with no age", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    centre.time.clock -= 3_600_000;
    expect(await isolate.ask("a")).toBe("v1 waited 1");
    expect(await isolate.ask("a")).toBe("v1");
  });

  it("backwards does not put the next attempt off for longer than a minute", async () => {
    await warmUp();
    centre.kv.mode = "fails";
    await centre.time.pass(61);
    await isolate.ask("a");
    const { length } = centre.kv.reads;
    centre.time.clock -= 3_600_000;
    await isolate.ask("a");
    expect(centre.kv.reads.length).toBe(length + 1);
  });

  it("backwards does not let a read under way count for longer than it should", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    await centre.time.pass(15);
    isolate.lookup("a");
    centre.time.clock -= 3_600_000;
    isolate.lookup("a");
    expect(centre.kv.reads).toHaveLength(3);
  });
});

describe("hostnames and wildcards", () => {
  it("the closest key wins, and nothing is merged", async () => {
    centre.kv.values.set("h", "own").set("*.x", "near").set("*", "far");
    expect(await isolate.ask("h", "*.x", "*")).toBe("own");
    expect(await isolate.ask("i", "*.x", "*")).toBe("near");
    expect(await isolate.ask("i", "*.y", "*")).toBe("far");
    expect(centre.kv.reads.map(({ keys }) => keys)).toEqual([
      ["h", "*.x", "*"],
      ["i", "*.x", "*"],
      ["i", "*.y", "*"],
    ]);
  });

  it("two hostnames under one wildcard are read apart: neither's reads stand for the other's", async () => {
    centre.kv.values.set("*", "w1");
    expect(await isolate.ask("h", "*")).toBe("w1");
    await centre.time.pass(15);
    centre.kv.values.set("*", "w2").set("h", "own");
    expect(await isolate.ask("i", "*")).toBe("w2");
    expect(await isolate.ask("h", "*")).toBe("w2");
    expect(await isolate.ask("h", "*")).toBe("own");
  });

  it("a wildcard in memory says nothing of a hostname that KV was not asked about", async () => {
    centre.kv.values.set("*", "w1");
    await isolate.ask("h", "*");
    centre.kv.mode = "fails";
    expect(await isolate.ask("i", "*")).toBe("unknown");
  });

  it("an unusable document does not fall back to the wildcard", async () => {
    centre.kv.values.set("h", "bad").set("*", "w1");
    expect(await isolate.ask("h", "*")).toBe("unusable");
    expect(await isolate.ask("h", "*")).toBe("unusable");
  });

  it("an unusable wildcard does not fall back to a wider one, in a cold isolate neither", async () => {
    centre.kv.values.set("*.x", "bad").set("*", "wide");
    expect(await isolate.ask("h", "*.x", "*")).toBe("unusable");
    expect(await centre.isolate().ask("h", "*.x", "*")).toBe("unusable");
  });

  it("a document of its own takes over from the wildcard, and its end gives back to it", async () => {
    centre.kv.values.set("*", "w1");
    for (const [own, expected] of [
      ["own", "own"],
      [undefined, "w1"],
    ] as const) {
      if (own === undefined) centre.kv.values.delete("h");
      else centre.kv.values.set("h", own);
      await centre.time.pass(15);
      await isolate.ask("h", "*");
      expect(await isolate.ask("h", "*")).toBe(expected);
    }
  });

  it("the last good one of a wildcard stands in for the hostnames that it served", async () => {
    centre.kv.values.set("*", "w1");
    await isolate.ask("h", "*");
    centre.kv.mode = "fails";
    expect(await centre.isolate().ask("h", "*")).toBe("w1");
  });

  it("and says nothing of wider ones", async () => {
    centre.kv.values.set("*.x", "near").set("*", "far");
    await isolate.ask("h", "*.x", "*");
    centre.kv.mode = "fails";
    const cold = centre.isolate();
    expect(await cold.ask("h", "*.x", "*")).toBe("near");
    expect(await cold.ask("*")).toBe("unknown");
  });

  it("but not for one whose own document may exist", async () => {
    centre.kv.values.set("*", "w1");
    await isolate.ask("h", "*");
    centre.kv.mode = "fails";
    expect(await centre.isolate().ask("i", "*")).toBe("unknown");
  });

  it("nor for one that has got a document of its own since", async () => {
    centre.kv.values.set("*", "w1");
    await isolate.ask("h", "*");
    centre.kv.values.set("h", "own");
    await centre.time.pass(15);
    await isolate.ask("h", "*");
    centre.kv.mode = "fails";
    expect(await centre.isolate().ask("h", "*")).toBe("own");
  });

  it("nor for one that has got an unusable document of its own since", async () => {
    centre.kv.values.set("*", "w1");
    await isolate.ask("h", "*");
    centre.kv.values.set("h", "bad");
    await centre.time.pass(15);
    await isolate.ask("h", "*");
    expect(await isolate.ask("h", "*")).toBe("unusable");
    centre.kv.mode = "fails";
    expect(await centre.isolate().ask("h", "*")).toBe("unknown");
  });

  it("a wildcard that is gone takes its last good one along", async () => {
    centre.kv.values.set("*", "w1");
    await isolate.ask("h", "*");
    centre.kv.values.delete("*");
    await centre.time.pass(15);
    await isolate.ask("h", "*");
    expect(await isolate.ask("h", "*")).toBe("none");
    centre.kv.mode = "fails";
    expect(await centre.isolate().ask("h", "*")).toBe("unknown");
  });
});

describe("a flood of made-up hostnames", () => {
  it("evicts no document", async () => {
    centre.kv.values.set("*", "w1");
    await warmUp();
    centre.cache.mode = "fails";
    for (let i = 0; i < 10_100; i++) isolate.lookup(`made-up-${i}`, "*");
    await centre.time.pass(0);
    await Promise.all(isolate.background);
    expect(isolate.lookup("a")).toMatchObject({ value: "v1" });
    expect(isolate.lookup("made-up-10099", "*")).toMatchObject({ value: "w1" });
    expect(isolate.lookup("made-up-0", "*")).toBeInstanceOf(Promise);
  });

  it("leaves a hostname in use its wildcard, which goes on when KV goes down next", async () => {
    centre.kv.values.set("*", "w1");
    centre.cache.mode = "fails";
    expect(await isolate.ask("h", "*")).toBe("w1");
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 4000; i++) isolate.lookup(`made-up-${round}-${i}`, "*");
      await centre.time.pass(0);
      expect(await isolate.ask("h", "*")).toBe("w1");
    }
    expect(centre.kv.reads.filter(({ keys }) => keys[0] === "h")).toHaveLength(1);
    centre.kv.mode = "fails";
    await centre.time.pass(3600);
    expect(await isolate.ask("h", "*")).toBe("w1~3600");
  });

  it("while KV is down does not make a hostname in use wait again", async () => {
    await warmUp();
    centre.kv.mode = "hangs";
    await centre.time.pass(61);
    await isolate.ask("a");
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 300; i++) isolate.lookup(`made-up-${round}-${i}`);
      await centre.time.pass(10);
      expect(await isolate.ask("a")).toMatch(/^v1~\d+$/);
    }
  });
});
