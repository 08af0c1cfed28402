/** One request as a browser sends it: `fetch` would refuse the headers that matter here. */

import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { PageResponse } from "../core/explain/browser.ts";
import type { HeaderFields } from "../core/header-fields.ts";
import { timerMilliseconds } from "./timer-milliseconds.ts";

/** As much of a problem document as is read; the gateway's are far shorter. */
const MAX_PROBLEM_BYTES = 16 * 1024;

/** A response as it came. */
export interface RawResponse extends PageResponse {
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** The body of a problem document; of anything else, which may have no end, nothing is read. */
  readonly problem: string | undefined;
}

/** A request that got no response, in one line. */
export class NoResponse extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "NoResponse";
  }
}

/**
 * Sends one request on a connection of its own; redirects are not followed.
 * @param timeoutSeconds until the response headers
 * @throws NoResponse
 */
export async function sendRaw(
  url: URL,
  method: string,
  fields: HeaderFields,
  timeoutSeconds: number,
): Promise<RawResponse> {
  const signal = AbortSignal.timeout(timerMilliseconds(timeoutSeconds));
  try {
    return await new Promise<RawResponse>((resolve, reject) => {
      const send = url.protocol === "https:" ? requestHttps : requestHttp;
      const request: ClientRequest = send(url, { agent: false, signal, headers: linesByName(fields) });
      // The option of the same name would turn it to upper case.
      request.method = method;
      request.on("error", reject);
      request.on("response", (response) => readResponse(response).then(resolve, reject));
      request.end();
    });
  } catch (error) {
    if (signal.aborted) throw new NoResponse(`${url.host} did not answer within ${timeoutSeconds} s`, error);
    throw new NoResponse(describeFailure(error, url), error);
  }
}

async function readResponse(response: IncomingMessage): Promise<RawResponse> {
  const lines: [string, string][] = [];
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    lines.push([response.rawHeaders[i] ?? "", response.rawHeaders[i + 1] ?? ""]);
  }
  const header = (name: string) => {
    const values = lines.filter(([line]) => line.toLowerCase() === name).map(([, value]) => value);
    return values.length === 0 ? null : values.join(", ");
  };
  const hasProblem = header("content-type")?.startsWith("application/problem+json") === true;
  const problem = hasProblem ? await readStart(response) : undefined;
  response.destroy();
  return { status: response.statusCode ?? 0, lines, problem, header };
}

async function readStart(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= MAX_PROBLEM_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8", 0, MAX_PROBLEM_BYTES);
}

function linesByName(fields: HeaderFields): Record<string, string[]> {
  const lines: Record<string, string[]> = {};
  for (const [name, value] of fields) lines[name] = [...(lines[name] ?? []), value];
  return lines;
}

const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  ENOTFOUND: "there is no such name in DNS",
  EAI_AGAIN: "DNS does not answer",
  ETIMEDOUT: "no answer to the connection attempt",
  EPROTO: "it does not speak TLS",
};

function describeFailure(error: unknown, { host }: URL): string {
  // Several addresses were tried; they failed alike more often than not.
  const [first = error] = error instanceof AggregateError ? error.errors : [];
  const { code = "", message } = first as NodeJS.ErrnoException;
  const words = code.startsWith("HPE_") ? "its answer is not HTTP" : (FAILURES[code] ?? message);
  return `cannot reach ${host}: ${words}${code === "" ? "" : ` (${code})`}`;
}
