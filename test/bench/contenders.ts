/** The gateway and its peers, each doing the same job before the same upstream. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { buildWorker } from "../support/build-worker.ts";
import { endProcess, freePort, untilAnswering } from "../support/servers.ts";
import { emptyKv, startWorkerd } from "../support/workerd.ts";
import { pin } from "./processes.ts";

/** A running server. */
export interface Contender {
  readonly name: string;
  readonly port: number;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** Whom all requests are for: a domain, as nearly all are. */
export const HOSTNAME = "api.example.com";

const ORIGINS = ["https://app.example.com", "https://shop.example.com", "https://admin.example.com"];

/** What the gateway enforces, and its peers by their own means. */
export const POLICY = {
  rules: [
    {
      name: "orders",
      paths: ["/v1/*"],
      allowOrigins: ORIGINS,
      allowMethods: ["GET", "PUT", "DELETE"],
      allowHeaders: ["authorization", "content-type"],
      exposeHeaders: ["etag"],
      allowCredentials: true,
    },
  ],
};

/** Starts a Worker of this folder or the gateway itself, built like the gateway, on plain workerd. */
export async function startWorker(
  name: string,
  entry: string,
  folder: string,
  upstream: string,
  values: Readonly<Record<string, unknown>>,
): Promise<Contender> {
  const script = await buildWorker(join(folder, name.replace(/\W+/g, "-")), entry);
  const kv = emptyKv();
  for (const [key, value] of Object.entries(values)) kv.values.set(key, JSON.stringify(value));
  const running = await startWorkerd(script, { UPSTREAM: upstream, DEFAULT_UPSTREAM: upstream }, { kv });
  pin(running.pid);
  return { name, port: running.port, pids: [running.pid], stop: running.stop };
}

/** The gateway with a policy for {@link HOSTNAME}. */
export function startGateway(
  name: string,
  folder: string,
  upstream: string,
  policy: object = POLICY,
): Promise<Contender> {
  return startWorker(name, "src/worker/index.ts", folder, upstream, { [`policy/${HOSTNAME}`]: policy });
}

/** The bare Worker, which decides nothing. */
export function startBare(name: string, folder: string, upstream: string): Promise<Contender> {
  return startWorker(name, "test/bench/contenders/bare.js", folder, upstream, {});
}

/** Hono's cors() and proxy(), the allow-list in memory or in KV. */
export function startHono(name: string, entry: string, folder: string, upstream: string): Promise<Contender> {
  return startWorker(name, entry, folder, upstream, { "allowed-origins": ORIGINS });
}

/** Express with cors and a proxy middleware, on Node. */
export async function startExpress(name: string, upstream: string): Promise<Contender> {
  const script = fileURLToPath(new URL("./contenders/express-cors.js", import.meta.url));
  const child = spawn(process.execPath, [script, upstream], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  pin(child.pid ?? 0);
  for await (const port of createInterface({ input: child.stdout })) {
    return { name, port: Number(port), pids: [child.pid ?? 0], stop: () => endProcess(child) };
  }
  throw new Error(`${script} did not start`);
}

/** nginx with a `map` of the allowed origins. */
export async function startNginxCors(name: string, folder: string, upstream: string): Promise<Contender> {
  const upstreamHost = new URL(upstream).host;
  const contender = await startNginx(
    name,
    folder,
    `map $http_origin $allowed { default ""; ${ORIGINS.map((origin) => `"${origin}" $http_origin;`).join(" ")} }
  upstream api { server ${upstreamHost}; keepalive 32; }`,
    `location /v1/ {
      if ($request_method = OPTIONS) {
        add_header access-control-allow-origin $allowed always;
        add_header access-control-allow-credentials true always;
        add_header access-control-allow-methods "GET, PUT, DELETE" always;
        add_header access-control-allow-headers "authorization, content-type" always;
        add_header access-control-max-age 7200 always;
        add_header vary "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" always;
        return 204;
      }
      add_header access-control-allow-origin $allowed always;
      add_header access-control-allow-credentials true always;
      add_header access-control-expose-headers etag always;
      add_header vary Origin always;
      proxy_http_version 1.1;
      proxy_set_header connection "";
      proxy_set_header x-forwarded-host $host;
      proxy_set_header x-forwarded-proto $scheme;
      proxy_pass http://api;
    }`,
  );
  for (const pid of contender.pids) pin(pid);
  return contender;
}

/** The upstream of all: an nginx that answers at once, and has files of every size under /v1/bytes/. */
export async function startUpstream(folder: string, sizes: readonly number[]): Promise<Contender> {
  const files = join(folder, "bytes");
  await mkdir(files, { recursive: true });
  for (const size of sizes) await writeFile(join(files, String(size)), Buffer.alloc(size, "x"));
  return startNginx(
    "upstream",
    folder,
    "default_type application/json;",
    `location / { add_header etag '"7"'; return 200 '{"id":7,"items":[1,2,3]}'; }
    location /v1/bytes/ { alias ${files}/; }`,
  );
}

/** An nginx with one worker process. */
async function startNginx(name: string, folder: string, http: string, server: string): Promise<Contender> {
  const home = join(folder, name.replace(/\W+/g, "-"));
  await mkdir(home, { recursive: true });
  const port = await freePort();
  const config = join(home, "nginx.conf");
  await writeFile(
    config,
    `worker_processes 1; daemon off; pid ${home}/nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 10000000; client_max_body_size 0; client_body_temp_path ${home}/body;
  proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/fastcgi; uwsgi_temp_path ${home}/uwsgi; scgi_temp_path ${home}/scgi;
  ${http}
  server { listen 127.0.0.1:${port}; ${server} }
}`,
  );
  const child = spawn("nginx", ["-c", config, "-p", home], { stdio: ["ignore", "ignore", "inherit"] });
  const failed = once(child, "error").then(([error]) => {
    throw new Error("nginx is needed: apt-get install nginx-light", { cause: error });
  });
  await Promise.race([failed, untilAnswering(child, `http://127.0.0.1:${port}/`)]);
  return { name, port, pids: childrenOf(child.pid ?? 0), stop: () => endProcess(child) };
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return children === "" ? [] : children.split(" ").map(Number);
}
