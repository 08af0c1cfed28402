/** One connection to a server on loopback: bytes go there, and what comes back is read until the server closes. */

import { connect } from "node:net";
import type { ReceivedResponse } from "./check-exchange.ts";

/** Sends bytes, a character each, says that nothing follows, and gives all that comes back. */
export function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => socket.end(bytes, "latin1"));
    let isConnected = false;
    socket.on("connect", () => {
      isConnected = true;
    });
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      received += text;
    });
    // A server that has said what is wrong may reset the connection rather than read on.
    socket.on("error", (error) => (isConnected ? resolve(received) : reject(error)));
    socket.on("close", () => resolve(received));
    socket.on("end", () => socket.destroy());
  });
}

/**
 * The heads of all responses in what a connection gave. Bodies are passed over by what they cannot contain: neither the
 * upstream's nor problem documents have a line end of HTTP in them.
 */
export function readResponses(received: string): readonly ReceivedResponse[] {
  return [...received.matchAll(/HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/g)].map(
    ([, status, lines = ""]) => ({
      status: Number(status),
      headers: lines
        .split("\r\n")
        .slice(0, -1)
        .map((line) => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
        }),
    }),
  );
}
