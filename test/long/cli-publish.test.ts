/** push, pull, history and rollback as a user runs them: local KV with the gateway, and remote KV through wrangler. */

import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { unstable_startWorker as startWorker } from "wrangler";
import { openLocalKv } from "../../src/cli/local-kv.ts";
import { complaintOf, createProject, createRemoteProject, policyText } from "../support/policy-project.ts";
import { send } from "../support/raw-http.ts";
import { runCli } from "../support/run-cli.ts";
import { WRANGLER_CONFIG } from "../support/wrangler-config.ts";

process.env.WRANGLER_SEND_METRICS = "false";
const APP = "https://app.example.com";
const PARTNER = "https://partner.example";
/** Each wrangler takes one or two seconds of a processor; a busy machine needs its time. */
const PATIENCE = { timeout: 900_000 };

/** A running gateway on a project's local KV. */
async function startGateway(state: string) {
  const worker = await startWorker({
    config: WRANGLER_CONFIG,
    bindings: { POLICY_FRESH_SECONDS: { type: "plain_text", value: "1" } },
    dev: {
      persist: state,
      server: { hostname: "127.0.0.1", port: 0 },
      inspector: false,
      watch: false,
      logLevel: "error",
    },
  });
  const port = Number((await worker.url).port);
  return {
    url: `http://localhost:${port}/`,
    /** What is decided about a preflight. */
    decide: async (origin: string) => {
      const headers = { Origin: origin, "Access-Control-Request-Method": "GET" };
      const answer = await send(port, { method: "OPTIONS", host: `localhost:${port}`, headers });
      return answer.header("cors-decision");
    },
    stop: () => worker.dispose(),
  };
}

describe.concurrent("local KV", () => {
  it("is what the gateway answers by: push, wait, roll back, pull", PATIENCE, async () => {
    const { folder, cli, writePolicy, readPolicy, remove } = await createProject();
    const state = join(folder, ".wrangler", "state");
    const { url, decide, stop } = await startGateway(state);
    try {
      await writePolicy("localhost", policyText(APP));
      const asked = await cli("push");
      expect(asked.code).toBe(2);
      expect(complaintOf(asked)).toMatch(/no terminal.*--yes/);

      const first = await cli("push", "--yes");
      expect(first).toMatchObject({ code: 0, stderr: "" });
      expect(first.stdout).toContain("localhost: new");
      expect(first.stdout).toContain("pushed localhost: version 1 is in force in local KV");

      await writePolicy("localhost", policyText(APP, PARTNER));
      const second = await cli("push", "localhost", "--yes", "--expect", "1", "--wait", url);
      expect(second).toMatchObject({ code: 0, stderr: "" });
      expect(second.stdout).toContain(`  + ${PARTNER} may now GET, POST /*`);
      expect(second.stdout).toMatch(/decides by version 2 after \d+\.\d s/);
      expect(await decide(PARTNER)).toBe("granted;rule=api;version=2");

      const late = await cli("push", "localhost", "--expect", "1", "--yes");
      expect(late.code).toBe(1);
      expect(complaintOf(late)).toMatch(/local KV has version 2 for localhost, you expected version 1/);

      const get = ["kv", "key", "get", "policy/localhost", "--binding", "POLICIES", "--text"];
      const where = ["--config", WRANGLER_CONFIG, "--persist-to", state];
      // Local KV that another test opens in this process keeps wrangler from logging, and what it reads is a log line.
      const env = { ...process.env, WRANGLER_LOG: "log" };
      const { stdout: stored } = await promisify(execFile)("wrangler", [...get, ...where], { env });
      expect(stored.trim()).toBe(policyText(APP, PARTNER).trim());

      const back = await cli("rollback", "localhost", "--yes");
      expect(back).toMatchObject({ code: 0, stderr: "" });
      expect(back.stdout).toContain("version 3 of localhost has the text of version 1");
      expect(back.stdout).toContain("cors-gateway pull localhost");
      expect(await readPolicy("localhost")).toBe(policyText(APP, PARTNER));

      const pulled = await cli("pull", "--yes", "--json");
      expect(pulled.json()).toMatchObject({ policies: [{ hostname: "localhost", state: "overwritten" }] });
      expect(await readPolicy("localhost")).toBe(policyText(APP));
      expect((await cli("pull", "localhost")).stdout).toBe(
        "policies/localhost.json: unchanged\nnothing to write: the files are as local KV has them\n",
      );

      const denied = "denied;reason=origin-not-allowed;rule=api;version=3";
      await vi.waitFor(async () => expect(await decide(PARTNER)).toBe(denied), { timeout: 120_000, interval: 250 });

      const history = await cli("history", "localhost", "--json");
      expect(history.json()).toMatchObject({
        current: { version: 3 },
        versions: [
          { version: 3, replaces: 2, isCurrent: true },
          { version: 2, replaces: 1, isCurrent: false },
          { version: 1, isCurrent: false },
        ],
      });
    } finally {
      await stop();
      await remove();
    }
  });

  it("gets all of a push that nobody listens to, whose exit code is its own", PATIENCE, async () => {
    const { folder, cli, writePolicy, remove } = await createProject();
    try {
      await writePolicy("api.example.com", policyText(APP));
      await writePolicy("shop.example.com", policyText(APP));
      const unheard = (...args: string[]) => runCli(folder, args, {}, "", false);
      expect((await unheard("push", "--yes")).code).toBe(0);
      for (const hostname of ["api.example.com", "shop.example.com"]) {
        const history = await cli("history", hostname, "--json");
        expect(history.json()).toMatchObject({ current: { version: 1 } });
      }
      expect((await unheard("push", "api.example.com", "--yes", "--expect", "7")).code).toBe(1);
    } finally {
      await remove();
    }
  });

  it("gets what does all that is expected: expectations that no policy serves are judged, too", PATIENCE, async () => {
    const { folder, cli, writePolicy, remove } = await createProject();
    const expecting = (hostname: string, text: string) =>
      writeFile(join(folder, "policies", "expect", `${hostname}.json`), text);
    try {
      await mkdir(join(folder, "policies", "expect"));
      await writePolicy("api.example.com", policyText(APP));
      await expecting("old.example.org", JSON.stringify({ expect: [{ origin: APP, can: "GET /" }] }));
      const unserved = await cli("push", "--yes");
      expect(unserved).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing was pushed") });
      expect(unserved.stdout).toMatch(/expect\/old\.example\.org\.json:1:\d+: error .*\[expectation-failed\]/);
      await expecting("old.example.org", "not json");
      const unreadable = await cli("push", "--yes");
      expect(unreadable).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing was pushed") });
      expect(unreadable.stdout).toMatch(/expect\/old\.example\.org\.json:1:1: error .*\[document-not-json\]/);

      // What is about other hostnames alone does not keep a policy back.
      expect((await cli("push", "api.example.com", "--yes")).stdout).toContain("version 1 is in force");
      await expecting("old.example.org", JSON.stringify({ expect: [{ nobody: "GET /" }] }));
      const rule = { name: "api", allowOrigins: [APP, { list: "customers" }] };
      await writePolicy("api.example.com", JSON.stringify({ rules: [rule] }));
      await expecting("api.example.com", JSON.stringify({ expect: [{ origin: PARTNER, cannot: "GET /" }] }));
      const unchecked = await cli("push", "--yes");
      expect(unchecked.code).toBe(0);
      expect(unchecked.stdout).toMatch(/expect\/api\.example\.com\.json:1:\d+: warning .*\[expectation-not-checked\]/);
      expect(unchecked.stdout).toContain("version 2 is in force");
    } finally {
      await remove();
    }
  });

  it("that was changed by hand goes back to the last version, which perhaps never was in force", PATIENCE, async () => {
    const { folder, cli, remove } = await createProject();
    const history = "history/api.example.com";
    try {
      const configPath = join(folder, "wrangler.toml");
      const kv = await openLocalKv({ configPath, state: join(folder, ".wrangler", "state") });
      await kv.put(`${history}/1`, policyText(APP), { version: 1 });
      await kv.put(`${history}/2`, policyText(PARTNER), { version: 2, replaces: 1 });
      await kv.put("policy/api.example.com", policyText(APP, PARTNER), null);
      await kv.close();
      const back = await cli("rollback", "api.example.com", "--yes");
      expect(back.stdout).toContain("version 4 of api.example.com has the text of version 2");
      expect(complaintOf(back)).toMatch(/^note: version 2 .* whether it ever was in force, KV does not tell$/);
      // What that replaced is known: the text that was put by hand.
      const again = await cli("rollback", "api.example.com", "--yes");
      expect(again).toMatchObject({ stderr: "", stdout: expect.stringContaining("has the text of version 3") });
    } finally {
      await remove();
    }
  });

  it("is not touched by a command that is refused", PATIENCE, async () => {
    const { cli, writePolicy, remove } = await createProject();
    const refuse = async (code: number, complaint: RegExp, ...args: string[]) => {
      const result = await cli(...args);
      expect([result.code, result.stderr], args.join(" ")).toEqual([code, expect.stringMatching(complaint)]);
      return result;
    };
    try {
      await refuse(2, /no policies in policies; write one with: cors-gateway init/, "push");
      await writePolicy("good.example.com", policyText(APP));
      await writePolicy("bad.example.com", policyText("https://APP.example.com/"));
      const { stdout } = await refuse(1, /nothing was pushed/, "push", "--yes");
      expect(stdout).toMatch(/bad\.example\.com\.json:\d+:\d+: error/);
      await writePolicy("bad.example.com", Buffer.from([0, 1, 2, 255, 254, 27, 91]));
      expect((await refuse(1, /nothing was pushed/, "push", "--yes")).stdout).not.toContain("\u001b");
      await refuse(2, /there is no policies\/nope\.example\.com\.json/, "push", "nope.example.com");
      await refuse(2, /not a hostname/, "push", "good.example.com/v1");
      await refuse(2, /not a hostname/, "history", "../secret");
      await refuse(2, /--wait is about one policy/, "push", "--wait", "https://good.example.com/");
      await refuse(2, /--wait takes the gateway's URL/, "push", "good.example.com", "--wait", "good.example.com");
      await refuse(2, /whole number/, "push", "good.example.com", "--expect", "latest");
      await refuse(2, /cannot read the directory/, "push", "--directory", "nowhere");
      await refuse(2, /there is no nowhere\.toml/, "push", "good.example.com", "--config", "nowhere.toml");
      await refuse(
        2,
        /no policy for good\.example\.com in local KV, and there never was/,
        "history",
        "good.example.com",
      );
    } finally {
      await remove();
    }
  });
});

describe.concurrent("remote KV", () => {
  it("takes a push, and gives it back to pull", PATIENCE, async () => {
    const { api, cli, readPolicy, remove } = await createRemoteProject(policyText(APP), policyText(APP, PARTNER));
    try {
      const pushed = await cli("push", "api.example.com", "--yes", "--expect", "1");
      expect(pushed).toMatchObject({ code: 0, stderr: "" });
      expect(pushed.stdout).toContain("pushed api.example.com: version 2 is in force in remote KV");
      const { value, metadata } = api.entries.get("policy/api.example.com") ?? {};
      expect(value).toBe(policyText(APP, PARTNER));
      expect(metadata).toEqual({ version: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/), time: expect.any(String) });
      const written = api.requests.filter(({ method }) => method === "PUT");
      expect(written.map(({ key }) => key)).toEqual(["history/api.example.com/2", "policy/api.example.com"]);

      api.pageSize = 2;
      api.entries.set("policy/*.example.com", { value: policyText(PARTNER), metadata: null });
      api.entries.set("policy/../../evil", { value: "{}", metadata: null });
      const pulled = await cli("pull");
      expect(pulled.code).toBe(0);
      expect(complaintOf(pulled)).toContain("left out the key policy/../../evil");
      expect(pulled.stdout).toContain("policies/api.example.com.json: unchanged");
      expect(await readPolicy("_wildcard.example.com")).toBe(policyText(PARTNER));
    } finally {
      await remove();
    }
  });

  it("is pulled as far as files can be written: pull names those before the one that cannot", PATIENCE, async () => {
    const { api, folder, cli, readPolicy, remove } = await createRemoteProject(policyText(APP), policyText(PARTNER));
    try {
      // A hostname, but with `.json` longer than the name of a file may be.
      const long = `${"b".repeat(63)}.${"b".repeat(63)}.${"b".repeat(63)}.${"b".repeat(57)}.de`;
      api.entries.set(`policy/${long}`, { value: policyText(APP), metadata: null });
      const pulled = await cli("pull", "--yes");
      expect(pulled.code).toBe(2);
      expect(complaintOf(pulled)).toMatch(
        /^error: cannot write policies\/bbb[^ ]+: ENAMETOOLONG.*; written before that: policies\/api\.example\.com\.json$/,
      );
      expect(await readPolicy("api.example.com")).toBe(policyText(APP));
      expect(await readdir(join(folder, "policies"))).toEqual(["api.example.com.json"]);
    } finally {
      await remove();
    }
  });

  // Every fault in every step: test/long/cli-publish-faults.test.ts.
  it.each([
    [
      "401 at the first look",
      "GET",
      "policy/",
      "unauthorized",
      /^error: nothing was pushed: Cloudflare refused the login/,
    ],
    [
      "a cut connection on the way into force",
      "PUT",
      "policy/",
      "cut",
      /connection.*; not pushed, the old stays in force: api\.example\.com \(version 1\)$/,
    ],
  ] as const)("keeps the old policy where a push fails with %s", PATIENCE, async (_, verb, place, fault, complaint) => {
    const { api, cli, remove } = await createRemoteProject(policyText(APP), policyText(APP, PARTNER));
    try {
      api.fault = ({ method, key }) => (method === verb && key.startsWith(place) ? fault : undefined);
      const result = await cli("push", "api.example.com", "--yes");
      expect(result.code).toBe(2);
      expect(complaintOf(result)).toMatch(complaint);
      expect(api.entries.get("policy/api.example.com")?.value).toBe(policyText(APP));
    } finally {
      await remove();
    }
  });

  it("that never answers is given up", PATIENCE, async () => {
    const { api, cli, remove } = await createRemoteProject(policyText(APP), policyText(APP));
    try {
      // More milliseconds than a timer takes are no reason to wait for none.
      expect(await cli("pull", "--time-limit", "2147484")).toMatchObject({ code: 0, stderr: "" });
      api.fault = () => "silence";
      const result = await cli("pull", "--time-limit", "5");
      expect(result.code).toBe(2);
      expect(complaintOf(result)).toMatch(/^error: Cloudflare did not answer within 5 s: /);
    } finally {
      await remove();
    }
  });

  it("without a login says how to log in", PATIENCE, async () => {
    const { api, folder, remove } = await createRemoteProject(policyText(APP), policyText(APP));
    try {
      const noLogin = { CLOUDFLARE_API_TOKEN: "", HOME: folder, XDG_CONFIG_HOME: folder };
      const result = await runCli(folder, ["pull", "--remote"], { ...api.env, ...noLogin });
      expect(result.code).toBe(2);
      expect(complaintOf(result)).toBe(
        "error: not logged in to Cloudflare: run npx wrangler login, or set CLOUDFLARE_API_TOKEN",
      );
    } finally {
      await remove();
    }
  });
});
