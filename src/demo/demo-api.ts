/**
 * The API that the demo puts behind the gateway: an ordinary Express app whose own CORS settings are as wrong as they
 * often are, so that one can see the gateway replace them.
 */

import cors from "cors";
import express, { type ErrorRequestHandler, type Express } from "express";
import { WebSocketServer } from "ws";
import { type LoopbackServer, listenOnLoopback } from "./loopback-server.ts";

const MAX_RUNS = 1000;

/** A request that reached the API. */
interface Arrival {
  readonly method: string;
  readonly cookie: string | null;
}

/** The running API. */
export interface DemoApi {
  readonly port: number;
  /** What reached the API with `?run=<run>` in its URL, in order. */
  arrivalsOf(run: string): readonly Arrival[];
  close(): Promise<void>;
}

/**
 * Starts the API.
 * @param port 0 for a free one
 * @throws PortError
 */
export async function startDemoApi(port: number): Promise<DemoApi> {
  const arrivals = new Map<string, Arrival[]>();
  const note = (url: string, arrival: Arrival) => {
    const run = new URL(url, "http://localhost").searchParams.get("run");
    if (run === null) return;
    arrivals.set(run, [...(arrivals.get(run) ?? []), arrival]);
    for (const oldest of arrivals.keys()) {
      if (arrivals.size <= MAX_RUNS) break;
      arrivals.delete(oldest);
    }
  };
  const app = express();
  app.disable("x-powered-by");
  app.use((request, _, next) => {
    note(request.url, { method: request.method, cookie: request.get("cookie") ?? null });
    next();
  });
  // Wrong on purpose: any page on the web may read, change and delete as the user who is logged in.
  app.use(cors({ origin: true, credentials: true }));
  addRoutes(app);
  const echo = createEcho();
  const server: LoopbackServer = await listenOnLoopback(
    {
      request: app,
      upgrade: (request, socket, head) => {
        note(request.url ?? "/", { method: "WebSocket", cookie: request.headers.cookie ?? null });
        echo.handleUpgrade(request, socket, head, (client) => echo.emit("connection", client, request));
      },
    },
    port,
  );
  return { port: server.port, arrivalsOf: (run) => arrivals.get(run) ?? [], close: server.close };
}

/** Nothing is stored: the demo asks the API a second time to learn what its own CORS headers would have been. */
function addRoutes(app: Express): void {
  app.use(express.json());
  app.get("/v1/products", (_, response) => {
    response.json({ products: ["Teapot", "Sugar bowl"] });
  });
  app.put("/v1/products/:id", (request, response) => {
    if (request.get("authorization") === undefined) {
      response.status(401).json({ error: "Authorization is missing." });
      return;
    }
    response.json({ saved: { id: Number(request.params.id), ...request.body } });
  });
  app.delete("/v1/products/:id", (request, response) => {
    response.json({ deleted: Number(request.params.id) });
  });
  app.get("/v1/visits", (request, response) => {
    const visits = 1 + Number(/(?:^|;\s*)visits=([0-9]{1,9})(?:;|$)/.exec(request.get("cookie") ?? "")?.[1] ?? 0);
    // HttpOnly: cookies ignore ports, so the page's script could read this one otherwise, gateway or not.
    response.cookie("visits", String(visits), { httpOnly: true, sameSite: "lax" }).json({ visits });
  });
  app.get("/v1/broken", () => {
    throw new Error("The database is on fire.");
  });
  app.get("/public/status", (request, response) => {
    response.json({ status: "all systems go", cookie: request.get("cookie") ?? null });
  });
  const answerError: ErrorRequestHandler = (error, _request, response, _next) => {
    const status = Number(error.status ?? 500);
    response.status(status).json({ error: String(error.message) });
  };
  app.use(answerError);
}

function createEcho(): WebSocketServer {
  const echo = new WebSocketServer({ noServer: true, maxPayload: 1024 });
  echo.on("connection", (client) => {
    client.on("message", (data, isBinary) => client.send(data, { binary: isBinary }));
    // A page that goes away in mid-frame is no news.
    client.on("error", () => client.terminate());
  });
  return echo;
}
