import { afterEach, describe, expect, it, vi } from "vitest";
import { policiesInKv } from "../../../src/cli/policy-set.ts";
import { createMemoryKv } from "../../support/memory-kv.ts";

afterEach(() => vi.restoreAllMocks());

describe("policiesInKv", () => {
  it("has the hostnames that can be names of files, and warns of every other key", async () => {
    const complaints: unknown[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => complaints.push(text) > 0);
    const kv = createMemoryKv();
    const names = ["*.example.com", "api.example.com", "../../evil", "API.example.com", "x.schema", "", "a\u001b[2J"];
    for (const name of names) kv.entries.set(`policy/${name}`, { value: "{}", metadata: null });
    kv.entries.set("history/api.example.com/1", { value: "{}", metadata: null });
    expect(await policiesInKv(kv).hostnames()).toEqual(["*.example.com", "api.example.com"]);
    expect(complaints).toHaveLength(names.length - 2);
    expect(complaints.join("")).not.toContain("\u001b");
  });
});
