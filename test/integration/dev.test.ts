/** The gateway as `wrangler dev` runs it: the real wrangler.toml, and the local KV that `wrangler kv` writes to. */

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { unstable_startWorker as startWorker } from "wrangler";
import { send } from "../support/raw-http.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { WRANGLER_CONFIG } from "../support/wrangler-config.ts";

process.env.WRANGLER_SEND_METRICS = "false";
/** What wrangler.toml allows a minute. */
const RATE_LIMIT = 100;

let folder: string;
let upstream: Upstream;
let worker: Awaited<ReturnType<typeof startWorker>>;
let port: number;

/** Runs the very command that the README shows, on a KV of this test's own. */
async function putPolicy(hostname: string, document: object): Promise<void> {
  const path = join(folder, `${hostname}.json`);
  await writeFile(path, JSON.stringify(document));
  const put = ["kv", "key", "put", "--binding", "POLICIES", `policy/${hostname}`, "--path", path];
  await promisify(execFile)("wrangler", [...put, "--config", WRANGLER_CONFIG, "--persist-to", folder], {
    env: process.env,
  });
}

function rules(...allowOrigins: string[]) {
  return { upstream: upstream.url, rules: [{ name: "r", allowOrigins }] };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cors-gateway-dev-"));
  upstream = await startUpstream();
  worker = await startWorker({
    config: WRANGLER_CONFIG,
    dev: {
      persist: folder,
      server: { hostname: "127.0.0.1", port: 0 },
      inspector: false,
      watch: false,
      logLevel: "error",
    },
  });
  port = Number((await worker.url).port);
});

afterAll(async () => {
  await worker.dispose();
  await upstream.close();
  await rm(folder, { recursive: true, force: true });
});

it("Host and Origin reach the Worker unchanged", async () => {
  await putPolicy("api.example.com", rules("https://app.example.com"));
  const response = await send(port, {
    host: "api.example.com",
    headers: { Origin: "https://app.example.com" },
  });
  expect(response.header("cors-decision")).toBe("granted;rule=r");
  expect(response.header("access-control-allow-origin")).toBe("https://app.example.com");
  expect(upstream.seen.at(-1)?.headers).toMatchObject({
    origin: "https://app.example.com",
    "x-forwarded-host": "api.example.com",
  });
});

it("a policy that is put into KV changes the answers within 20 seconds, without a restart", async () => {
  const partner = "https://partner.example";
  await putPolicy("localhost", rules("https://app.example.com"));
  const ask = () => send(port, { host: `localhost:${port}`, headers: { Origin: partner } });
  expect((await ask()).header("cors-decision")).toBe("denied;reason=origin-not-allowed;rule=r");
  await putPolicy("localhost", rules("https://app.example.com", partner));
  const start = Date.now();
  let response = await ask();
  while (response.status !== 200 && Date.now() - start < 20_000) {
    await sleep(250);
    response = await ask();
  }
  expect(response.header("access-control-allow-origin")).toBe(partner);
});

it("the rate-limit binding of wrangler.toml limits a rule that names it", async () => {
  const origin = "https://app.example.com";
  const { rules: plain, ...rest } = rules(origin);
  await putPolicy("limited.example.com", {
    ...rest,
    rules: plain.map((rule) => ({ ...rule, rateLimit: "RATE_LIMITER" })),
  });
  let granted = 0;
  const ask = async () => (await send(port, { host: "limited.example.com", headers: { Origin: origin } })).status;
  // Minutes of the clock are counted, and one may end in between.
  while (granted < 10 * RATE_LIMIT && (await ask()) === 200) granted++;
  expect(granted).toBeGreaterThanOrEqual(RATE_LIMIT);
  expect(await ask()).toBe(429);
});
