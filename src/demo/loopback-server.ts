/** HTTP servers of the demo: on this machine's loopback addresses, never on the network. */

import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** What `localhost` may mean; the second one is left out where the machine has no IPv6. */
const LOOPBACK_ADDRESSES = ["127.0.0.1", "::1"] as const;
const NO_SUCH_ADDRESS: readonly unknown[] = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];

/** A server that listens on every loopback address under one port. */
export interface LoopbackServer {
  readonly port: number;
  /** Ends every connection, WebSockets too. */
  close(): Promise<void>;
}

/** What a server does. */
export interface Listeners {
  readonly request: RequestListener;
  readonly upgrade?: (request: Parameters<RequestListener>[0], socket: Duplex, head: Buffer) => void;
}

/** A port that cannot be listened on; the message says why. */
export class PortError extends Error {
  readonly port: number;

  constructor(port: number, fault: string, cause: unknown) {
    super(`Port ${port} ${fault}`, { cause });
    this.name = "PortError";
    this.port = port;
  }
}

const PORT_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use",
  EACCES: "is not for this user",
};

/**
 * Listens on loopback.
 * @param port 0 for a free one
 * @throws PortError
 */
export async function listenOnLoopback(listeners: Listeners, port: number): Promise<LoopbackServer> {
  const servers: { server: Server; sockets: Set<Socket> }[] = [];
  const close = async () => {
    await Promise.all(servers.map(closeServer));
  };
  let chosen = port;
  try {
    for (const address of LOOPBACK_ADDRESSES) {
      const server = await listen(listeners, chosen, address);
      if (server === undefined) continue;
      servers.push(server);
      chosen = portOf(server.server);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { port: chosen, close };
}

/**
 * Makes sure that a port of loopback can be listened on.
 * @param port 0 passes
 * @throws PortError
 */
export async function assertPortFree(port: number): Promise<void> {
  const server = await listenOnLoopback({ request: (_, response) => response.end() }, port);
  await server.close();
}

function listen(
  listeners: Listeners,
  port: number,
  address: string,
): Promise<{ server: Server; sockets: Set<Socket> } | undefined> {
  const server = createServer(listeners.request);
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  if (listeners.upgrade !== undefined) server.on("upgrade", listeners.upgrade);
  return new Promise((resolve, reject) => {
    server.once("listening", () => resolve({ server, sockets }));
    server.once("error", (error: NodeJS.ErrnoException) => {
      const fault = PORT_FAULTS[error.code ?? ""];
      if (NO_SUCH_ADDRESS.includes(error.code) && address !== LOOPBACK_ADDRESSES[0]) resolve(undefined);
      else reject(fault === undefined ? error : new PortError(port, fault, error));
    });
    server.listen(port, address);
  });
}

function closeServer({ server, sockets }: { server: Server; sockets: Set<Socket> }): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // `closeAllConnections` knows nothing of connections that became WebSockets.
    for (const socket of sockets) socket.destroy();
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has a port");
  return address.port;
}
