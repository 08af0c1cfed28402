import { describe, expect, it } from "vitest";
import { hashOf } from "../../../../src/cli/published-policy.ts";
import { readPublished, reportFile } from "../../../../src/cli/report/reported-policy.ts";
import { createMemoryKv } from "../../../support/memory-kv.ts";
import { policyText } from "../../../support/policy-project.ts";

const NOW = Date.parse("2027-01-01T00:00:00Z");
const TEXT = policyText("https://app.example.com");

describe("readPublished", () => {
  it("reads documents, what is found in them, and their versions, newest first", async () => {
    const kv = createMemoryKv();
    const [old, now] = [1, 2].map((version) => ({
      version,
      hash: hashOf(TEXT),
      time: `2026-12-0${version}T10:00:00.000Z`,
    }));
    kv.entries.set("policy/api.example.com", { value: TEXT, metadata: now });
    kv.entries.set("history/api.example.com/1", { value: TEXT, metadata: old });
    kv.entries.set("history/api.example.com/2", { value: TEXT, metadata: now });
    kv.entries.set("policy/hand.example.com", { value: TEXT, metadata: null });
    const [pushed, byHand, ...more] = await readPublished(kv, ["api.example.com", "hand.example.com"], NOW);
    expect(more).toEqual([]);
    expect(pushed).toMatchObject({
      file: { path: "policy/api.example.com in memory KV", hostname: "api.example.com" },
      hash: hashOf(TEXT),
      findings: [{ rule: { code: "owner-missing" } }],
      published: { current: 2, kept: [{ version: 2 }, { version: 1 }] },
    });
    expect(byHand?.published).toEqual({ current: undefined, kept: [] });
  });

  it("refuses a hostname without a policy", async () => {
    await expect(readPublished(createMemoryKv(), ["api.example.com"], NOW)).rejects.toThrow(
      "there is no policy for api.example.com in memory KV",
    );
  });

  it("knows no versions of a file", () => {
    const file = { path: "policies/api.example.com.json", hostname: "api.example.com", text: TEXT };
    expect(reportFile(file, NOW)).not.toHaveProperty("published");
  });
});
