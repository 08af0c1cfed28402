import { describe, expect, it } from "vitest";
import { buildList } from "../../../src/cli/build-list.ts";
import { shardHas, shardIndex } from "../../../src/core/origin-list.ts";

describe("buildList", () => {
  it("passes over empty lines and comments, and leaves duplicates out", () => {
    const built = buildList("# customers\nhttps://b.example\r\n\n  https://a.example\nhttps://b.example\n");
    expect(built).toMatchObject({ count: 2, duplicates: 1, badLines: [] });
    expect([...built.texts.values()]).toEqual(["https://a.example\nhttps://b.example\n"]);
    expect(built.shards).toEqual([...built.texts.keys()]);
  });

  it("reports every bad line with what to write instead", () => {
    const { badLines } = buildList(
      "https://A.example\nhttps://ok.example\nexample.com\nhttps://*.example.com\n*\nnull\n",
    );
    expect(badLines.map(({ line }) => line)).toEqual([1, 3, 4, 5, 6]);
    expect(badLines[0]?.message).toContain('write "https://a.example"');
    expect(badLines[1]?.message).toContain('write "https://example.com"');
    expect(badLines[2]?.message).toContain("is a pattern");
  });

  it("writes no other origin than was meant, however long it is", () => {
    const labels = `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(30)}`;
    expect(buildList(`https://${labels}.Example`).badLines[0]?.message).toContain(`write "https://${labels}.example"`);
    expect(buildList(`https://A${"a".repeat(500)}.example`).badLines[0]?.message).not.toContain("write");
  });

  it("cuts into a power of two of shards of at most 64 KiB on average, each origin in its own", () => {
    const origins = Array.from({ length: 20_000 }, (_, index) => `https://customer-${index}.example`);
    const { shards, texts } = buildList(origins.join("\n"));
    expect(shards).toHaveLength(16);
    for (const origin of origins) {
      expect(shardHas(texts.get(shards[shardIndex(origin, shards.length)] ?? "") ?? "", origin)).toBe(true);
    }
  });

  it("changes one shard when one origin is added", () => {
    const origins = Array.from({ length: 20_000 }, (_, index) => `https://customer-${index}.example`);
    const before = buildList(origins.join("\n")).shards;
    const after = buildList([...origins, "https://new.example"].join("\n")).shards;
    expect(after.filter((hash, index) => hash !== before[index])).toHaveLength(1);
  });

  it("of nothing is one shard without origins", () => {
    expect(buildList("")).toMatchObject({ count: 0, shards: [""] });
  });
});
