/** Sends what the browser model sends to a server on loopback, whatever the host, on connections that stay open. */

import { Agent, type IncomingMessage, request } from "node:http";
import type { Sent } from "./browser-model/browser-model.ts";
import type { Answer } from "./browser-model/checks.ts";

/** A client of one server. */
export class KeepAliveClient {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends a request; where credentials would go with it, one cookie does. */
  async send({ method, url, headers, hasCredentials }: Sent): Promise<Answer> {
    const { host, pathname, search } = new URL(url);
    const options = {
      host: "127.0.0.1",
      port: this.#port,
      agent: this.#agent,
      method,
      path: pathname + search,
      headers: { ...Object.fromEntries(headers), host, ...(hasCredentials && { cookie: "a=b" }) },
    };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sending = request(options, resolve).on("error", reject);
      // The option of the same name would turn it to upper case.
      sending.method = method;
      sending.end();
    });
    response.resume();
    await new Promise((resolve) => response.once("end", resolve));
    const { rawHeaders, statusCode = 0 } = response;
    const names = rawHeaders.filter((_, index) => index % 2 === 0);
    return { status: statusCode, headers: names.map((name, index) => [name, rawHeaders[2 * index + 1] ?? ""]) };
  }

  close(): void {
    this.#agent.destroy();
  }
}
