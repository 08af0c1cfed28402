/** Frameworks as listeners of Node's HTTP server, which Express is by itself. */

import type { IncomingMessage, RequestListener } from "node:http";
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { Hono } from "hono";

/** A Fastify app, once its plugins are ready. */
export async function fromFastify(app: FastifyInstance): Promise<RequestListener> {
  await app.ready();
  return app.routing;
}

/** A Hono app. */
export function fromHono(app: Hono): RequestListener {
  return async (incoming, outgoing) => {
    const response = await app.fetch(toRequest(incoming));
    outgoing.writeHead(response.status, [...response.headers].flat());
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  };
}

function toRequest(incoming: IncomingMessage): Request {
  const { method = "GET", url = "/", headers } = incoming;
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(`http://${headers.host}${url}`, {
    method,
    headers: pairs,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" }),
  });
}
