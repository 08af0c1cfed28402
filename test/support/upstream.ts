/** Upstreams behind a gateway, with a port of their own in this process. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { closeServer, listen } from "./servers.ts";

/** A request as the upstream saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** An upstream that counts what reaches it. */
export interface Upstream {
  readonly port: number;
  readonly url: string;
  /** Everything that reached it so far. */
  readonly seen: Seen[];
  readonly server: Server;
  close(): Promise<void>;
}

/** Answers a request; the body has been read already. */
export type Answer = (request: Seen, response: ServerResponse) => void;

/** Starts an upstream on a free port of loopback; by default it answers 200 with wrongly set CORS headers of its own. */
export async function startUpstream(
  answer: Answer = answerWronglyOpen,
  upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<Upstream> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const entry: Seen = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: Buffer.concat(chunks),
    };
    seen.push(entry);
    answer(entry, response);
  });
  server.on("upgrade", (request, socket, head) => {
    seen.push({
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: head,
    });
    if (upgrade === undefined) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else upgrade(request, socket, head);
  });
  const port = await listen(server);
  return { port, url: `http://127.0.0.1:${port}`, seen, server, close: () => closeServer(server) };
}

/** What an API with a careless CORS setup answers. */
export function answerWronglyOpen(request: Seen, response: ServerResponse): void {
  response.writeHead(200, {
    "content-type": "application/json",
    "access-control-allow-origin": "https://evil.example",
    "access-control-allow-credentials": "true",
    "access-control-allow-private-network": "true",
    "access-control-expose-headers": "x-secret",
    "timing-allow-origin": "*",
    "cors-decision": "granted;rule=forged",
    "x-upstream": "yes",
  });
  response.end(JSON.stringify({ method: request.method, url: request.url }));
}
