/** The workflow of docs/ci.md: the steps of its review job run as GitHub runs them, on a pull request of a repository. */

import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createProject, type PolicyProject, policyText } from "../support/policy-project.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const WORKFLOW = new URL("../../docs/policies-workflow.yml", import.meta.url);
const HOST = "api.example.com";
const APP = "https://app.example.com";
const PARTNER = "https://partner.example";

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly jobs: Readonly<Record<"review" | "publish", { readonly steps: readonly Step[] }>>;
}

const { jobs } = parse(await readFile(WORKFLOW, "utf8")) as Workflow;

let project: PolicyProject;
let base: string;

beforeEach(async () => {
  project = await createProject();
  const bin = join(project.folder, "bin");
  await mkdir(bin);
  // They write down what they get, a line a call; npx goes on to the command line of this project.
  await writeStub(join(bin, "npx"), `echo "npx $*" >> "$CALLS"\nshift\nexec "${process.execPath}" "${MAIN}" "$@"`);
  await writeStub(join(bin, "gh"), 'echo "gh $*" >> "$CALLS"');
  await project.writePolicy(HOST, policyText(APP));
  await git("init", "--quiet");
  await git("add", "policies");
  await git("commit", "--quiet", "--message", "base");
  base = (await git("rev-parse", "HEAD")).trim();
});
afterEach(() => project.remove());

async function writeStub(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

async function git(...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
  return (await promisify(execFile)("git", [...identity, ...args], { cwd: project.folder })).stdout;
}

const pathOf = (name: string) => join(project.folder, name);
const read = (name: string) => readFile(pathOf(name), "utf8");

/** The values that GitHub puts into a step's environment. */
function expressionValue(expression: string): string {
  const values: Readonly<Record<string, string>> = {
    "${{ github.event.pull_request.base.sha }}": base,
    "${{ github.event.pull_request.number }}": "7",
    "${{ github.token }}": "a-token",
  };
  const value = values[expression];
  if (value === undefined)
    throw new Error(`the workflow has an expression that this test does not know: ${expression}`);
  return value;
}

/** Runs a step with GitHub's default shell: `bash -e`. */
function runStep({ run = "", env = {} }: Step): Promise<number | null> {
  const child = spawn("bash", ["-e", "-c", run], {
    cwd: project.folder,
    stdio: "ignore",
    env: {
      ...process.env,
      PATH: `${pathOf("bin")}${delimiter}${process.env.PATH}`,
      NO_COLOR: "1",
      CALLS: pathOf("calls.txt"),
      GITHUB_STEP_SUMMARY: pathOf("summary.md"),
      ...Object.fromEntries(Object.entries(env).map(([name, expression]) => [name, expressionValue(expression)])),
    },
  });
  return new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
}

/** Runs the review job but for `npm ci`: exit codes by the names of the steps that ran. */
async function review(): Promise<Readonly<Record<string, number | null>>> {
  await rm(pathOf("calls.txt"), { force: true });
  const codes: Record<string, number | null> = {};
  for (const step of jobs.review.steps) {
    if (step.run === undefined || step.run === "npm ci") continue;
    const hasFailed = Object.values(codes).some((code) => code !== 0);
    if (hasFailed && !step.if?.includes("failure()")) continue;
    codes[step.name ?? step.run] = await runStep(step);
  }
  return codes;
}

const ALL_FINE = { "Check policies and expectations": 0, "Tell who may do what after this": 0, Comment: 0, Audit: 0 };

describe("the review job", () => {
  it("comments on what a pull request changes, in colours, and leaves the findings", async () => {
    await project.writePolicy(HOST, policyText(APP, PARTNER));
    expect(await review()).toEqual(ALL_FINE);
    const comment = [
      "### Who may do what after this",
      "",
      "```diff",
      `${HOST}: 1 change`,
      `+ ${PARTNER} may now GET, POST /*`,
      "```",
      "",
    ].join("\n");
    expect(await read("comment.md")).toBe(comment);
    expect(await read("summary.md")).toBe(comment);
    expect((await read("calls.txt")).split("\n")).toEqual([
      "npx cors-gateway check",
      `npx cors-gateway diff --from ${base}`,
      "gh pr comment 7 --edit-last --create-if-none --body-file comment.md",
      "npx cors-gateway audit --sarif --fail-on high",
      "",
    ]);
    expect(await findings()).toEqual([{ rule: "owner-missing", uri: `policies/${HOST}.json` }]);
  });

  it("says so where nothing changes", async () => {
    expect(await review()).toEqual(ALL_FINE);
    expect(await read("comment.md")).toContain(`\n${HOST}: no request is decided otherwise\n`);
  });

  it("cuts a comment at a line where GitHub would refuse its length", async () => {
    const rules = Array.from({ length: 2_000 }, (_, index) => ({
      name: `r${index}`,
      paths: [`/v${index}/*`],
      allowOrigins: [`https://app-${index}.example.com`],
    }));
    await project.writePolicy(HOST, JSON.stringify({ upstream: "https://origin.example.net", rules }));
    expect(await review()).toEqual(ALL_FINE);
    const comment = await read("comment.md");
    expect(comment.length).toBeLessThan(65_536);
    const lines = comment.trimEnd().split("\n");
    expect(lines.at(-3)).toMatch(/^\+ https:\/\/app-\d+\.example\.com may now GET, POST \/v\d+\/\*$/);
    expect(lines.slice(-2)).toEqual(["… and more: too long for a comment", "```"]);
  });

  it("fails on an issue, comments on nothing, and shows the issue at its line", async () => {
    await project.writePolicy(HOST, policyText(APP, "https://Partner.example"));
    expect(await review()).toEqual({ "Check policies and expectations": 1, Audit: 1 });
    expect(existsSync(pathOf("comment.md"))).toBe(false);
    expect(await findings()).toEqual([{ rule: "policy-invalid", uri: `policies/${HOST}.json` }]);
  });

  it("fails on an expectation that does not hold", async () => {
    await mkdir(pathOf("policies/expect"));
    const expectations = JSON.stringify({ expect: [{ nobody: "/*", except: [APP] }] });
    await writeFile(pathOf(`policies/expect/${HOST}.json`), expectations);
    await project.writePolicy(HOST, policyText(APP, PARTNER));
    expect(await review()).toMatchObject({ "Check policies and expectations": 1 });
  });

  it("fails on a grave finding after the comment", async () => {
    const text = policyText(APP).replace("https://origin", "http://origin");
    await project.writePolicy(HOST, text.replace("{", '{ "dangerouslyAllow": ["insecure-upstream"],'));
    expect(await review()).toEqual({ ...ALL_FINE, Audit: 1 });
    expect((await findings()).map(({ rule }) => rule)).toContain("http-upstream");
  });

  it("fails where the base revision is not there", async () => {
    base = "0123456789012345678901234567890123456789";
    expect(await review()).toMatchObject({ "Tell who may do what after this": 2 });
    expect(existsSync(pathOf("comment.md"))).toBe(false);
  });

  it("uploads the file that the audit writes", () => {
    const upload = jobs.review.steps.find(({ uses }) => uses?.startsWith("github/codeql-action/upload-sarif@"));
    expect(upload?.with?.sarif_file).toBe("audit.sarif");
  });
});

/** What the SARIF file has. */
async function findings(): Promise<{ rule: string; uri: string }[]> {
  const log = JSON.parse(await read("audit.sarif")) as import("sarif").Log;
  return (log.runs[0]?.results ?? []).map(({ ruleId = "", locations }) => ({
    rule: ruleId,
    uri: locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? "",
  }));
}
