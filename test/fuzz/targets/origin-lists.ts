/** Huge lists: manifests and shards as KV has them, whole or damaged. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { buildList } from "../../../src/cli/build-list.ts";
import { parseOrigin } from "../../../src/core/origin.ts";
import { parseManifest, shardHas, shardIndex } from "../../../src/core/origin-list.ts";
import { mutatedJson } from "../mutated-json.ts";
import { mutatedTexts } from "../mutated-texts.ts";
import { ORIGINS } from "../origin-corpus.ts";
import { fuzzTarget } from "../target.ts";

const MANIFESTS = [
  { version: 1, count: 2, shards: ["aa", ""] },
  { version: 7, count: 0, shards: [""] },
];

const manifests = fc.oneof(
  mutatedJson(MANIFESTS, ["version", "count", "shards"], ['"aa"', "2"]),
  mutatedTexts({ seeds: MANIFESTS.map((manifest) => JSON.stringify(manifest)), words: ['"shards":', "[]", '"aa"'] }),
);

export const listManifests = fuzzTarget("manifests of lists", manifests, (text) => {
  const { shards } = parseManifest(text) ?? { shards: ["x"] };
  assert.ok(shards.length > 0 && shards.every((hash) => typeof hash === "string"));
});

export const listShards = fuzzTarget(
  "shards of lists",
  fc.record({ lines: fc.array(mutatedTexts(ORIGINS), { maxLength: 12 }), asked: mutatedTexts(ORIGINS) }),
  ({ lines, asked }) => {
    const damaged = lines.join("\n");
    const sorted = damaged.split("\n").sort();
    assert.equal(shardHas(`${sorted.join("\n")}\n`, asked), sorted.includes(asked));
    // Half a shard, or one that is not sorted, may miss an origin; it never has one that is not a line of it.
    if (shardHas(damaged, asked)) assert.ok(damaged.split("\n").includes(asked));
    const { shards, texts, count } = buildList(damaged);
    const kept = new Set([...texts.values()].join("\n").split("\n"));
    kept.delete("");
    assert.equal(kept.size, count);
    for (const origin of kept) {
      assert.ok(parseOrigin(origin) !== undefined);
      assert.ok(shardHas(texts.get(shards[shardIndex(origin, shards.length)] ?? "") ?? "", origin));
    }
    assert.ok(Number.isInteger(shardIndex(asked, 7)) && shardIndex(asked, 7) >= 0 && shardIndex(asked, 7) < 7);
  },
);
