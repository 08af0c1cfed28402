/** `audit` and `report` as a user runs them. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { complaintOf, createProject, type PolicyProject, policyText } from "../support/policy-project.ts";

let project: PolicyProject;

beforeEach(async () => {
  project = await createProject();
});

afterEach(() => project.remove());

const QUIET = JSON.stringify({
  rules: [{ name: "r", allowOrigins: [{ origin: "https://app.example.com", owner: "web" }] }],
});
const LOW = `${JSON.stringify({ rules: [{ name: "r", allowOrigins: ["https://app.example.com"] }] }, null, 2)}\n`;
const MEDIUM = QUIET.replace('"name"', '"allowMethods":["*"],"name"');

describe("audit", () => {
  it("shows each finding with its place, why it matters and the fix, and counts", async () => {
    await project.writePolicy("api.example.com", LOW);
    await project.writePolicy("b.example.com", LOW);
    const { code, stdout, stderr } = await project.cli("audit");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toBe(
      [
        "policies/api.example.com.json",
        '  5:7  low     1 of 1 origin of the rule "r" has no owner [owner-missing]',
        "       why     Nobody can be asked whether the origin is still needed, so it is never removed",
        '       fix     "owner": "team-web" beside "origin": "https://app.example.com"',
        "",
        "policies/b.example.com.json",
        '  5:7  low     1 of 1 origin of the rule "r" has no owner [owner-missing]',
        '       fix     "owner": "team-web" beside "origin": "https://app.example.com"',
        "",
        "2 policies audited: 2 low",
        "",
      ].join("\n"),
    );
  });

  it("ends with 0 without findings, and with 1 from the severity that is asked for on", async () => {
    await project.writePolicy("api.example.com", QUIET);
    expect(await project.cli("audit")).toMatchObject({ code: 0, stdout: "1 policy audited: no findings\n" });
    await project.writePolicy("api.example.com", MEDIUM);
    expect((await project.cli("audit")).code).toBe(1);
    expect((await project.cli("audit", "--fail-on", "medium")).code).toBe(1);
    expect(await project.cli("audit", "--fail-on", "high")).toMatchObject({ code: 0 });
  });

  it("says of a document that cannot be used what check says, and audits the others", async () => {
    await project.writePolicy("api.example.com", MEDIUM);
    await project.writePolicy("bad.example.com", policyText("https://A.example.com/"));
    const [audit, check] = await Promise.all([
      project.cli("audit", "--fail-on", "high"),
      project.cli("check", "policies/bad.example.com.json"),
    ]);
    expect(audit.code).toBe(1);
    expect(audit.stdout.startsWith(check.stdout)).toBe(true);
    expect(audit.stdout).toContain("[methods-wildcard]");
    expect(audit.stdout).toContain("1 policy audited: 1 medium");
    const json = await project.cli("audit", "--json");
    expect(json.json()).toMatchObject([
      {
        hostname: "api.example.com",
        ok: true,
        issues: [],
        findings: [{ code: "methods-wildcard", severity: "medium" }],
      },
      { hostname: "bad.example.com", ok: false, issues: [{ code: "origin-with-path" }], findings: [] },
    ]);
    const sarif = await project.cli("audit", "--sarif");
    expect(sarif.code).toBe(1);
    expect(sarif.json()).toMatchObject({
      version: "2.1.0",
      runs: [{ results: [{ ruleId: "methods-wildcard" }, { ruleId: "policy-invalid" }] }],
    });
  });

  it.each([
    [["audit", "nowhere.json"], /^error: cannot read nowhere\.json/],
    [["audit"], /^error: there are no policies in policies; write one with: cors-gateway init HOST\n$/],
    [["audit", "--fail-on", "none"], /choices are high, medium, low/],
    [
      ["audit", "--json", "--sarif"],
      /'--json' cannot be used with option '--sarif'|'--sarif' cannot be used with option '--json'/,
    ],
  ])("refuses %j", async (args, message) => {
    const { code, stdout, stderr } = await project.cli(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("report", () => {
  const read = (file: string) => readFile(join(project.folder, file), "utf8");

  it("writes one page of all policies, or of those named", async () => {
    await project.writePolicy("api.example.com", QUIET);
    await project.writePolicy("b.example.com", LOW);
    expect(await project.cli("report")).toMatchObject({
      code: 0,
      stderr: "",
      stdout: "wrote policies-report.html: 2 policies, 1 finding\n",
    });
    expect(await read("policies-report.html")).toMatch(
      /^<!DOCTYPE html>[\s\S]*api\.example\.com[\s\S]*b\.example\.com[\s\S]*<\/html>\n$/,
    );
    const one = await project.cli("report", "api.example.com", "--out", "one.html", "--json");
    expect(one.json()).toEqual({
      file: "one.html",
      policies: [{ hostname: "api.example.com", issues: 0, findings: 0 }],
    });
    expect(await read("one.html")).not.toContain("b.example.com");
    const { stdout } = await project.cli("report", "api.example.com", "--out", "-");
    expect(stdout).toMatch(/^<!DOCTYPE html>[\s\S]*<\/html>\n$/);
  });

  it("shows a document that cannot be used, and ends with 1", async () => {
    await project.writePolicy("bad.example.com", "{");
    const result = await project.cli("report");
    expect(result.code).toBe(1);
    expect(complaintOf(result)).toBe("error: policies/bad.example.com.json cannot be used; the page says why");
    expect(await read("policies-report.html")).toContain("document-not-json");
  });

  it("refuses what it cannot report, in one line", async () => {
    await project.writePolicy("api.example.com", QUIET);
    await writeFile(join(project.folder, "taken"), "");
    for (const [args, message] of [
      [
        ["other.example.com"],
        "error: there is no policies/other.example.com.json; write it with: cors-gateway init other.example.com",
      ],
      [["--out", "-", "--json"], "error: --json needs standard output; name a file: --out FILE"],
      [["--env", "production"], "error: --env is about KV: add --remote, or --local"],
      [["--out", "taken/x.html"], "error: cannot write taken/x.html: "],
    ] as const) {
      const result = await project.cli("report", ...args);
      expect(result).toMatchObject({ code: 2, stdout: "" });
      expect(complaintOf(result)).toContain(message);
    }
  });
});
