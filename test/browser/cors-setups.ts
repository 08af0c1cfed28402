/** APIs behind the CORS of other libraries, as their users set it, that count the methods of the requests they get. */

import type { RequestListener } from "node:http";
import cors from "cors";
import express from "express";
import { Hono } from "hono";
import { cors as honoCors } from "hono/cors";
import { type LoopbackServer, listenOnLoopback } from "../../src/demo/loopback-server.ts";
import { fromHono } from "../support/frameworks.ts";

/** What the page needs of every setup. */
export interface Need {
  readonly origin: string;
  readonly methods: readonly string[];
  readonly headers: readonly string[];
}

/** A running setup. */
export interface CorsSetup {
  /** As docs/browsers.md calls it. */
  readonly name: string;
  readonly server: LoopbackServer;
  /** The methods of all requests so far. */
  readonly seen: readonly string[];
}

/** Starts every setup on a port of its own. */
export function startCorsSetups({ origin, methods, headers }: Need): Promise<CorsSetup[]> {
  const forExpress = { origin, methods: [...methods], allowedHeaders: [...headers] };
  const forHono = { origin, allowMethods: [...methods], allowHeaders: [...headers] };
  return Promise.all([
    start("Express `cors()`", expressApi()),
    start("Express `cors` with origin, methods, allowedHeaders", expressApi(forExpress)),
    start("Express `cors` with these and maxAge", expressApi({ ...forExpress, maxAge: 600 })),
    start("Hono `cors()`", honoApi()),
    start("Hono `cors` with origin, allowMethods, allowHeaders", honoApi(forHono)),
    start("Hono `cors` with these and maxAge", honoApi({ ...forHono, maxAge: 600 })),
  ]);
}

async function start(name: string, api: RequestListener): Promise<CorsSetup> {
  const seen: string[] = [];
  const request: RequestListener = (incoming, response) => {
    seen.push(incoming.method ?? "");
    api(incoming, response);
  };
  return { name, seen, server: await listenOnLoopback({ request }, 0) };
}

function expressApi(options?: cors.CorsOptions): RequestListener {
  return express()
    .use(cors(options))
    .use((_, response) => void response.send("ok"));
}

function honoApi(options?: Parameters<typeof honoCors>[0]): RequestListener {
  const app = new Hono().use(honoCors(options)).all("*", (context) => context.text("ok"));
  return fromHono(app);
}
