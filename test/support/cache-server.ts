/** The Cache API of a data centre, as workerd asks for it: GET only if cached, PUT of a whole HTTP response, PURGE. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { parseResponse, type RawResponse } from "./raw-http.ts";
import { closeServer, listen } from "./servers.ts";

/** A cache that gateways can share, and that can misbehave. */
export interface FakeCacheServer {
  readonly port: number;
  /** By namespace and URL. */
  readonly entries: Map<string, RawResponse>;
  /** Runs before each answer; throwing makes it fail, a pending promise makes it hang. */
  before: () => unknown;
  close(): Promise<void>;
}

/** Starts an empty cache. */
export async function startCache(): Promise<FakeCacheServer> {
  const server = createServer((request, response) => void answer(cache, request, response));
  const cache: FakeCacheServer = {
    port: await listen(server),
    entries: new Map(),
    before: () => undefined,
    close: () => closeServer(server),
  };
  return cache;
}

async function answer(
  { entries, before }: FakeCacheServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(request);
  const { host, "cf-cache-namespace": namespace = "default" } = request.headers;
  const key = `${namespace} ${host}${request.url}`;
  try {
    await before();
  } catch {
    response.writeHead(500).end();
    return;
  }
  if (request.method === "PUT") {
    entries.set(key, parseResponse(body));
    response.writeHead(204).end();
  } else if (request.method === "PURGE") {
    response.writeHead(entries.delete(key) ? 200 : 404).end();
  } else {
    const entry = entries.get(key);
    if (entry === undefined) response.writeHead(504, { "cf-cache-status": "MISS" }).end();
    else {
      const lines = entry.lines.filter(([name]) => name.toLowerCase() !== "transfer-encoding");
      response.writeHead(entry.status, [...lines.flat(), "CF-Cache-Status", "HIT"]).end(entry.body);
    }
  }
}
