/** The same API behind the CORS of this gateway and of its peers, each set as its documentation shows it. */

import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fastifyCors from "@fastify/cors";
import cors from "cors";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { cors as honoCors } from "hono/cors";
import { fromFastify, fromHono } from "../support/frameworks.ts";
import { closeServer, endProcess, freePort, listen, untilAnswering } from "../support/servers.ts";
import { startUpstream } from "../support/upstream.ts";
import { startWorkerd } from "../support/workerd.ts";

/** The origin that each of them is to let in. */
export const ALLOWED = "https://shop.example.com";
/** One that none of them is to let in. */
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
 * Starts them all on free ports, or none of them.
 * @param workerScript the built Worker
 */
export async function startPeers(workerScript: string): Promise<Peer[]> {
  const peers: Peer[] = [];
  try {
    peers.push(await startGateway(workerScript));
    for (const start of [startExpress, startFastify, startHono, startNginx]) peers.push(await start());
    return peers;
  } catch (error) {
    for (const { stop } of peers) await stop();
    throw error;
  }
}

async function startGateway(script: string): Promise<Peer> {
  const upstream = await startUpstream(({ url }, response) => {
    response.writeHead(url === "/" ? 200 : 404, { "content-type": "text/plain" }).end("ok");
  });
  const gateway = await startWorkerd(script, { DEFAULT_UPSTREAM: upstream.url }).catch(async (error) => {
    await upstream.close();
    throw error;
  });
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
  return startListener("`@fastify/cors`", await fromFastify(app));
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
  return startListener("Hono `cors`", fromHono(app));
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
  const stop = async () => {
    await endProcess(child, "SIGKILL");
    await rm(folder, { recursive: true });
  };
  await untilAnswering(child, `http://127.0.0.1:${port}/`).catch(async (error) => {
    await stop();
    throw new Error(`nginx does not start: ${complaint}`, { cause: error });
  });
  return { name: "nginx recipe", port, stop };
}
