import { describe, expect, it } from "vitest";
import {
  hashOf,
  readCurrentPolicies,
  readCurrentPolicy,
  readHistory,
  stateOf,
  versionBefore,
} from "../../../src/cli/published-policy.ts";
import { createMemoryKv } from "../../support/memory-kv.ts";

const HOST = "api.example.com";

describe("readCurrentPolicy", () => {
  it("finds none where there is none", async () => {
    expect(await readCurrentPolicy(createMemoryKv(), HOST)).toBeNull();
  });

  it.each([
    ["a version with the text's hash", { version: 3, hash: hashOf("text") }, 3],
    ["a version without a hash", { version: 3 }, 3],
    ["a version with another hash", { version: 3, hash: hashOf("other") }, undefined],
    ["a version that is no number", { version: "3" }, undefined],
    ["a version that the edge cannot say", { version: 1e15 }, undefined],
    ["no object", "3", undefined],
    ["nothing", null, undefined],
  ])("takes %s for what it is", async (_, metadata, version) => {
    const kv = createMemoryKv();
    kv.entries.set(`policy/${HOST}`, { value: "text", metadata });
    expect(await readCurrentPolicy(kv, HOST)).toMatchObject({ text: "text", hash: hashOf("text"), version });
  });

  it.each([
    ["first", 3],
    ["second", 2],
  ])("takes the text %s for the last version that has it, though listings are late", async (text, version) => {
    const kv = createMemoryKv();
    for (const [index, kept] of ["first", "second", "first", "never in force"].entries()) {
      kv.entries.set(`history/${HOST}/${index + 1}`, { value: kept, metadata: { version: index + 1 } });
    }
    kv.listed = new Map([[`policy/${HOST}`, { value: "first", metadata: { version: 1, hash: hashOf("first") } }]]);
    kv.entries.set(`policy/${HOST}`, { value: text, metadata: null });
    expect(await readCurrentPolicy(kv, HOST)).toMatchObject({ text, version, lastVersion: 4 });
  });

  it("does not take another hostname's metadata", async () => {
    const kv = createMemoryKv();
    kv.entries.set("policy/api.example.co", { value: "text", metadata: null });
    kv.entries.set("policy/api.example.com", { value: "text", metadata: { version: 9 } });
    kv.listed = new Map([...kv.entries].slice(1));
    expect(await readCurrentPolicy(kv, "api.example.co")).toMatchObject({ version: undefined });
  });
});

describe("readCurrentPolicies", () => {
  it("reads many with one listing", async () => {
    const kv = createMemoryKv();
    const hosts = Array.from({ length: 9 }, (_, index) => `api-${index}.example.com`);
    for (const [index, host] of hosts.entries()) {
      kv.entries.set(`policy/${host}`, { value: host, metadata: { version: index } });
    }
    const found = await readCurrentPolicies(kv, [...hosts, "*.example.com"]);
    expect([...found.values()].map((current) => current?.version)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, undefined]);
    expect(found.get("*.example.com")).toBeNull();
    expect(kv.steps.filter(({ verb }) => verb === "list")).toHaveLength(1);
  });
});

describe("versionBefore", () => {
  const inForce = (version: number | undefined) => ({ text: "", hash: "", version, time: undefined, lastVersion: 0 });
  const history = [
    { version: 3 },
    { version: 4, replaces: 3 },
    { version: 5, replaces: 4 },
    { version: 6, replaces: 4 },
  ];

  it.each([
    ["what the current one replaced, not a push that failed", inForce(6), 4],
    ["the one below where it does not say", inForce(3), undefined],
    ["the last one where the document was put by hand", inForce(undefined), 6],
    ["the last one where the document was deleted", null, 6],
    ["the highest below where the history lacks the current one", inForce(9), 6],
  ])("is %s", (_, current, version) => {
    expect(versionBefore(current, history)).toBe(version);
  });

  it("is the highest kept one where the replaced one is too old to be kept", () => {
    expect(versionBefore(inForce(9), [{ version: 7 }, { version: 9, replaces: 2 }])).toBe(7);
  });
});

describe("stateOf", () => {
  it.each([
    ["the version in force", { version: 3 }, 3, "current"],
    ["the version in force that was put by hand first", { version: 3, byHand: true }, 3, "current"],
    ["one below", { version: 2 }, 3, "earlier"],
    ["one above, whose push failed after it was kept", { version: 4 }, 3, "never in force"],
    ["one that was found in force", { version: 2, byHand: true }, 3, "put by hand"],
    ["one above that was found in force", { version: 4, byHand: true }, 3, "put by hand"],
    ["any where the document in force has no version", { version: 4 }, undefined, "earlier"],
  ])("of %s", (_, kept, current, state) => {
    expect(stateOf(kept, current)).toBe(state);
  });
});

describe("readHistory", () => {
  it("sorts by number, and leaves out what is no version", async () => {
    const kv = createMemoryKv();
    for (const name of ["10", "9", "100", "1", "x", "07", "-1", "1.5", "1/2", ""]) {
      kv.entries.set(`history/${HOST}/${name}`, {
        value: "",
        metadata: { version: 5, time: "2026-11-22T10:00:00.000Z" },
      });
    }
    const versions = await readHistory(kv, HOST);
    expect(versions.map(({ version }) => version)).toEqual([1, 9, 10, 100]);
    expect(versions[0]?.time).toBe("2026-11-22T10:00:00.000Z");
  });

  it("believes no metadata that is not of its shape", async () => {
    const kv = createMemoryKv();
    kv.entries.set(`history/${HOST}/1`, { value: "", metadata: { version: 1, time: "\u001b[2J", hash: 7 } });
    expect(await readHistory(kv, HOST)).toEqual([{ version: 1 }]);
  });
});
