import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { runCli } from "../../support/run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "cors-gateway-check-"));
afterAll(() => rmSync(folder, { recursive: true }));

const allowOrigins = ["https://app.example.com"];
writeFileSync(
  join(folder, "api.example.com.json"),
  JSON.stringify({
    rules: [
      { name: "orders", paths: ["/orders"], allowOrigins },
      { name: "open", paths: ["/open"], allowOrigins, onDenied: "forward" },
      { name: "brief", allowOrigins, onDenied: "forward", maxAge: 0 },
    ],
  }),
);
writeFileSync(join(folder, "bad.example.com.json"), "{}");

const BOUNDS = [
  { rule: "orders", readSeconds: 150, upstreamSeconds: 150 },
  { rule: "open", readSeconds: 150, upstreamSeconds: 7350 },
  { rule: "brief", readSeconds: 150, upstreamSeconds: 150 },
];

describe("check", () => {
  it("prints how soon a revocation of each rule holds", async () => {
    const { code, stdout } = await runCli(folder, ["check", "api.example.com.json"]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "1 policy checked: ok",
      'api.example.com.json: rule "orders": an origin that is removed can read for at most 150 s more',
      'api.example.com.json: rule "open": an origin that is removed can read for at most 150 s more, and send preflighted requests to the upstream for at most 7350 s',
      'api.example.com.json: rule "brief": an origin that is removed can read for at most 150 s more',
    ]);
  });

  it("has the same in --json, and none for a document with issues", async () => {
    const { json } = await runCli(folder, ["check", "api.example.com.json", "bad.example.com.json", "--json"]);
    expect(json()).toMatchObject([{ revocation: BOUNDS }, { ok: false, revocation: [] }]);
  });

  it("goes by the hard limit that wrangler.toml ships and the sum that docs/reliability.md works out", () => {
    const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");
    expect(read("wrangler.toml")).toContain('\nPOLICY_HARD_LIMIT_SECONDS = "60"');
    expect(read("docs/reliability.md")).toContain("60 + 30 + 60 = **150 s is the worst case of the gateway**");
  });
});
