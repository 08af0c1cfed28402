/** What a read of KV gives, as the Worker takes it. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_VERSION } from "../../../src/core/version.ts";
import { readDocuments } from "../../../src/worker/stored-document.ts";
import { fuzzTarget } from "../target.ts";

const metadata = fc.oneof(
  fc.record({ version: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(MAX_VERSION, MAX_VERSION + 1, "7", null)) }),
  fc.anything(),
);
const values = fc.oneof(fc.string({ unit: "binary" }), fc.constant(null), fc.anything());
const entries = fc.oneof(fc.record({ value: values, metadata }), fc.string(), fc.constantFrom(null, undefined));

export const storedDocuments = fuzzTarget(
  "stored documents",
  fc.array(fc.tuple(fc.constantFrom("policy/a", "policy/*.a", "__proto__", ""), entries), { maxLength: 4 }),
  async (pairs) => {
    const stored = new Map(pairs);
    const kv = { getWithMetadata: async () => stored } as unknown as Parameters<typeof readDocuments>[0];
    const keys = ["policy/a", "policy/*.a", "policy/absent"];
    const documents = await readDocuments(kv, keys);
    assert.deepEqual([...documents.keys()], keys);
    assert.equal(documents.get("policy/absent"), null);
    for (const document of documents.values()) {
      if (document === null) continue;
      assert.equal(typeof document.text, "string");
      const { version } = document;
      assert.ok(version === undefined || (Number.isInteger(version) && version >= 0 && version <= MAX_VERSION));
    }
  },
);
