/** `init` as a user runs it, with and without a terminal. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createProject, type PolicyProject, policyText } from "../support/policy-project.ts";
import { type CliResult, CTRL_D, runOnTerminal } from "../support/run-cli.ts";

const APP = "https://app.example.com";
const HOST = "api.example.com";
const ORIGINS = "Which origins may call the API?";
const UPSTREAM = "Where do requests go?";
const CREDENTIALS = "Do pages send cookies";

let project: PolicyProject;

beforeEach(async () => {
  project = await createProject();
});

afterEach(() => project.remove());

const init = (...args: string[]): Promise<CliResult> => project.cli("init", HOST, ...args);

const onTerminal = (answers: [question: string, keys: string][], ...args: string[]): Promise<CliResult> =>
  runOnTerminal(project.folder, ["init", HOST, ...args], answers);

const written = () => readdir(join(project.folder, "policies"));

describe("init", () => {
  it("writes a policy for the origins named", async () => {
    expect(await init("--origin", APP, "https://partner.example", "--credentials")).toMatchObject({
      code: 0,
      stdout: `wrote policies/${HOST}.json; check it with: cors-gateway check policies/${HOST}.json\n`,
      stderr: "",
    });
    expect(JSON.parse(await project.readPolicy(HOST))).toMatchObject({
      rules: [{ allowOrigins: [APP, "https://partner.example"], allowCredentials: true }],
    });
  });

  it("says in a line each what is wrong with the origins", async () => {
    const { code, stdout, stderr } = await init("--origin", "https://APP.example.com", "https://app.example.com/");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: [^\n]+\nerror: [^\n]+\n$/);
    expect(await written()).toEqual([]);
  });

  it("asks on standard error, and writes what was answered", async () => {
    const { code, stdout } = await onTerminal([
      [ORIGINS, `${APP} https://partner.example\r`],
      [UPSTREAM, "https://origin.example.net\r"],
      [CREDENTIALS, "y\r"],
    ]);
    expect(stdout).toBe(`wrote policies/${HOST}.json; check it with: cors-gateway check policies/${HOST}.json\n`);
    expect(code).toBe(0);
    expect(JSON.parse(await project.readPolicy(HOST))).toMatchObject({
      upstream: "https://origin.example.net",
      rules: [{ allowOrigins: [APP, "https://partner.example"], allowCredentials: true }],
    });
  });

  it.each([
    ["Ctrl-C at the first", [[ORIGINS, "\u0003"]]],
    ["Ctrl-D at the first", [[ORIGINS, CTRL_D]]],
    [
      "Ctrl-C at the last",
      [
        [ORIGINS, `${APP}\r`],
        [UPSTREAM, "\r"],
        [CREDENTIALS, "\u0003"],
      ],
    ],
  ] satisfies [string, [string, string][]][])("takes %s question for a no", async (_, answers) => {
    const { code, stdout, stderr } = await onTerminal(answers);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/nothing was written\n$/);
    expect(stderr).not.toMatch(/ExitPromptError|Warning|^error/m);
    expect(await written()).toEqual([]);
  });

  it.each([
    ["without a terminal", () => init()],
    ["with --json, which does not ask", () => onTerminal([[ORIGINS, `${APP}\r`]], "--json")],
  ])("asks for nothing %s", async (_, run) => {
    expect(await run()).toMatchObject({
      code: 2,
      stdout: "",
      stderr: `error: which origins may call the API? Name them: --origin ${APP}\n`,
    });
    expect(await written()).toEqual([]);
  });

  it("asks for nothing where the file exists already", async () => {
    await project.writePolicy(HOST, policyText(APP));
    expect(await onTerminal([[ORIGINS, `${APP}\r`]])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: `error: policies/${HOST}.json exists already; edit it, or remove it first\n`,
    });
    expect(await project.readPolicy(HOST)).toBe(policyText(APP));
  });
});
