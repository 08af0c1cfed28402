/** The command as its users run it: against this gateway on plain workerd, and against an API that is open to all. */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { type RunningGateway, startWorkerd } from "../support/workerd.ts";

const RUN = fileURLToPath(new URL("run.ts", import.meta.url));
const ORIGINS = ["--allowed", "https://shop.example.com", "--denied", "https://evil.example"];

let gateway: RunningGateway;
let upstream: Upstream;
let open: Upstream;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startWorkerd(inject("workerScript"), { DEFAULT_UPSTREAM: upstream.url });
  const rule = {
    name: "api",
    allowOrigins: ["https://shop.example.com"],
    allowHeaders: ["content-type"],
    allowCredentials: true,
  };
  gateway.kv.values.set("policy/localhost", JSON.stringify({ rules: [rule] }));
  open = await startUpstream(({ headers }, response) => {
    response.setHeader("access-control-allow-origin", headers.origin ?? "*");
    response.setHeader("access-control-allow-credentials", "true");
    response.end("ok\u001b[31m");
  });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  await open.close();
});

function run(...args: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = { ...process.env, NO_COLOR: "1" };
    execFile(process.execPath, [RUN, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const gatewayUrl = () => `http://localhost:${gateway.port}/`;

describe("npm run conformance", () => {
  it("finds the gateway conformant, with exit code 0", async () => {
    const { code, stdout, stderr } = await run(
      gatewayUrl(),
      ...ORIGINS,
      "--credentials",
      "--header",
      "Content-Type",
      "--json",
    );
    expect(stderr).toBe("");
    const { conformant, findings } = JSON.parse(stdout);
    const others = findings.filter(({ status }: { status: string }) => status !== "pass");
    // The upstream of this test answers 200 to everything.
    expect(others.map(({ id, status }: Record<string, string>) => [id, status])).toEqual([["errors-readable", "skip"]]);
    expect(conformant).toBe(true);
    expect(code).toBe(0);
  });

  it("sends nothing but OPTIONS and GET, and no cookie", async () => {
    open.seen.length = 0;
    await run(open.url, ...ORIGINS, "--method", "DELETE");
    expect(open.seen.length).toBeGreaterThan(10);
    expect(new Set(open.seen.map(({ method }) => method))).toEqual(new Set(["OPTIONS", "GET"]));
    expect(open.seen.every(({ headers }) => headers.cookie === undefined)).toBe(true);
  });

  it("says what is wrong with an API that reflects every origin, with exit code 1", async () => {
    const { code, stdout } = await run(open.url, ...ORIGINS, "--credentials");
    expect(code).toBe(1);
    expect(stdout).toContain(
      "fail  actual-of-denied: a page of the denied origin reads nothing\n      access-control-allow-origin: https://evil.example\n      https://fetch.spec.whatwg.org/#concept-cors-check",
    );
    expect(stdout).toMatch(/fail {2}vary-origin: /);
    expect(stdout).not.toContain("\u001b");
  });

  it.each<[string[], string]>([
    [[], "give one http(s) URL"],
    [["ftp://x", ...ORIGINS], "give one http(s) URL"],
    [["http://localhost"], "--allowed is missing"],
    [["http://localhost", "--allowed", "https://a.com/", "--denied", "https://b.com"], "write https://a.com"],
    [["http://localhost", ...ORIGINS, "--method", "A B"], "is no method or header name"],
    [["http://localhost", ...ORIGINS, "--timeout", "soon"], "--timeout is a number of seconds"],
    [["http://localhost", ...ORIGINS, "--nonsense"], "nonsense"],
    [["http://127.0.0.1:1/", ...ORIGINS], "cannot reach 127.0.0.1:1"],
  ])("ends %j in one line and exit code 2", async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split("\n").length).toBe(1);
  });
});
