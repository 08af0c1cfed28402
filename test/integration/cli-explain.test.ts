/** `explain` as a user runs it, live against the built Worker and against servers that are no gateway. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createRemoteProject, policyText } from "../support/policy-project.ts";
import { type CliResult, runCli } from "../support/run-cli.ts";
import { closeServer, listen } from "../support/servers.ts";
import { answerWronglyOpen, startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const PAGE = "http://localhost:3000";
const RULE = {
  name: "api",
  paths: ["/v1/*"],
  allowOrigins: [PAGE],
  allowMethods: ["GET", "PUT"],
  allowHeaders: ["content-type"],
};
const POLICY = { rules: [RULE, { name: "public", paths: ["/public"], allowOrigins: ["*"] }] };

let gateway: RunningGateway;
let upstream: Upstream;
/** Redirects, is silent, or answers 200, and knows nothing of CORS. */
let plain: Server;
let plainPort: number;
let folder: string;

beforeAll(async () => {
  upstream = await startUpstream((seen, response) => {
    if (seen.url === "/v1/broken") response.writeHead(500).end();
    else if (seen.url === "/v1/moved") response.writeHead(302, { location: "https://b.example/x" }).end();
    else answerWronglyOpen(seen, response);
  });
  gateway = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url });
  plain = createServer((request, response) => {
    if (request.url === "/v1/moved") response.writeHead(301, { location: "https://b.example/" }).end();
    else if (request.url !== "/v1/silent") response.writeHead(200, { server: "plain" }).end();
  });
  plainPort = await listen(plain);
  folder = await mkdtemp(join(tmpdir(), "cors-gateway-explain-"));
  await writePolicy("localhost", POLICY);
  await writePolicy("_wildcard.example.com", { rules: [{ ...RULE, allowOrigins: ["https://shop.example.com"] }] });
  gateway.kv.values.set("policy/localhost", JSON.stringify(POLICY));
  // The gateway of 127.0.0.1 has an older policy than the file says, and a dead upstream.
  await writePolicy("127.0.0.1", { rules: [{ ...RULE, allowMethods: ["GET", "PUT", "PATCH"] }] });
  gateway.kv.values.set("policy/127.0.0.1", JSON.stringify({ upstream: "http://127.0.0.1:1", rules: [RULE] }));
});

afterAll(async () => {
  await gateway.stop();
  await Promise.all([upstream.close(), closeServer(plain), rm(folder, { recursive: true })]);
});

function writePolicy(name: string, document: object): Promise<void> {
  return writeFile(join(folder, `${name}.json`), JSON.stringify(document));
}

function explain(...args: string[]): Promise<CliResult> {
  return runCli(folder, ["--directory", ".", "explain", ...args]);
}

function explainLive(url: string, ...args: string[]): Promise<CliResult> {
  return explain(url, "--origin", PAGE, "--live", ...args);
}

const atGateway = (path: string, host = "localhost") => `http://${host}:${gateway.port}${path}`;
const atPlain = (path: string) => `http://localhost:${plainPort}${path}`;

describe.concurrent("explain", () => {
  it("shows a grant: why there is a preflight, each step, the exact fields, and what the browser does", async () => {
    const { code, stdout, stderr } = await explain(
      ...["https://api.example.com/v1/x?a=b", "--origin", "https://shop.example.com", "--method", "put"],
      ...["--header", "content-type: application/json"],
    );
    expect(stderr).toBe("");
    expect(stdout).toBe(`PUT https://api.example.com/v1/x?a=b
from https://shop.example.com
note the browser sends put as PUT

The browser asks first (a preflight), because of the method PUT, content-type: application/json.

✓ policy  _wildcard.example.com.json
✓ path    /v1/x
✓ rule    "api" by its path "/v1/*"
✓ origin  https://shop.example.com is allowed by "https://shop.example.com"
✓ method  PUT is allowed
✓ headers content-type allowed

Preflight
  > OPTIONS /v1/x?a=b
  > Origin: https://shop.example.com
  > Access-Control-Request-Method: PUT
  > Access-Control-Request-Headers: content-type
  < 204
  < Access-Control-Allow-Origin: https://shop.example.com
  < Access-Control-Allow-Methods: GET, PUT
  < Access-Control-Allow-Headers: content-type
  < Access-Control-Max-Age: 7200
  < CORS-Decision: granted;rule=api
  < Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers

Request
  > PUT /v1/x?a=b
  > Origin: https://shop.example.com
  > Content-Type: application/json
  < the upstream's status and headers, and
  < Access-Control-Allow-Origin: https://shop.example.com
  < CORS-Decision: granted;rule=api
  < Vary: Origin (added to the upstream's own)
  < (the upstream's own Access-Control-* are removed)

✓ The browser asks by a preflight, sends the PUT, and lets the page read the response.
`);
    expect(code).toBe(0);
  });

  it("shows a denial: where it ends, and what would help", async () => {
    const { code, stdout } = await explain(
      ...["https://api.example.com/v1/x", "--origin", "http://shop.example.com", "--method", "DELETE"],
    );
    expect(code).toBe(1);
    expect(stdout).toContain(
      '✗ origin  the rule "api" does not allow http://shop.example.com; it does allow https://shop.example.com [origin-not-allowed]\n· method  not reached',
    );
    expect(stdout).toContain("DELETE is not sent.");
    expect(stdout).toContain(
      'add "http://shop.example.com" to allowOrigins of the rule "api" in _wildcard.example.com.json',
    );
    expect(stdout).toContain('add "DELETE" to allowMethods');
  });

  it("says all of it as JSON", async () => {
    const { code, json } = await explain(
      ...["https://api.example.com/v1/x", "--origin", "https://shop.example.com", "--credentials", "--json"],
    );
    expect(code).toBe(1);
    expect(json()).toMatchObject({
      request: { method: "GET", origin: "https://shop.example.com", credentials: true },
      policy: { place: "_wildcard.example.com.json", kind: "found", version: null, reportOnly: false },
      class: "actual",
      decision: { granted: true, reason: null, rule: "api" },
      preflight: null,
      actual: { sent: true, response: { status: "upstream" } },
      outcome: { kind: "blocked-after", good: false, refusal: { code: "allow-credentials-missing" } },
      remedies: [{ kind: "allow-credentials", rule: "api" }],
    });
  });

  it("looks into local KV", async () => {
    const config = join(folder, "wrangler.toml");
    await writeFile(
      config,
      'name = "x"\nmain = "x.js"\ncompatibility_date = "2026-10-23"\n[[kv_namespaces]]\nbinding = "POLICIES"\nid = "1"\n',
    );
    const { code, stdout } = await explain(
      ...["https://api.example.com/", "--origin", PAGE, "--local", "--config", config, "--persist-to", folder],
    );
    expect(stdout).toContain("neither policy/api.example.com (local KV) nor a wildcard's [no-policy]");
    expect(code).toBe(1);
  });

  it("looks into remote KV, and says so where it cannot", async () => {
    const project = await createRemoteProject(policyText(PAGE), policyText("https://other.example"));
    const args = ["explain", "https://api.example.com/", "--origin", "http://localhost:3001"];
    const { code, stdout } = await project.cli(...args);
    expect(stdout).toContain("✓ policy  policy/api.example.com (remote KV), version 1\n");
    expect(stdout).toContain(`does not allow http://localhost:3001; it does allow ${PAGE} [origin-not-allowed]`);
    expect(code).toBe(1);
    project.api.fault = () => "unauthorized";
    const refused = await project.cli(...args);
    expect(refused.stderr).toMatch(/^error: [^\n]+\n$/);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    await project.remove();
  });

  it.each([
    [["api.example.com/v1", "--origin", PAGE], "write https://api.example.com/v1"],
    [["--log", "https://api.example.com/"], "leave out the URL"],
    [["https://api.example.com/", "--origin", PAGE, "--local", "--remote"], "cannot be used with"],
    [
      ["https://api.example.com/", "--origin", PAGE, "--env", "production"],
      "--env is about KV: add --remote, or --local",
    ],
    [["wss://api.example.com/", "--origin", PAGE, "--live"], "--live is for http"],
    [["--directory", "nowhere", "https://api.example.com/", "--origin", PAGE], "there is no directory nowhere"],
  ])("refuses %j in one clear line", async (args, advice) => {
    const { code, stdout, stderr } = await explain(...args);
    expect(stderr).toContain(advice);
    expect(stderr).toMatch(/^error: [^\n]+\n(?:\(--help says more\)\n)?$/);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

describe.concurrent("explain --live", () => {
  it("finds that every hop does what the policy says", async () => {
    const { code, stdout } = await explainLive(atGateway("/v1/x"), "--header", "content-type: application/json");
    expect(stdout).toContain("  < CORS-Decision: granted;rule=api");
    expect(stdout).toContain(
      "✓ every hop does what localhost.json says\n✓ The browser lets the page read the response, 200.",
    );
    expect(code).toBe(0);
  });

  it("finds that the policy itself denies", async () => {
    const { code, stdout } = await explainLive(atGateway("/v1/denied"), "--method", "DELETE", "--yes");
    expect(stdout).toContain("✓ every hop does what localhost.json says\n✗ The browser never sends the DELETE");
    expect(stdout).toContain('add "DELETE" to allowMethods of the rule "api" in localhost.json');
    expect(upstream.seen.some(({ url }) => url === "/v1/denied")).toBe(false);
    expect(code).toBe(1);
  });

  it("sends no method that may change something, unless told to", async () => {
    const { code, stdout } = await explainLive(atGateway("/v1/kept"), "--method", "PUT");
    expect(stdout).toContain("It was not sent, because it may change something: --yes sends it.");
    expect(code).toBe(0);
    expect(upstream.seen.some(({ url }) => url === "/v1/kept")).toBe(false);
    const { json } = await explainLive(atGateway("/v1/kept"), "--method", "PUT", "--yes", "--json");
    expect(json()).toMatchObject({ live: { findings: [], outcome: { kind: "read", status: 200, good: true } } });
    expect(upstream.seen.filter(({ url }) => url === "/v1/kept").map(({ method }) => method)).toEqual(["PUT"]);
  });

  it.each<[string, () => string, string[], string, string]>([
    [
      "a gateway with an older policy",
      () => atGateway("/v1/x", "127.0.0.1"),
      ["--method", "PATCH"],
      "gateway",
      "not pushed",
    ],
    ["an upstream that fails", () => atGateway("/v1/broken"), [], "upstream", "the upstream fails with 500"],
    [
      "an upstream that cannot be reached",
      () => atGateway("/v1/x", "127.0.0.1"),
      [],
      "upstream",
      "the gateway cannot reach it",
    ],
    ["no gateway", () => atPlain("/v1/x"), [], "front", "status 200 from Server: plain"],
    ["a redirect in front", () => atPlain("/v1/moved"), ["--method", "PUT"], "front", "a redirect (301)"],
    ["nothing that listens", () => "http://localhost:1/v1/x", [], "connection", "nothing listens there"],
    ["nothing that speaks TLS", () => atPlain("/v1/x").replace("http", "https"), [], "connection", "cannot reach"],
    ["silence", () => atPlain("/v1/silent"), ["--timeout", "1"], "connection", "did not answer within 1 s"],
  ])("finds %s", async (_, url, args, hop, message) => {
    const { code, json } = await explainLive(url(), ...args, "--json");
    const { live } = json<{ live: { findings: object[] } }>();
    expect(live.findings).toEqual([{ hop, message: expect.stringContaining(message) }]);
    expect(code).toBe(1);
  });

  it("does not follow a redirect, and says how to go on", async () => {
    const { code, stdout } = await explainLive(atGateway("/v1/moved"));
    expect(stdout).toContain("cors-gateway explain https://b.example/x --origin null --live");
    expect(code).toBe(1);
  });
});

describe.concurrent("explain --log", () => {
  function log(...lines: string[]): Promise<CliResult> {
    return runCli(folder, ["--directory", ".", "explain", "--log"], {}, lines.join("\n"));
  }

  function line(fields: object): string {
    return JSON.stringify({
      ...{ time: "2027-01-15T12:00:00.000Z", event: "denial", hostname: "api.example.com", rule: "api", path: "/v1/x" },
      ...fields,
    });
  }

  it("counts the denials, and prints the line that would allow each", async () => {
    const method = { reason: "method-not-allowed", origin: "https://shop.example.com" };
    const { code, stdout } = await log(
      "Ready on http://localhost:8787",
      line({ reason: "origin-not-allowed", origin: "https://new.example.com", suppressed: 3 }),
      line({ ...method, culprit: "DELETE" }),
      JSON.stringify(
        { logs: [{ message: [line({ ...method, culprit: "patch", time: "2027-01-15T12:30:00.000Z" })] }] },
        null,
        2,
      ),
      line({ reason: "origin-not-allowed", origin: "https://shop.example.com", reportOnly: true }),
      line({ reason: "header-not-allowed", origin: "https://shop.example.com", culprit: "x-\u001b[2J" }),
      line({ reason: "origin-not-allowed", origin: "https://a.example", hostname: "$(reboot).test" }),
      line({ reason: "from-the-future", origin: "https://a.example" }),
    );
    expect(stdout).toBe(`2x    method-not-allowed (DELETE, patch)
      https://shop.example.com -> api.example.com, rule "api"
      2027-01-15T12:00:00.000Z to 2027-01-15T12:30:00.000Z
      add "DELETE" to allowMethods of the rule "api" in _wildcard.example.com.json
      write PATCH instead of patch in the page's script: methods are case-sensitive

1x    origin-not-allowed
      https://new.example.com -> api.example.com, rule "api"
      2027-01-15T12:00:00.000Z
      add "https://new.example.com" to allowOrigins of the rule "api" in _wildcard.example.com.json

1x    origin-not-allowed report-only
      https://shop.example.com -> api.example.com, rule "api"
      2027-01-15T12:00:00.000Z
      _wildcard.example.com.json allows it already; if the denials go on, publish it: cors-gateway push api.example.com

1x    header-not-allowed (x-\\u001b[2J)
      https://shop.example.com -> api.example.com, rule "api"
      2027-01-15T12:00:00.000Z
      set fewer or shorter headers in the page's script

1x    origin-not-allowed
      https://a.example -> $(reboot).test, rule "api"
      2027-01-15T12:00:00.000Z
      add "https://a.example" to allowOrigins of the rule "api" in $(reboot).test.json (which is not there; to get it: cors-gateway pull '$(reboot).test')

1x    from-the-future
      https://a.example -> api.example.com, rule "api"
      2027-01-15T12:00:00.000Z
      this version of cors-gateway does not know the reason from-the-future

7 denials of 6 kinds
3 more denials not logged, of whatever kind: the gateway writes at most ten a second
1 line ignored: not the gateway's
Allow only origins that you know: whoever makes up an Origin is in this list, too.
`);
    expect(code).toBe(1);
  });

  it("never advises to list a wildcard that a stranger sent", async () => {
    const { stdout } = await log(
      line({ reason: "origin-not-allowed", origin: "https://*.com" }),
      line({ reason: "method-not-allowed", origin: "https://shop.example.com", culprit: "*" }),
      line({ reason: "header-not-allowed", origin: "https://shop.example.com", culprit: "*" }),
      line({ reason: "no-rule", origin: "https://shop.example.com", path: "/*", hostname: "other.example.com" }),
    );
    expect(stdout).toContain('leave it denied: in a policy, "https://*.com" would stand for more than itself');
    expect(stdout.match(/leave it denied: in a policy, "\*" would/g)).toHaveLength(2);
    expect(stdout).not.toMatch(/\badd "/);
  });

  it("reads what the gateway itself logged", async () => {
    const headers = { Origin: "https://stranger.example" };
    await gateway.send({ host: "localhost", target: "/v1/logged", headers });
    await expect.poll(() => gateway.log.filter(({ path }) => path === "/v1/logged")).toHaveLength(1);
    const lines = gateway.log.map((entry) => JSON.stringify(entry));
    const { stdout } = await log(...lines);
    expect(stdout).toContain('add "https://stranger.example" to allowOrigins of the rule "api" in localhost.json');
  });

  it("finds nothing in an empty log", async () => {
    expect(await log("")).toMatchObject({ code: 0, stdout: "0 denials of 0 kinds\n" });
  });
});
