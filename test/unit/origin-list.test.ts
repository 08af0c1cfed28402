import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseManifest, shardHas, shardIndex } from "../../src/core/origin-list.ts";

const origins = fc
  .tuple(fc.constantFrom("http", "https"), fc.domain(), fc.integer({ min: 1024, max: 9999 }))
  .map(([scheme, host, port]) => `${scheme}://${host}:${port}`);

describe("shardHas", () => {
  it("finds every line of a sorted text, and nothing else", () => {
    fc.assert(
      fc.property(fc.uniqueArray(origins, { minLength: 0, maxLength: 60 }), origins, (listed, other) => {
        const text = [...listed]
          .sort()
          .map((origin) => `${origin}\n`)
          .join("");
        for (const origin of listed) expect(shardHas(text, origin)).toBe(true);
        expect(shardHas(text, other)).toBe(listed.includes(other));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["an empty text", "", "https://a.example"],
    ["a beginning", "https://a.example\n", "https://a"],
    ["an end", "https://a.example\n", "example"],
    ["two lines as one", "https://a.example\nhttps://b.example\n", "https://a.example\nhttps://b.example"],
    ["an empty line", "https://a.example\n", ""],
  ])("does not find %s", (_, text, origin) => {
    expect(shardHas(text, origin)).toBe(false);
  });

  it.each(["\n", "\n\n", "\nhttps://a.example\n"])(
    "comes to an end where a damaged shard starts with an empty line: %j",
    (text) => {
      expect(shardHas(text, "https://b.example")).toBe(false);
      expect(shardHas(text, "")).toBe(true);
    },
  );

  it("finds the last line without a line end", () => {
    expect(shardHas("https://a.example\nhttps://b.example", "https://b.example")).toBe(true);
  });
});

describe("shardIndex", () => {
  it("is 32-bit FNV-1a, modulo the number of shards", () => {
    // Published vectors: http://www.isthe.com/chongo/src/fnv/test_fnv.c
    expect(shardIndex("", 2 ** 32)).toBe(0x811c9dc5);
    expect(shardIndex("a", 2 ** 32)).toBe(0xe40c292c);
    expect(shardIndex("foobar", 2 ** 32)).toBe(0xbf9cf968);
    expect(shardIndex("foobar", 16)).toBe(8);
  });

  it("spreads origins evenly", () => {
    const sizes = Array.from({ length: 16 }, () => 0);
    for (let i = 0; i < 16_000; i++) {
      const shard = shardIndex(`https://customer-${i}.example`, 16);
      sizes[shard] = (sizes[shard] ?? 0) + 1;
    }
    for (const size of sizes) expect(Math.abs(size - 1000)).toBeLessThan(200);
  });
});

describe("parseManifest", () => {
  it("reads what list push writes", () => {
    const manifest = { version: 3, count: 2, shards: ["0123456789abcdef0123456789abcdef", ""] };
    expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
  });

  it.each(["", "null", "[]", "{}", '{"shards":[]}', '{"shards":[1]}', '{"shards":"x"}', "{"])("refuses %j", (text) => {
    expect(parseManifest(text)).toBeUndefined();
  });
});
