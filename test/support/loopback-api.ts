/** APIs with a CORS setup of their own, on loopback. */

import { createServer } from "node:http";
import express, { type RequestHandler } from "express";
import { closeServer, listen } from "./servers.ts";

/** An API that notes what reaches it. */
export interface LoopbackApi {
  /** Of the path `/v1/orders`. */
  readonly url: string;
  /** Methods in the order in which they came. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

/** Starts an Express app that answers everything with `{}`, with this in front. */
export async function startApi(handler: RequestHandler): Promise<LoopbackApi> {
  const seen: string[] = [];
  const app = express();
  app.use((request, _, next) => {
    seen.push(request.method);
    next();
  });
  app.use(handler);
  app.use((_, response) => void response.json({}));
  const server = createServer(app);
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}/v1/orders`, seen, close: () => closeServer(server) };
}
