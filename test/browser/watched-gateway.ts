/** A door before a gateway that writes down what goes in and out: what a browser sent, and what it was answered. */

import { type IncomingMessage, request as sendRequest } from "node:http";
import { type LoopbackServer, listenOnLoopback } from "../../src/demo/loopback-server.ts";

/** A request of a browser and its answer. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  /** `Origin`, and `Sec-Fetch-Site`. */
  readonly origin: string | undefined;
  readonly site: string | undefined;
  readonly status: number;
  /** `CORS-Decision`. */
  readonly decision: string | undefined;
}

/** The door; it is the port that pages call. */
export interface WatchedGateway extends LoopbackServer {
  /** All exchanges so far, in the order of the answers. */
  readonly exchanges: readonly Exchange[];
}

/** Opens the door on a free port. Requests keep their `Host`. */
export async function watchGateway(gatewayUrl: string): Promise<WatchedGateway> {
  const exchanges: Exchange[] = [];
  const server = await listenOnLoopback(
    {
      request: (incoming, response) => {
        const { method = "", url = "", headers } = incoming;
        const onward = sendRequest(gatewayUrl, { method, path: url, headers }, (answer: IncomingMessage) => {
          const { statusCode: status = 0, headers: fields } = answer;
          const { origin, "sec-fetch-site": site } = headers;
          exchanges.push({
            method,
            url,
            origin,
            site: String(site),
            status,
            decision: fields["cors-decision"]?.toString(),
          });
          response.writeHead(status, answer.rawHeaders);
          answer.pipe(response);
        });
        onward.on("error", () => response.destroy());
        incoming.pipe(onward);
      },
    },
    0,
  );
  return { ...server, exchanges };
}
