/** diff, and expectations in check and push, as a user runs them. */

import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { complaintOf, createProject, type PolicyProject, policyText } from "../support/policy-project.ts";

const APP = "https://app.example.com";
const PARTNER = "https://partner.example";
const HOST = "api.example.com";
let project: PolicyProject;

beforeAll(async () => {
  project = await createProject();
});
afterAll(() => project.remove());

async function git(...args: string[]): Promise<void> {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  await promisify(execFile)("git", [...identity, ...args], { cwd: project.folder });
}

describe("diff", () => {
  it("compares revisions with the files and with each other, and exits 1 where something changes", async () => {
    const { cli, writePolicy, folder } = project;
    const noRepository = await cli("diff", "--from", "main");
    expect(noRepository.code).toBe(2);
    expect(complaintOf(noRepository)).toMatch(/no git repository/);

    await writePolicy(HOST, policyText(APP));
    await writePolicy("gone.example.com", policyText(APP));
    await git("init", "--quiet");
    await git("add", "policies");
    await git("commit", "--quiet", "--message", "first");
    await git("tag", "first");
    expect(await cli("diff", "--from", "HEAD")).toMatchObject({
      code: 0,
      stderr: "",
      stdout: `${HOST}: no request is decided otherwise\ngone.example.com: no request is decided otherwise\n`,
    });

    await writePolicy(HOST, policyText(APP, PARTNER));
    await rm(join(folder, "policies", "gone.example.com.json"));
    const changed = await cli("diff", "--from", "first");
    expect(changed).toMatchObject({ code: 1, stderr: "" });
    expect(changed.stdout.split("\n")).toEqual([
      `${HOST}: 1 change`,
      `  + ${PARTNER} may now GET, POST /*`,
      "gone.example.com: 2 changes",
      `  - ${APP} may no longer GET, POST /*`,
      "  ~ upstream: https://origin.example.net → none on /*",
      "",
    ]);
    expect((await cli("diff", "--from", "first", "--no-new-access")).code).toBe(1);
    expect((await cli("diff", "gone.example.com", "--from", "first", "--no-new-access")).code).toBe(0);

    await git("add", "policies");
    await git("commit", "--quiet", "--message", "second");
    const back = await cli("diff", HOST, "--from", "HEAD", "--to", "first", "--json");
    expect(back.code).toBe(1);
    expect(back.json()).toMatchObject([
      {
        name: HOST,
        changes: [
          {
            kind: "origins",
            effect: "lost",
            paths: [{ within: "/*", except: [] }],
            example: { origin: PARTNER, method: "GET", path: "/" },
            text: `${PARTNER} may no longer GET, POST /*`,
          },
        ],
      },
    ]);
    const outside = await cli("--directory", "..", "diff", "--from", "HEAD");
    expect(outside.code).toBe(2);
    expect(complaintOf(outside)).toMatch(/^error: git cannot read this: .*outside repository/);
    const unknown = await cli("diff", "--from", "nowhere");
    expect(unknown.code).toBe(2);
    expect(complaintOf(unknown)).toMatch(/no revision "nowhere"/);
  });

  it("compares lists by the text that is kept beside the policies", async () => {
    const { cli, folder } = project;
    const write = async (name: string, text: string) => {
      await mkdir(join(folder, "sets", "lists"), { recursive: true });
      await writeFile(join(folder, "sets", name), text);
    };
    const rules = (list: string) => JSON.stringify({ rules: [{ name: "api", allowOrigins: [{ list }] }] });
    await write("old.json", rules("few"));
    await write("new.json", rules("many"));
    await write("lists/few.txt", `${APP}\n`);
    await write("lists/many.txt", `# all\n${APP}\n${PARTNER}\n`);
    const { code, stdout } = await cli("diff", "sets/old.json", "sets/new.json");
    expect(code).toBe(1);
    expect(stdout.split("\n")[1]).toBe(`  + 1 origin of the list many (${PARTNER}) may now GET, POST /*`);
  });

  it.each([[["diff"]], [["diff", "--from", "HEAD", "--no-new-access"]], [["diff", "--from", "HEAD", "--to", "first"]]])(
    "refuses %j of a directory without policies: nothing would look like no change",
    async (args) => {
      await mkdir(join(project.folder, "empty"), { recursive: true });
      const result = await project.cli("--directory", "empty", ...args);
      expect(result).toMatchObject({ code: 2, stdout: "" });
      expect(complaintOf(result)).toBe("error: there are no policies in empty; write one with: cors-gateway init HOST");
    },
  );

  it("looks for the files of the hostnames named alone", async () => {
    const unknown = await project.cli("--directory", "nowhere", "diff", HOST);
    expect(unknown.code).toBe(2);
    expect(complaintOf(unknown)).toBe(`error: neither local KV nor nowhere has a policy for ${HOST}`);
  });

  it.each([
    [["diff", "policies/api.example.com.json"], /name two of them/],
    [["diff", "a.json", "b.json"], /cannot read a\.json/],
    [["diff", "--to", "HEAD"], /--from REVISION/],
    [["diff", "--from", "HEAD", "--local"], /cannot be used with/],
    [["diff", "--from", "HEAD", "--env", "production"], /cannot be used with/],
    [["diff", "unknown.example.com"], /neither local KV nor policies has a policy/],
    [["diff", "https://x.example/"], /not a hostname/],
    [["diff", ".."], /"\.\." is not a hostname with a policy \(.*\)\n$/],
  ])("refuses %j in one line", async (args, complaint) => {
    const result = await project.cli(...args);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(complaint);
  });

  it("shows what push would change, and push shows the same", async () => {
    const { cli, writePolicy } = project;
    await writePolicy(HOST, policyText(APP));
    expect((await cli("push", "--yes")).code).toBe(0);
    expect(await cli("diff")).toMatchObject({ code: 0, stdout: `${HOST}: no request is decided otherwise\n` });
    await writePolicy(HOST, policyText(APP, PARTNER));
    const line = `  + ${PARTNER} may now GET, POST /*`;
    const { code, stdout } = await cli("diff", HOST);
    expect([code, stdout]).toEqual([1, `${HOST}: 1 change\n${line}\n`]);
    const pushed = await cli("push", "--yes");
    expect(pushed.stdout).toContain(`${HOST}: changes to version 1\n${line}\n`);
    await writePolicy(HOST, `${policyText(APP, PARTNER)}\n`);
    expect((await cli("push", "--yes")).stdout).toContain("no request is decided otherwise");
    const removed = await cli("--directory", "nowhere", "diff", HOST);
    expect(removed).toMatchObject({ code: 1, stderr: "" });
    expect(removed.stdout).toContain(`  - ${APP}, ${PARTNER} may no longer GET, POST /*\n`);
    const back = await cli("rollback", HOST, "1", "--yes");
    expect(back.stdout).toContain(`  - ${PARTNER} may no longer GET, POST /*\n`);
  });
});

describe("expectations", () => {
  it("fail check and keep push from writing, with the decision step by step", async () => {
    const { cli, writePolicy, folder } = project;
    await writePolicy(HOST, policyText(APP, PARTNER));
    await mkdir(join(folder, "policies", "expect"));
    const expectations = {
      expect: [
        { origin: APP, can: "GET /v1" },
        { nobody: "GET /v1", except: [APP] },
      ],
    };
    await writeFile(join(folder, "policies", "expect", `${HOST}.json`), JSON.stringify(expectations, null, 2));
    const checked = await cli("check");
    expect(checked.code).toBe(1);
    expect(checked.stdout).toContain(
      `policies/expect/${HOST}.json:7:5: error this does not hold: nobody can GET /v1, but ${APP} [expectation-failed]`,
    );
    expect(checked.stdout).toContain(`  ✓ origin  ${PARTNER} is allowed by "${PARTNER}"\n`);
    expect(checked.stdout).toContain("2 expectations checked: 1 failure\n");
    expect((await cli("check", "--json")).json()).toMatchObject([
      { file: `policies/${HOST}.json`, ok: true },
      {
        file: `policies/expect/${HOST}.json`,
        ok: false,
        expectations: 2,
        issues: [{ code: "expectation-failed", line: 7, request: { origin: PARTNER }, reason: null }],
      },
    ]);

    const stray = await cli("check", `policies/expect/${HOST}.json`);
    expect([stray.code, complaintOf(stray)]).toEqual([2, expect.stringMatching(/checked with their policy/)]);

    const before = await cli("history", HOST, "--json");
    const pushed = await cli("push", "--yes");
    expect(pushed.code).toBe(1);
    expect(complaintOf(pushed)).toMatch(/nothing was pushed: the policies do not do what is expected/);
    expect((await cli("history", HOST, "--json")).stdout).toBe(before.stdout);

    await writePolicy(HOST, policyText(APP));
    expect((await cli("check")).stdout).toContain("2 expectations checked: ok\n");
    expect((await cli("push", "--yes")).code).toBe(0);
  });
});
