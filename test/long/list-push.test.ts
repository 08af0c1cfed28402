/** `list push` through the real CLI into local development's KV, with `explain` by what it published, and remote KV. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listKey, shardKey } from "../../src/core/origin-list.ts";
import { complaintOf, createProject, createRemoteProject, type PolicyProject } from "../support/policy-project.ts";

const customer = (n: number) => `https://c${String(n).padStart(19, "0")}.example.com`;
const CUSTOMERS = Array.from({ length: 50_000 }, (_, index) => customer(index));
const POLICY = { rules: [{ name: "widget", allowOrigins: ["https://app.example.com", { list: "customers" }] }] };

let project: PolicyProject;

beforeAll(async () => {
  project = await createProject();
  await project.writePolicy("api.example.com", JSON.stringify(POLICY));
});

afterAll(() => project.remove());

async function push(origins: readonly string[], ...options: string[]) {
  await writeFile(join(project.folder, "customers.txt"), origins.join("\n"));
  return await project.cli("list", "push", "customers", "customers.txt", "--yes", ...options);
}

const explain = (origin: string) =>
  project.cli("explain", "https://api.example.com/", "--origin", origin, "--local", "--json");

describe("list push into local KV", () => {
  it("publishes 50,000 origins, then only what changed, and explain goes by it", async () => {
    expect(await project.cli("push", "api.example.com", "--yes", "--local")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("names the list customers, which local KV does not have"),
    });
    const before = await explain(customer(1));
    expect(before.code).toBe(1);
    expect(before.stdout).toContain('"policy-unavailable"');

    const first = await push(CUSTOMERS, "--json");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.json()).toMatchObject({ state: "pushed", version: 1, count: 50_000, sent: 32, removed: 0 });
    expect(await explain(customer(49_999))).toMatchObject({ code: 0, stderr: "" });
    const denied = await explain(customer(50_000));
    expect(denied.code).toBe(1);
    expect(denied.stdout).toContain('"origin-not-allowed"');

    expect(await push(CUSTOMERS)).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing to push") });
    const second = await push([...CUSTOMERS, customer(50_000)], "--json");
    expect(second.json()).toMatchObject({ state: "pushed", version: 2, count: 50_001, sent: 1, removed: 0 });
    expect((await explain(customer(50_000))).code).toBe(0);
  });

  it("says how many origins a list has, and had", async () => {
    await writeFile(join(project.folder, "few.txt"), `${customer(1)}\n`);
    const pushFew = () => project.cli("list", "push", "few", "few.txt", "--yes");
    expect((await pushFew()).stdout).toMatch(/^few: 1 origin \(new\); 1 of 1 shard to send\n/);
    await writeFile(join(project.folder, "few.txt"), `${customer(1)}\n${customer(2)}\n`);
    expect((await pushFew()).stdout).toMatch(/^few: 2 origins \(was 1\); 1 of 1 shard to send\n/);
  });

  it("reports every bad line, and pushes nothing", async () => {
    const result = await push(["https://good.example", "https://BAD.example", "https://*.example.com", "# fine", ""]);
    expect(result.code).toBe(1);
    expect(result.stdout.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^customers\.txt:2:1: error .*https:\/\/bad\.example/),
      expect.stringMatching(/^customers\.txt:3:1: error .*is a pattern/),
    ]);
    expect(result.stderr).toContain("nothing was pushed: 2 lines of customers.txt cannot be used");
  });
});

describe.concurrent("list push into remote KV", () => {
  // More shards than are sent at once.
  const COUNT = 110_000;

  /** Pushes a list of which Cloudflare does not write one shard, so many times. */
  async function pushLosing(losses: number) {
    const remote = await createRemoteProject("", "");
    const { api, folder, cli } = remote;
    const written: string[] = [];
    api.loses = (key) => {
      written.push(key);
      return key === written[0] && losses-- > 0;
    };
    try {
      await writeFile(join(folder, "customers.txt"), Array.from({ length: COUNT }, (_, n) => customer(n)).join("\n"));
      const result = await cli("list", "push", "customers", "customers.txt", "--yes");
      const manifest = api.entries.get(listKey("customers"))?.value;
      const { shards } = JSON.parse(manifest ?? '{"shards":[]}') as { shards: string[] };
      const missing = shards.filter((hash) => !api.entries.has(shardKey("customers", hash)));
      return { result, written, shards, missing };
    } finally {
      await remote.remove();
    }
  }

  it("publishes every shard, and sends none twice", async () => {
    const { result, written, shards, missing } = await pushLosing(0);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(shards).toHaveLength(128);
    expect(written.toSorted()).toEqual(shards.map((hash) => shardKey("customers", hash)).toSorted());
    expect(missing).toEqual([]);
  });

  it("sends again what Cloudflare did not write", async () => {
    const { result, written, shards, missing } = await pushLosing(1);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(missing).toEqual([]);
    expect(written).toHaveLength(shards.length + 1);
  });

  it("leaves the old list in force, and says so, where a shard is not written the second time", async () => {
    const { result, shards } = await pushLosing(Number.POSITIVE_INFINITY);
    expect(result.code).toBe(2);
    expect(complaintOf(result)).toMatch(/the old list is in force: Cloudflare did not write 1 value/);
    expect(shards).toEqual([]);
  });
});
