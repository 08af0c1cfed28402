/** The same API behind the CORS of this gateway and of its peers, each set as its documentation shows it. */

import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fastifyCors from "@fastify/cors";
import cors from "cors";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { cors as honoCors } from "hono/cors";
import { closeServer, listen, startUpstream } from "../support/upstream.ts";
import { startWorkerd } from "../support/workerd.ts";

/** What each of them is to let in. */
export const ALLOWED = "https://shop.example.com";
export const DENIED = "https://evil.example";
const METHODS = ["GET", "PUT"];
const HEADERS = ["authorization", "content-type"];
const MAX_AGE = 600;

const NGINX = "/usr/sbin/nginx";

/** A running API. */
export interface Peer {
  readonly name: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Says what cannot be started here; undefined where everything can. */
export function missingPeer(): string | undefined {
  try {
    accessSync(NGINX, constants.X_OK);
    return undefined;
  } catch {
    return `there is no ${NGINX}: apt-get install -y --no-install-recommends nginx-light`;
  }
}

/**
 * Starts them all on free ports.
 * @param workerScript the built Worker
 */
export function startPeers(workerScript: string): Promise<Peer[]> {
  return Promise.all([startGateway(workerScript), startExpress(), startFastify(), startHono(), startNginx()]);
}

async function startGateway(script: string): Promise<Peer> {
  const upstream = await startUpstream(({ url }, response) => {
    response.writeHead(url === "/" ? 200 : 404, { "content-type": "text/plain" }).end("ok");
  });
  const gateway = await startWorkerd(script, { DEFAULT_UPSTREAM: upstream.url });
  const rule = {
    name: "api",
    allowOrigins: [ALLOWED],
    allowMethods: METHODS,
    allowHeaders: HEADERS,
    allowCredentials: true,
    maxAge: MAX_AGE,
  };
  gateway.kv.values.set("policy/localhost", JSON.stringify({ rules: [rule] }));
  const stop = async () => {
    await gateway.stop();
    await upstream.close();
  };
  return { name: "cors-gateway", port: gateway.port, stop };
}

async function startListener(name: string, listener: RequestListener): Promise<Peer> {
  const server = createServer(listener);
  return { name, port: await listen(server), stop: () => closeServer(server) };
}

function startExpress(): Promise<Peer> {
  const options = { origin: [ALLOWED], methods: METHODS, allowedHeaders: HEADERS, credentials: true, maxAge: MAX_AGE };
  const app = express()
    .use(cors(options))
    .get("/", (_, response) => void response.send("ok"));
  return startListener("Express `cors`", app);
}

async function startFastify(): Promise<Peer> {
  const app = fastify();
  await app.register(fastifyCors, {
    origin: [ALLOWED],
    methods: METHODS,
    allowedHeaders: HEADERS,
    credentials: true,
    maxAge: MAX_AGE,
  });
  app.get("/", async () => "ok");
  await app.ready();
  return startListener("`@fastify/cors`", (request, response) => void app.routing(request, response));
}

function startHono(): Promise<Peer> {
  const options = {
    origin: [ALLOWED],
    allowMethods: METHODS,
    allowHeaders: HEADERS,
    credentials: true,
    maxAge: MAX_AGE,
  };
  const app = new Hono().use(honoCors(options)).get("/", (context) => context.text("ok"));
  return startListener("Hono `cors`", async ({ method = "", url = "", headers }, response) => {
    const request = new Request(new URL(url, "http://localhost"), {
      method,
      headers: headers as Record<string, string>,
    });
    const answer = await app.fetch(request);
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
}

/** The recipe that is found most: a `map` of origins, `add_header`, and an answer to every OPTIONS. */
export const NGINX_RECIPE = `map $http_origin $cors_origin {
  default "";
  "${ALLOWED}" $http_origin;
}
server {
  listen 127.0.0.1:PORT;
  location / {
    if ($request_method = OPTIONS) {
      add_header Access-Control-Allow-Origin $cors_origin;
      add_header Access-Control-Allow-Credentials true;
      add_header Access-Control-Allow-Methods "${METHODS.join(", ")}";
      add_header Access-Control-Allow-Headers "${HEADERS.join(", ")}";
      add_header Access-Control-Max-Age ${MAX_AGE};
      return 204;
    }
    add_header Access-Control-Allow-Origin $cors_origin;
    add_header Access-Control-Allow-Credentials true;
    try_files $uri =404;
  }
}`;

async function startNginx(): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), "cors-gateway-nginx-"));
  const port = await freePort();
  await writeFile(join(folder, "ok.txt"), "ok");
  const config = `daemon off; master_process off; pid nginx.pid; error_log stderr crit; events {}
http {
access_log off; root .; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
${NGINX_RECIPE.replace("PORT", String(port)).replace("try_files $uri", "try_files $uri $uri/ok.txt")}
}`;
  await writeFile(join(folder, "nginx.conf"), config);
  const child = spawn(NGINX, ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx does not start: ${complaint}`);
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isUp) break;
    await sleep(20);
  }
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
    await rm(folder, { recursive: true });
  };
  return { name: "nginx recipe", port, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await closeServer(server);
  return port;
}
