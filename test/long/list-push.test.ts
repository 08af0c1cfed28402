/** `list push` through the real CLI and local development's KV, and `explain` by what it published. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProject, type PolicyProject } from "../support/policy-project.ts";

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
