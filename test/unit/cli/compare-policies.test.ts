import { describe, expect, it } from "vitest";
import { comparePolicies, compareWithKv, readServing, servingPolicy } from "../../../src/cli/compare-policies.ts";
import { parseListText, policiesInKv } from "../../../src/cli/policy-set.ts";
import { createMemoryKv } from "../../support/memory-kv.ts";
import { APP, documentWith } from "../../support/policies.ts";

const NOW = Date.parse("2027-01-15T12:00:00Z");
const PARTNER = "https://partner.example";

function kvWith(entries: Readonly<Record<string, string>>) {
  const kv = createMemoryKv();
  for (const [key, value] of Object.entries(entries)) kv.entries.set(key, { value, metadata: null });
  return kv;
}

const textOf = (...allowOrigins: unknown[]) => JSON.stringify(documentWith({ allowOrigins }));

describe("readServing", () => {
  const set = policiesInKv(kvWith({ "policy/*.example.com": textOf(APP), "policy/a.example.com": "{}" }));

  it.each([
    ["b.example.com", "*.example.com", 0],
    ["x.y.example.com", "*.example.com", 0],
    ["*.example.com", "*.example.com", 0],
    ["*.y.example.com", "*.example.com", 0],
    ["a.example.com", "a.example.com", 1],
    ["example.com", undefined, 0],
    ["*.com", undefined, 0],
  ])("finds for %s the document of %s", async (hostname, servedBy, issues) => {
    expect(await readServing(set, hostname)).toMatchObject({ servedBy, issues });
  });
});

describe("compareWithKv", () => {
  it("compares a hostname's first document with the wildcard's that served it", async () => {
    const kv = kvWith({ "policy/*.example.com": textOf(APP) });
    expect(await compareWithKv(kv, "api.example.com", undefined, textOf(APP))).toEqual([]);
    expect(await compareWithKv(kv, "api.example.org", undefined, textOf(APP))).toHaveLength(1);
  });

  it("does not read a list that both documents name", async () => {
    const kv = kvWith({});
    const [before, after] = [textOf({ list: "customers" }), textOf(APP, { list: "customers" })];
    expect(await compareWithKv(kv, "a.example.com", before, after)).toMatchObject([{ origins: [{ origin: APP }] }]);
    expect(kv.steps).toEqual([]);
  });

  it("reads lists that only one document names, and compares their origins", async () => {
    const kv = kvWith({
      "list/customers": JSON.stringify({ version: 1, count: 2, shards: ["", "a".repeat(32)] }),
      [`list/customers/${"a".repeat(32)}`]: `${APP}\n${PARTNER}\n`,
    });
    const changes = await compareWithKv(kv, "a.example.com", textOf(APP), textOf({ list: "customers" }));
    expect(changes).toMatchObject([
      { effect: "gained", origins: [{ list: "customers", count: 1, examples: [PARTNER] }] },
    ]);
  });
});

describe("comparePolicies", () => {
  it("takes a document that cannot be used for none", async () => {
    const readList = async () => undefined;
    const version = (text: string) => ({ policy: servingPolicy(text, "a.example.com"), readList });
    const changes = await comparePolicies(version('{"rules": []}'), version(textOf(APP)), NOW);
    expect(changes).toMatchObject([{ kind: "origins", effect: "gained" }]);
  });
});

describe("parseListText", () => {
  it("passes over empty lines and comments", () => {
    expect([...parseListText(`# customers\n\n ${APP}\r\n${PARTNER}`)]).toEqual([APP, PARTNER]);
  });
});
