/** `import` as a user runs it: files, standard input, and live APIs. */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import cors from "cors";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type LoopbackApi, startApi } from "../support/loopback-api.ts";
import { type CliResult, runCli } from "../support/run-cli.ts";

const APP = "https://app.example.com";

let folder: string;
let api: LoopbackApi | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cors-gateway-import-"));
});

afterEach(async () => {
  await rm(join(folder, "policies"), { recursive: true, force: true });
  await api?.close();
  api = undefined;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const cli = (args: string[], input = ""): Promise<CliResult> => runCli(folder, ["import", ...args], {}, input);

async function policyOf(hostname: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(folder, "policies", `${hostname}.json`), "utf8"));
}

const written = () => readdir(join(folder, "policies")).catch(() => []);

describe("import of a file", () => {
  const GOOD = JSON.stringify({ origin: APP, maxAge: 600 });

  it("writes a policy that passes check, and exits 0 where all is carried over", async () => {
    await writeFile(join(folder, "cors.json"), GOOD);
    const args = ["express", "cors.json", "--hostname", "api.example.com", "--upstream", "https://origin.example.net"];
    expect(await cli(args)).toMatchObject({
      code: 0,
      stdout: "wrote policies/api.example.com.json; check it with: cors-gateway check policies/api.example.com.json\n",
      stderr: "",
    });
    expect(await policyOf("api.example.com")).toMatchObject({
      upstream: "https://origin.example.net",
      rules: [{ allowOrigins: [APP] }],
    });
    expect(await runCli(folder, ["check"])).toMatchObject({ code: 0 });
  });

  it("reads standard input, and exits 1 where something was left out", async () => {
    const options = JSON.stringify({
      CORS_ALLOWED_ORIGINS: [APP],
      CORS_ALLOWED_ORIGIN_REGEXES: ["^https://\\w+\\.b\\.example$"],
    });
    const result = await cli(["django", "-", "--hostname", "api.example.com", "--json"], options);
    expect(result.code).toBe(1);
    expect(result.json()).toEqual({
      file: "policies/api.example.com.json",
      hostname: "api.example.com",
      refused: [{ option: "CORS_ALLOWED_ORIGIN_REGEXES[0]", message: expect.stringContaining("https://*.b.example") }],
      notCarried: [],
    });
    expect(await runCli(folder, ["check"])).toMatchObject({ code: 0 });
  });

  it("reads a file with a byte order mark, as editors on Windows write it", async () => {
    const { code } = await cli(
      ["express", "-", "--hostname", "bom.example.com"],
      `\uFEFF{"origin":"${APP}","maxAge":5}\r\n`,
    );
    expect(code).toBe(0);
    expect(await policyOf("bom.example.com")).toMatchObject({ rules: [{ allowOrigins: [APP] }] });
  });

  it("writes nothing where no origin is left", async () => {
    const result = await cli(
      ["express", "-", "--hostname", "api.example.com"],
      '{"origin":true,"credentials":true,"maxAge":5}',
    );
    expect(result).toMatchObject({ code: 1, stderr: "" });
    expect(result.stdout).toContain("nothing was written");
    expect(await written()).toEqual([]);
  });

  it("never overwrites", async () => {
    const args = ["express", "-", "--hostname", "api.example.com"];
    await cli(args, GOOD);
    const before = await policyOf("api.example.com");
    const result = await cli(args, JSON.stringify({ origin: "https://other.example.org", maxAge: 5 }));
    expect(result).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "error: policies/api.example.com.json exists already; edit it, or remove it first\n",
    });
    expect(await policyOf("api.example.com")).toEqual(before);
  });

  it.each<[string, string[], string, string]>([
    ["text that is no JSON", ["express", "-"], "{", "standard input is not JSON: "],
    ["an unknown option", ["express", "-"], '{"orgin":1}', 'Express cors has no option "orgin"; it knows origin, '],
    [
      "JSON that is no object",
      ["aspnet", "-"],
      "[]",
      "the options of CorsPolicy of ASP.NET Core must be a JSON object, not []",
    ],
    ["an unknown library", ["koa", "-"], "{}", "Allowed choices are express, django, flask, aspnet."],
    ["no file", ["express"], "", "import what? Name the library and a file of its options"],
    ["a file that is not there", ["express", "nowhere.json"], "", "cannot read nowhere.json: there is no such file"],
    [
      "an upstream that is refused",
      ["express", "-", "--upstream", "http://a.example"],
      GOOD,
      "plain http to another machine",
    ],
    ["options of --observe", ["express", "-", "--path", "/v1/*"], GOOD, "--path go with --observe"],
  ])("says in one line what is wrong with %s", async (_, args, input, line) => {
    const { code, stdout, stderr } = await cli([...args, "--hostname", "api.example.com"], input);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: [^\n]+\n(?:\(--help says more\)\n)?$/);
    expect(stderr).toContain(line);
    expect(await written()).toEqual([]);
  });

  it("asks whose policy it is", async () => {
    expect(await cli(["express", "-"], GOOD)).toMatchObject({
      code: 2,
      stderr: "error: whose policy is it? Name the API's hostname: --hostname api.example.com\n",
    });
  });
});

describe("import --observe", () => {
  it("writes the policy for the paths named, and shows what it saw and what it cannot see", async () => {
    api = await startApi((request, response, next) => {
      cors({ origin: APP })(request, response, () => (request.method === "GET" ? response.sendStatus(401) : next()));
    });
    const args = ["--origin", APP, "--origin", "https://other.example.org", "--path", "/v1/*", "/v2/*"];
    const { code, stdout, stderr } = await cli(["--observe", api.url, "--hostname", "api.example.com", ...args]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toContain(`asked ${api.url} by ${api.seen.length} requests`);
    expect(stdout).toContain(`${APP} without credentials; reads a GET: yes; preflights: GET POST PUT PATCH DELETE`);
    expect(stdout).toContain("https://other.example.org may do nothing");
    expect(stdout).toContain("not seen: other origins, other paths");
    expect(stdout).toContain("answered with 401");
    expect(await policyOf("api.example.com")).toMatchObject({
      rules: [{ paths: ["/v1/*", "/v2/*"], allowOrigins: [APP] }],
    });
    expect(await runCli(folder, ["check"])).toMatchObject({ code: 0 });
  });

  it("exits 0 where all that was granted is written, and takes the hostname and path from the URL", async () => {
    api = await startApi(cors({ origin: APP, allowedHeaders: "content-type" }));
    const result = await cli(["--observe", api.url, "--origin", APP, "--json"]);
    expect(result.json()).toMatchObject({ file: "policies/127.0.0.1.json", refused: [], observed: { dangers: [] } });
    expect(result.code).toBe(0);
    expect(await policyOf("127.0.0.1")).toMatchObject({ rules: [{ paths: ["/v1/orders"] }] });
  });

  it("exits 1 where the API is dangerous as it is", async () => {
    api = await startApi(cors({ origin: true, credentials: true, allowedHeaders: "content-type" }));
    const result = await cli(["--observe", api.url, "--hostname", "api.example.com", "--origin", APP]);
    expect(result).toMatchObject({ code: 1, stderr: "" });
    expect(result.stdout).toContain(
      "dangerous as it is now\n  ✗ https://cors-probe.example: any origin at all is allowed",
    );
    expect(await policyOf("api.example.com")).toMatchObject({
      rules: [{ allowOrigins: [APP], allowCredentials: true }],
    });
  });

  it("asks nothing where the file exists already", async () => {
    api = await startApi(cors({ origin: APP }));
    await mkdir(join(folder, "policies"));
    await writeFile(join(folder, "policies", "api.example.com.json"), "mine");
    expect(await cli(["--observe", api.url, "--hostname", "api.example.com", "--origin", APP])).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "error: policies/api.example.com.json exists already; edit it, or remove it first\n",
    });
    expect(api.seen).toEqual([]);
  });

  it("says in one line that nobody listens, that nobody answers, or that a library is named as well", async () => {
    expect(await cli(["--observe", "http://127.0.0.1:1/", "--origin", APP])).toMatchObject({
      code: 2,
      stderr: "error: cannot reach 127.0.0.1:1: nothing listens there (ECONNREFUSED)\n",
    });
    api = await startApi(() => undefined);
    const silent = await cli(["--observe", api.url, "--origin", APP, "--timeout", "1"]);
    expect(silent.code).toBe(2);
    expect(silent.stderr).toMatch(/^error: 127\.0\.0\.1:\d+ did not answer within 1 s\n$/);
    expect(await cli(["express", "--observe", api.url, "--origin", APP])).toMatchObject({
      code: 2,
      stderr: "error: --observe asks a live API; leave out the library and the file\n",
    });
    expect(await written()).toEqual([]);
  });
});
