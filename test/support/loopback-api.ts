/** APIs with a CORS setup of their own, on loopback. */

import type { AddressInfo } from "node:net";
import express, { type RequestHandler } from "express";
import { closeServer } from "./servers.ts";

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
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1/orders`, seen, close: () => closeServer(server) };
}
