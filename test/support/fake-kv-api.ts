/** Cloudflare's KV API as wrangler sees it, on loopback, and able to fail. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { closeServer, listen } from "./servers.ts";

/** How a request can go wrong. */
export type Fault =
  /** 401: the token is not valid. */
  | "unauthorized"
  /** 429, with `Retry-After`. */
  | "too many requests"
  /** 500, in the API's own JSON. */
  | "internal error"
  /** 502, in HTML: something before the API broke. */
  | "bad gateway"
  /** The connection ends before anything is done. */
  | "cut"
  /** The connection ends when the work is done, but before the answer. */
  | "cut after"
  /** No answer at all. */
  | "silence";

/** A request to the API, as tests talk of it. */
export interface ApiRequest {
  readonly method: string;
  /** What is asked for: `values`, `keys`, `bulk`, or the path of something that is not KV. */
  readonly what: string;
  /** The key, or the prefix of a listing; of many at once `get`, or nothing. */
  readonly key: string;
}

/** A running API with one namespace. */
export interface FakeKvApi {
  /** For wrangler: where the API is, and a token and an account that it takes. */
  readonly env: Readonly<Record<string, string>>;
  /** Id of the only namespace. */
  readonly namespace: string;
  readonly entries: Map<string, { readonly value: string; readonly metadata: unknown }>;
  /** Everything that was asked so far. */
  readonly requests: ApiRequest[];
  /** What goes wrong with a request; undefined for nothing. */
  fault: (request: ApiRequest) => Fault | undefined;
  /** True for a key that a write of many does not write, which only the answer says. */
  loses: (key: string) => boolean;
  /** Most keys in one answer to a listing. */
  pageSize: number;
  /** Runs when a request has been answered well. */
  after: (request: ApiRequest) => void;
  close(): Promise<void>;
}

const TOKEN = "token-of-the-fake-api";
const ACCOUNT = "0123456789abcdef0123456789abcdef";
const NAMESPACE = "fedcba9876543210fedcba9876543210";

/** Starts an API on a free port. */
export async function startFakeKvApi(): Promise<FakeKvApi> {
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    const url = new URL(request.url ?? "/", "http://api.test");
    const [, , account, , , , namespace = "", what = url.pathname, key = ""] = url.pathname.split("/");
    const asked: ApiRequest = {
      method: request.method ?? "",
      what,
      key: what === "keys" ? (url.searchParams.get("prefix") ?? "") : decodeURIComponent(key),
    };
    api.requests.push(asked);
    const fault = api.fault(asked);
    if (fault === "silence") return;
    if (fault === "cut") request.socket.destroy();
    else if (fault !== undefined && fault !== "cut after") fail(response, fault);
    else if (request.headers.authorization !== `Bearer ${TOKEN}` || account !== ACCOUNT) fail(response, "unauthorized");
    else if (namespace !== NAMESPACE) refuse(response, 404, 10013, "namespace not found");
    else {
      const answer = await carryOut(asked, request, body, url.searchParams);
      if (fault === "cut after") request.socket.destroy();
      else {
        answer(response);
        api.after(asked);
      }
    }
  });

  async function carryOut(
    { method, what, key }: ApiRequest,
    request: IncomingMessage,
    body: Buffer,
    query: URLSearchParams,
  ): Promise<(response: ServerResponse) => void> {
    const entry = api.entries.get(key);
    if (what === "keys") {
      const names = [...api.entries.keys()].filter((name) => name.startsWith(key)).sort();
      const start = Number(query.get("cursor") ?? 0);
      const end = start + api.pageSize;
      const page = names.slice(start, end).map((name) => {
        const metadata = api.entries.get(name)?.metadata ?? undefined;
        return { name, ...(metadata !== undefined && { metadata }) };
      });
      const cursor = end < names.length ? String(end) : "";
      return (response) => succeed(response, page, { count: page.length, cursor });
    }
    if (what === "bulk") {
      const result = method === "PUT" ? putAll(JSON.parse(body.toString())) : getAll(JSON.parse(body.toString()).keys);
      return (response) => succeed(response, result);
    }
    if (method === "PUT") {
      api.entries.set(key, await readEntry(request, body));
      return (response) => succeed(response, null);
    }
    if (method === "DELETE") {
      api.entries.delete(key);
      return (response) => succeed(response, null);
    }
    if (entry === undefined) return (response) => refuse(response, 404, 10009, "get: 'key not found'");
    return (response) => response.end(entry.value);
  }

  function putAll(entries: readonly { readonly key: string; readonly value: string }[]): object {
    const kept = entries.filter(({ key }) => !api.loses(key));
    for (const { key, value } of kept) api.entries.set(key, { value, metadata: undefined });
    const lost = entries.filter((entry) => !kept.includes(entry));
    return { successful_key_count: kept.length, unsuccessful_keys: lost.map(({ key }) => key) };
  }

  function getAll(keys: readonly string[]): object {
    if (keys.length > 100) throw new Error(`${keys.length} keys: Cloudflare reads at most 100 at once`);
    return { values: Object.fromEntries(keys.map((key) => [key, api.entries.get(key)?.value ?? null])) };
  }

  const port = await listen(server);
  const api: FakeKvApi = {
    env: {
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}`,
      CLOUDFLARE_API_TOKEN: TOKEN,
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
    },
    namespace: NAMESPACE,
    entries: new Map(),
    requests: [],
    fault: () => undefined,
    loses: () => false,
    pageSize: 1000,
    after: () => undefined,
    close: () => closeServer(server),
  };
  return api;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A bare value, or a form with `value` and `metadata`. */
async function readEntry(request: IncomingMessage, body: Buffer) {
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) return { value: body.toString(), metadata: undefined };
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
  const value = form.get("value");
  return {
    value: typeof value === "string" ? value : ((await value?.text()) ?? ""),
    metadata: JSON.parse(String(form.get("metadata"))) as unknown,
  };
}

function fail(response: ServerResponse, fault: Exclude<Fault, "cut" | "cut after" | "silence">): void {
  if (fault === "unauthorized") refuse(response, 401, 10000, "Authentication error");
  else if (fault === "internal error") refuse(response, 500, 10001, "internal server error");
  else if (fault === "bad gateway") {
    response.writeHead(502, { "content-type": "text/html" }).end("<html><h1>Bad gateway</h1></html>");
  } else {
    response.setHeader("retry-after", "60");
    refuse(response, 429, 971, "Please wait and consider throttling your request speed");
  }
}

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null }));
}

function succeed(response: ServerResponse, result: unknown, info?: object): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ success: true, errors: [], messages: [], result, ...(info && { result_info: info }) }));
}
