import { describe, expect, it } from "vitest";
import { KEPT_VERSIONS, PublishError, publishPolicy } from "../../../src/cli/publish-policy.ts";
import { hashOf, readCurrentPolicy, readHistory } from "../../../src/cli/published-policy.ts";
import { createMemoryKv, cutConnection, type MemoryKv, refusal } from "../../support/memory-kv.ts";

const HOST = "api.example.com";
const KEY = `policy/${HOST}`;
const NOW = new Date("2026-11-22T10:00:00.000Z");

/** Pushes a text over whatever is in force. */
async function push(kv: MemoryKv, text: string) {
  const shown = await readCurrentPolicy(kv, HOST);
  return await publishPolicy(kv, { hostname: HOST, text, shown }, NOW);
}

/** KV with two versions pushed. */
async function twoVersions(): Promise<MemoryKv> {
  const kv = createMemoryKv();
  await push(kv, "first");
  await push(kv, "second");
  kv.steps.length = 0;
  return kv;
}

/** The texts in the history by their numbers. */
function history(kv: MemoryKv): Record<string, string> {
  const kept = [...kv.entries].filter(([key]) => key.startsWith("history/"));
  return Object.fromEntries(kept.map(([key, { value }]) => [key.split("/")[2] ?? "", value]));
}

async function failureOf(push: Promise<unknown>): Promise<PublishError> {
  return await push.then(
    () => expect.unreachable("it was pushed"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(PublishError);
      return error as PublishError;
    },
  );
}

describe("publishPolicy", () => {
  it("writes the text, its version, hash and time, first into the history", async () => {
    const kv = createMemoryKv();
    expect(await push(kv, "first")).toEqual({ version: 1, warnings: [] });
    const metadata = { version: 1, hash: hashOf("first"), time: NOW.toISOString() };
    expect([...kv.entries]).toEqual([
      [`history/${HOST}/1`, { value: "first", metadata: { ...metadata, size: 5 } }],
      [KEY, { value: "first", metadata }],
    ]);
  });

  it("counts on, and says which version was replaced", async () => {
    const kv = await twoVersions();
    expect(history(kv)).toEqual({ 1: "first", 2: "second" });
    expect(kv.entries.get(KEY)?.metadata).toMatchObject({ version: 2 });
    expect(kv.entries.get(`history/${HOST}/2`)?.metadata).toMatchObject({ version: 2, replaces: 1 });
  });

  it("counts on from the history where that is ahead, and where the document is gone", async () => {
    const kv = await twoVersions();
    kv.entries.set(`history/${HOST}/7`, { value: "never in force", metadata: null });
    kv.entries.delete(KEY);
    expect(await push(kv, "third")).toMatchObject({ version: 8 });
  });

  it("counts on from the metadata where the history is gone", async () => {
    const kv = createMemoryKv();
    kv.entries.set(KEY, { value: "old", metadata: { version: 7 } });
    expect(await push(kv, "new")).toMatchObject({ version: 8 });
    expect(history(kv)).toEqual({ 7: "old", 8: "new" });
  });

  it.each([
    ["without metadata", null],
    ["with the metadata of another text", { version: 2, hash: hashOf("second"), time: NOW.toISOString() }],
    ["with metadata that is none of ours", { version: "2" }],
  ])("keeps a text that was put by hand %s, as a version of its own", async (_, metadata) => {
    const kv = await twoVersions();
    kv.entries.set(KEY, { value: "by hand", metadata });
    expect(await push(kv, "new")).toEqual({ version: 4, warnings: [] });
    expect(history(kv)).toEqual({ 1: "first", 2: "second", 3: "by hand", 4: "new" });
    expect(kv.entries.get(`history/${HOST}/3`)?.metadata).toMatchObject({ version: 3, byHand: true });
    expect(kv.entries.get(`history/${HOST}/4`)?.metadata).toMatchObject({ replaces: 3 });
  });

  it("gives a text that was put by hand a version, and does not keep it twice", async () => {
    const kv = createMemoryKv();
    kv.entries.set(KEY, { value: "text", metadata: null });
    expect(await push(kv, "text")).toEqual({ version: 1, warnings: [] });
    expect(history(kv)).toEqual({ 1: "text" });
    expect(kv.entries.get(KEY)?.metadata).toMatchObject({ version: 1 });
  });

  it("keeps the last fifty versions, in the order of numbers", async () => {
    const kv = createMemoryKv();
    for (let i = 1; i <= KEPT_VERSIONS + 3; i++) await push(kv, `text ${i}`);
    const versions = Object.keys(history(kv)).map(Number);
    expect(versions.length).toBe(50);
    expect(Math.min(...versions)).toBe(4);
    expect(Math.max(...versions)).toBe(53);
  });

  it("touches no other hostname's versions", async () => {
    const kv = createMemoryKv();
    for (let i = 1; i <= 60; i++) kv.entries.set(`history/${HOST}.evil.example/${i}`, { value: "", metadata: null });
    kv.entries.set(`history/${HOST}/notes`, { value: "mine", metadata: null });
    await push(kv, "first");
    expect(kv.entries.size).toBe(63);
  });
});

describe("a push that fails", () => {
  // Steps: the text, the history, what no listing shows yet, the old text by hand, the new text into the history and
  // into force.
  const steps = ["get policy", "list history", "get history", "put history/3", "put history/4", "put policy"];

  it.each(steps.flatMap((step) => [refusal, cutConnection].map((fault) => [step, fault.name, fault] as const)))(
    "at %s (%s) leaves the old document in force and says so",
    async (step, _, fault) => {
      const kv = await twoVersions();
      kv.entries.set(KEY, { value: "by hand", metadata: null });
      const shown = await readCurrentPolicy(kv, HOST);
      const before = structuredClone(kv.entries);
      const [verb, what = ""] = step.split(" ");
      let failures = 0;
      kv.before = ({ verb: done, key }) => {
        const isIt = done === verb && (key.startsWith(`${what}/`) || key === what.replace("/", `/${HOST}/`));
        if (isIt && failures++ === 0) throw fault();
      };
      const error = await failureOf(publishPolicy(kv, { hostname: HOST, text: "new", shown }, NOW));
      expect(failures).toBeGreaterThan(0);
      expect(error.inForce).toBe("old");
      expect(kv.entries.get(KEY)).toEqual(before.get(KEY));
      for (const [key, entry] of before) expect(kv.entries.get(key)).toEqual(entry);
      kv.before = () => undefined;
      expect(await push(kv, "new")).toMatchObject({ warnings: [] });
      expect(kv.entries.get(KEY)?.value).toBe("new");
      expect(Object.values(history(kv))).toContain("by hand");
    },
  );

  it("to get its answer, but was carried out, is a push", async () => {
    const kv = await twoVersions();
    kv.after = ({ verb, key }) => {
      if (verb === "put" && key === KEY) throw cutConnection();
    };
    const { version, warnings } = await push(kv, "new");
    expect(version).toBe(3);
    expect(warnings).toEqual([expect.stringContaining("did arrive")]);
  });

  it("without a word about what is in force, says that nobody knows", async () => {
    const kv = await twoVersions();
    let isDown = false;
    kv.before = ({ verb, key }) => {
      isDown ||= verb === "put" && key === KEY;
      if (isDown) throw cutConnection();
    };
    expect((await failureOf(push(kv, "new"))).inForce).toBe("unknown");
  });

  it("to give a text that was put by hand a version, leaves that text in force", async () => {
    const kv = createMemoryKv();
    kv.entries.set(KEY, { value: "text", metadata: null });
    kv.before = ({ verb, key }) => {
      if (verb === "put" && key === KEY) throw cutConnection();
    };
    expect((await failureOf(push(kv, "text"))).inForce).toBe("old");
  });

  it("to delete what is too old is a push with a warning", async () => {
    const kv = createMemoryKv();
    for (let i = 1; i <= KEPT_VERSIONS; i++) await push(kv, `text ${i}`);
    kv.before = ({ verb }) => {
      if (verb === "delete") throw refusal();
    };
    const { version, warnings } = await push(kv, "new");
    expect(version).toBe(51);
    expect(warnings).toHaveLength(1);
    expect(kv.entries.get(KEY)?.value).toBe("new");
  });
});

describe("two at once", () => {
  it("where the first is done before the second writes, the second is refused", async () => {
    const kv = await twoVersions();
    const shown = await readCurrentPolicy(kv, HOST);
    await push(kv, "theirs");
    const error = await failureOf(publishPolicy(kv, { hostname: HOST, text: "mine", shown }, NOW));
    expect(error.inForce).toBe("other");
    expect(error.message).toContain("memory KV has version 3 for api.example.com, you expected version 2");
    expect(kv.entries.get(KEY)?.value).toBe("theirs");
    expect(history(kv)).toEqual({ 1: "first", 2: "second", 3: "theirs" });
  });

  it.each([
    ["pushed", "another document", (kv: MemoryKv) => push(kv, "theirs")],
    ["deleted", "no document", async (kv: MemoryKv) => void kv.entries.delete(KEY)],
  ])(
    "where the first has %s and KV says no more, the second still knows that it is not what was shown",
    async (...row) => {
      const [, found, beFaster] = row;
      const kv = await twoVersions();
      const shown = await readCurrentPolicy(kv, HOST);
      await beFaster(kv);
      kv.before = ({ verb, key }) => {
        if (verb === "list" && key === KEY) throw refusal();
      };
      const error = await failureOf(publishPolicy(kv, { hostname: HOST, text: "mine", shown }, NOW));
      expect(error.inForce).toBe("other");
      expect(error.message).toContain(
        `memory KV has ${found} for api.example.com, you expected version 2; pull, look, push again`,
      );
    },
  );

  it.each([
    ["a new text", "mine"],
    ["the text that was shown", "by hand"],
  ])("where the second's write of %s gets no answer, it says that the first's is in force", async (_, text) => {
    const kv = await twoVersions();
    kv.entries.set(KEY, { value: "by hand", metadata: null });
    kv.before = ({ verb, key }) => {
      if (verb !== "put" || key !== KEY) return;
      kv.entries.set(KEY, { value: "theirs", metadata: { version: 9 } });
      throw cutConnection();
    };
    const error = await failureOf(push(kv, text));
    expect(error.inForce).toBe("other");
    expect(error.message).toContain(
      "memory KV has version 9 for api.example.com, you expected a document put by hand; pull, look, push again",
    );
  });

  it("where both write the same number, the last is in force and both are in the history", async () => {
    const kv = await twoVersions();
    const shown = await readCurrentPolicy(kv, HOST);
    let isFirst = true;
    kv.after = ({ verb, key }) => {
      if (verb !== "put" || key !== KEY || !isFirst) return;
      isFirst = false;
      const metadata = { version: 3, hash: hashOf("theirs"), time: NOW.toISOString() };
      kv.entries.set(`history/${HOST}/3`, { value: "theirs", metadata });
      kv.entries.set(KEY, { value: "theirs", metadata });
    };
    const { warnings } = await publishPolicy(kv, { hostname: HOST, text: "mine", shown }, NOW);
    expect(warnings).toEqual([expect.stringContaining("in the same moment")]);
    expect(kv.entries.get(KEY)?.value).toBe("theirs");
    expect(history(kv)).toEqual({ 1: "first", 2: "second", 3: "theirs", 4: "mine" });
  });

  it.each([
    ["", "none"],
    [", though no listing shows that number yet", `history/${HOST}/2`],
  ])("where the loser's number was overwritten, the next push keeps what is in force%s", async (_, unlisted) => {
    const kv = await twoVersions();
    const metadata = { version: 2, hash: hashOf("theirs"), time: NOW.toISOString() };
    kv.entries.set(KEY, { value: "theirs", metadata });
    kv.listed = new Map([...kv.entries].filter(([key]) => key !== unlisted));
    await push(kv, "new");
    expect(history(kv)).toEqual({ 1: "first", 2: "second", 3: "theirs", 4: "new" });
  });
});

describe("a listing that is late", () => {
  it("does not make one's own text look like somebody else's", async () => {
    const kv = await twoVersions();
    kv.listed = structuredClone(kv.entries);
    const theirs = { value: "theirs", metadata: { version: 3, hash: hashOf("theirs") } };
    kv.after = ({ verb, key }) => {
      if (verb === "put" && key === KEY) kv.listed = new Map(kv.listed).set(`history/${HOST}/3`, theirs);
    };
    expect(await push(kv, "third")).toEqual({ version: 3, warnings: [] });
    expect(history(kv)).toEqual({ 1: "first", 2: "second", 3: "third" });
  });

  it("does not make a new version take the number of one that never got into force", async () => {
    const kv = await twoVersions();
    kv.listed = structuredClone(kv.entries);
    const orphan = { version: 3, hash: hashOf("never in force") };
    kv.entries.set(`history/${HOST}/3`, { value: "never in force", metadata: orphan });
    expect(await push(kv, "third")).toEqual({ version: 4, warnings: [] });
    expect(history(kv)).toEqual({ 1: "first", 2: "second", 3: "never in force", 4: "third" });
  });

  it("does not make a new version take an old one's number", async () => {
    const kv = await twoVersions();
    kv.listed = structuredClone(kv.entries);
    expect(await push(kv, "third")).toEqual({ version: 3, warnings: [] });
    expect(await push(kv, "fourth")).toEqual({ version: 4, warnings: [] });
    expect(await push(kv, "fifth")).toEqual({ version: 5, warnings: [] });
    kv.listed = undefined;
    expect(history(kv)).toEqual({ 1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth" });
    const versions = await readHistory(kv, HOST);
    expect(versions.map(({ byHand }) => byHand)).not.toContain(true);
    expect(versions.map(({ replaces }) => replaces)).toEqual([undefined, 1, 2, 3, 4]);
  });

  it.each([
    ["the text that it shows is in force again", (kv: MemoryKv) => push(kv, "first")],
    ["no document is in force", async (kv: MemoryKv) => void kv.entries.delete(KEY)],
  ])("does not make a new version take an old one's number where %s", async (_, change) => {
    const kv = createMemoryKv();
    await push(kv, "first");
    kv.listed = structuredClone(kv.entries);
    await push(kv, "second");
    await change(kv);
    const before = history(kv);
    const last = Math.max(...Object.keys(before).map(Number));
    expect(await push(kv, "new")).toEqual({ version: last + 1, warnings: [] });
    expect(history(kv)).toEqual({ ...before, [last + 1]: "new" });
  });

  it("does not make a new version take the number of one that was pushed, and taken back, since the user was asked", async () => {
    const kv = createMemoryKv();
    await push(kv, "first");
    kv.listed = structuredClone(kv.entries);
    const shown = await readCurrentPolicy(kv, HOST);
    await push(kv, "second");
    await push(kv, "first");
    const { version } = await publishPolicy(kv, { hostname: HOST, text: "new", shown }, NOW);
    expect(version).toBe(4);
    expect(history(kv)).toEqual({ 1: "first", 2: "second", 3: "first", 4: "new" });
  });
});
