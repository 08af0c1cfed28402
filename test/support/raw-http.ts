/** HTTP/1.1 by hand: what is sent is what is written here, and what comes back is shown as it came. */

import { connect, type Socket } from "node:net";

/** A response, header lines in the order and spelling of the wire. */
export interface RawResponse {
  readonly status: number;
  readonly lines: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** Values of a header, lines joined with `, `; undefined where it is absent. */
  header(name: string): string | undefined;
  /** All headers of the CORS protocol, `Vary`, `CORS-Decision` and their kin: for exact expectations. */
  readonly cors: Readonly<Record<string, string>>;
}

/** A request; header lines are sent as they are, `Host` and `Connection: close` are added where they are missing. */
export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  readonly host?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[] | Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const CORS_KIN = new Set(["vary", "cors-decision", "timing-allow-origin", "cross-origin-resource-policy"]);

/** Sends one request on a fresh connection and reads until the server closes it. */
export async function send(port: number, request: RawRequest): Promise<RawResponse> {
  const chunks: Buffer[] = [];
  const socket = open(port, request);
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return parseResponse(Buffer.concat(chunks));
}

/** Opens a connection, sends one request, and leaves the rest to the caller. */
export function open(port: number, { method = "GET", target = "/", host, headers = [], body }: RawRequest): Socket {
  const lines = (Array.isArray(headers) ? headers : Object.entries(headers)) as [string, string][];
  const has = (name: string) => lines.some(([line]) => line.toLowerCase() === name);
  const head = [
    `${method} ${target} HTTP/1.1`,
    ...(has("host") ? [] : [`Host: ${host ?? `localhost:${port}`}`]),
    ...(has("connection") ? [] : ["Connection: close"]),
    ...(body === undefined || has("content-length") || has("transfer-encoding")
      ? []
      : [`Content-Length: ${Buffer.byteLength(body)}`]),
    ...lines.map(([name, value]) => `${name}: ${value}`),
  ];
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => socket.destroy());
  socket.write(`${head.join("\r\n")}\r\n\r\n`, "latin1");
  if (body !== undefined) socket.write(body);
  return socket;
}

/** Parses a whole response, chunked bodies included. */
export function parseResponse(bytes: Buffer): RawResponse {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) throw new Error(`no response: ${JSON.stringify(bytes.toString("latin1").slice(0, 200))}`);
  const [statusLine = "", ...headerLines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const lines = headerLines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const header = (name: string) => {
    const values = lines.filter(([line]) => line.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
    return values.length === 0 ? undefined : values.join(", ");
  };
  const rest = bytes.subarray(end + 4);
  const cors: Record<string, string> = {};
  for (const [line] of lines) {
    const name = line.toLowerCase();
    if (name.startsWith("access-control-") || CORS_KIN.has(name)) cors[name] = header(name) ?? "";
  }
  return {
    status: Number(statusLine.split(" ")[1]),
    lines,
    body: header("transfer-encoding") === "chunked" ? unchunk(rest) : rest,
    header,
    cors,
  };
}

function unchunk(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    if (!(size > 0)) break;
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}
