/** An upstream that answers with bytes, right or wrong, and shows what becomes of each connection. */

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A request as far as it has arrived. */
export interface Arrival {
  readonly socket: Socket;
  /** Everything that arrived so far, heads included. */
  readonly text: () => string;
  readonly bytes: () => number;
}

/** An upstream of bytes. */
export interface RawUpstream {
  readonly url: string;
  /** The next request whose target starts with this, from now on; its head has arrived. */
  next(target: string): Promise<Arrival>;
  close(): Promise<void>;
}

/** Starts one on a free port of loopback. `answer` is called once for each connection, as soon as the first head is there. */
export async function startRawUpstream(answer: (target: string, socket: Socket) => void): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  const waiting: { readonly target: string; readonly resolve: (arrival: Arrival) => void }[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    let bytes = 0;
    let isAnswered = false;
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      // What a test looks at is small; gigabytes are only counted.
      if (text.length < 1024 * 1024) text += chunk.toString("latin1");
      if (isAnswered || !text.includes("\r\n\r\n")) return;
      isAnswered = true;
      const target = text.split(" ")[1] ?? "";
      const at = waiting.findIndex((waiter) => target.startsWith(waiter.target));
      if (at >= 0) waiting.splice(at, 1)[0]?.resolve({ socket, text: () => text, bytes: () => bytes });
      answer(target, socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: (target) => new Promise((resolve) => waiting.push({ target, resolve })),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
