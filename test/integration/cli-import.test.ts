/** `import` as a user runs it: files, standard input, and live APIs with CORS setups right and wrong. */

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import cors, { type CorsOptions } from "cors";
import express, { type RequestHandler } from "express";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type CliResult, runCli } from "../support/run-cli.ts";
import { closeServer } from "../support/upstream.ts";

const APP = "https://app.example.com";
const OTHER = "https://other.example.org";

let folder: string;
const servers: Server[] = [];
/** Methods that reached the API of the test. */
let seen: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cors-gateway-import-"));
});

afterEach(async () => {
  await rm(join(folder, "policies"), { recursive: true, force: true });
  for (const server of servers.splice(0)) await closeServer(server);
  seen = [];
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
    const result = await cli(args, JSON.stringify({ origin: OTHER, maxAge: 5 }));
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
      "an option in other letters",
      ["express", "-"],
      '{"Origin":"*"}',
      'Express cors has no option "Origin"; write "origin"',
    ],
    ["a wrong type", ["flask", "-"], '{"origins":3}', "origins must be a string, or a list of strings, not 3"],
    [
      "JSON that is no object",
      ["aspnet", "-"],
      "[]",
      "the options of CorsPolicy of ASP.NET Core must be a JSON object, not []",
    ],
    [
      "a list that browsers reject",
      ["express", "-"],
      '{"methods":["GET;PUT"]}',
      'methods has "GET;PUT", which is no name',
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

/** An API with this in front of it. */
async function startApi(handler: RequestHandler): Promise<string> {
  const app = express();
  app.use((request, _, next) => {
    seen.push(request.method);
    next();
  });
  app.use(handler);
  app.use((_, response) => void response.json({}));
  const server = app.listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/orders`;
}

const withCors = (options: CorsOptions) => startApi(cors(options));

interface Observed {
  readonly refused: { option: string; message: string }[];
  readonly notCarried: { option: string }[];
  readonly observed: { requests: number; dangers: { code: string; origin: string; hasCredentials: boolean }[] };
}

async function observe(url: string, ...args: string[]): Promise<{ code: number | null } & Observed> {
  const result = await cli(["--observe", url, "--hostname", "api.example.com", "--json", ...args]);
  expect(result.stderr).toBe("");
  return { code: result.code, ...result.json<Observed>() };
}

const dangersOf = ({ observed }: Observed) =>
  observed.dangers.map(({ code, hasCredentials }) => `${code}${hasCredentials ? " with credentials" : ""}`);

describe("import --observe", () => {
  it("writes what Express cors grants to the origins asked about, for the path asked", async () => {
    const url = await withCors({
      origin: [APP],
      methods: ["GET", "POST", "PUT"],
      allowedHeaders: ["content-type", "x-a"],
      exposedHeaders: ["ETag"],
      credentials: true,
      maxAge: 600,
    });
    const result = await observe(url, "--origin", APP, OTHER);
    expect(await policyOf("api.example.com")).toEqual({
      $schema: "./policy.schema.json",
      rules: [
        {
          name: "api",
          paths: ["/v1/orders"],
          allowOrigins: [APP],
          allowMethods: ["GET", "POST", "PUT"],
          allowHeaders: ["content-type"],
          exposeHeaders: ["etag"],
          allowCredentials: true,
          maxAge: 600,
        },
      ],
    });
    expect(result).toMatchObject({ code: 0, refused: [], notCarried: [{ option: OTHER }] });
    expect(dangersOf(result)).toEqual([]);
    expect(new Set(seen)).toEqual(new Set(["OPTIONS", "GET"]));
    expect(seen).toHaveLength(result.observed.requests);
    expect(await runCli(folder, ["check"])).toMatchObject({ code: 0 });
  });

  it("asks about the methods and headers named, and writes the paths named", async () => {
    const url = await withCors({ origin: APP, allowedHeaders: ["x-a"], maxAge: 5 });
    await observe(url, "-o", APP, "-X", "GET", "DELETE", "-H", "X-A", "x-b", "-p", "/v1/*", "/v2/*");
    expect(await policyOf("api.example.com")).toMatchObject({
      rules: [{ paths: ["/v1/*", "/v2/*"], allowMethods: ["GET", "DELETE"], allowHeaders: ["x-a"] }],
    });
  });

  it("lists only what was asked about of an API that reflects any origin with credentials, and says how dangerous it is", async () => {
    const url = await withCors({ origin: true, credentials: true, maxAge: 5 });
    const result = await observe(url, "--origin", APP);
    expect(result.code).toBe(1);
    expect(dangersOf(result)).toEqual(["stranger with credentials", "null with credentials"]);
    expect(await policyOf("api.example.com")).toMatchObject({
      rules: [{ allowOrigins: [APP], allowHeaders: ["authorization", "content-type"], allowCredentials: true }],
    });
    // Any header is granted, and only those asked about are written.
    expect(result.refused).toMatchObject([{ option: "headers" }]);
  });

  it.each<[string, CorsOptions["origin"], string[]]>([
    ["an expression open at its end", /^https:\/\/app\.example\.com/, ["suffix"]],
    ["an expression without a dot before the domain", /example\.com$/, ["http", "prefix", "subdomain", "dot"]],
    ["an expression with a dot not escaped", /^https:\/\/app.example\.com$/, ["dot"]],
    ["plain http beside https", /^https?:\/\/app\.example\.com$/, ["http"]],
    ["null", [APP, "null"], ["null"]],
    ["*", "*", ["stranger", "null"]],
  ])("finds out %s", async (_, origin, codes) => {
    const result = await observe(await withCors({ origin, maxAge: 5 }), "--origin", APP);
    expect(dangersOf(result)).toEqual(codes);
    expect(result.code).toBe(1);
    expect(await policyOf("api.example.com")).toMatchObject({ rules: [{ allowOrigins: [APP] }] });
  });

  it("takes what is granted to every one of the origins, and says what only some have", async () => {
    const url = await startApi((request, response, next) => {
      const isApp = request.headers.origin === APP;
      cors({
        origin: [APP, OTHER],
        credentials: isApp,
        methods: isApp ? "GET,PUT" : "GET",
        allowedHeaders: "x-a",
        maxAge: 5,
      })(request, response, next);
    });
    const result = await observe(url, "-o", APP, OTHER, "-X", "GET", "PUT", "-H", "x-a");
    const [rule] = (await policyOf("api.example.com")).rules as object[];
    expect(rule).toMatchObject({ allowOrigins: [APP, OTHER], allowMethods: ["GET"] });
    expect(rule).not.toHaveProperty("allowCredentials");
    expect(result.refused.map(({ option }) => option)).toEqual(["credentials", "methods"]);
  });

  it("writes a policy for GET alone where no preflight is answered", async () => {
    const url = await startApi((request, response, next) => {
      if (request.method === "OPTIONS") response.sendStatus(405);
      else cors({ origin: APP })(request, response, next);
    });
    await observe(url, "--origin", APP);
    const [rule] = (await policyOf("api.example.com")).rules as object[];
    expect(rule).toMatchObject({ allowOrigins: [APP], allowMethods: ["GET"] });
    expect(rule).not.toHaveProperty("allowHeaders");
  });

  it("writes nothing where none of the origins is allowed", async () => {
    const url = await startApi((_, __, next) => next());
    const result = await cli(["--observe", url, "--hostname", "api.example.com", "--origin", APP]);
    expect(result).toMatchObject({ code: 1, stderr: "" });
    expect(result.stdout).toContain(`${APP} may do nothing`);
    expect(result.stdout).toContain("nothing was written");
    expect(await written()).toEqual([]);
  });

  it("shows on the screen what it saw and what it cannot see", async () => {
    const url = await startApi((request, response, next) => {
      cors({ origin: APP })(request, response, () => (request.method === "GET" ? response.sendStatus(401) : next()));
    });
    const { stdout } = await cli(["--observe", url, "--hostname", "api.example.com", "--origin", APP]);
    expect(stdout).toContain(`${APP} without credentials; reads a GET: yes; preflights: GET POST PUT PATCH DELETE`);
    expect(stdout).toContain("not seen: other origins, other paths");
    expect(stdout).toContain("answered with 401");
  });

  it.each<[string, string[], string]>([
    ["no origin", ["http://127.0.0.1:1/"], "which origins may call the API? Name them"],
    ["an origin that is none", ["http://127.0.0.1:1/", "-o", "app.example.com"], 'write "https://app.example.com"'],
    ["a pattern", ["http://127.0.0.1:1/", "-o", "https://*.example.com"], "is a pattern"],
    ["the API's own origin", ["http://127.0.0.1:1/", "-o", "http://127.0.0.1:1"], "the API's own origin"],
    ["a WebSocket", ["ws://127.0.0.1:1/", "-o", APP, "-X", "GET"], "--observe is for http and https"],
    ["a header that no page sets", ["http://127.0.0.1:1/", "-o", APP, "-H", "cookie"], "no page can set cookie"],
    ["a method that no page sends", ["http://127.0.0.1:1/", "-o", APP, "-X", "TRACE"], "no page can send TRACE"],
    ["nobody who listens", ["http://127.0.0.1:1/", "-o", APP], "cannot reach 127.0.0.1:1: nothing listens there"],
    [
      "more requests than anybody should send",
      ["http://127.0.0.1:1/", "-o", ...Array.from({ length: 20 }, (_, index) => `https://a${index}.example.com`)],
      "at most 200 are sent",
    ],
  ])("says in one line what is wrong with %s", async (_, args, line) => {
    const { code, stdout, stderr } = await cli(["--observe", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toContain(line);
  });

  it("takes no library beside it", async () => {
    expect(await cli(["express", "--observe", "http://127.0.0.1:1/", "--origin", APP])).toMatchObject({
      code: 2,
      stderr: "error: --observe asks a live API; leave out the library and the file\n",
    });
  });

  it("gives up on an API that does not answer", async () => {
    const url = await startApi(() => undefined);
    const result = await cli(["--observe", url, "--origin", APP, "--timeout", "1"]);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/^error: 127\.0\.0\.1:\d+ did not answer within 1 s\n$/);
  });
});
