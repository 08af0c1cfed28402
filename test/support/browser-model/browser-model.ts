/**
 * A browser, as far as CORS goes. Written from the Fetch standard, clause by clause, and nothing in this folder imports
 * anything else: it judges what the gateway answers, so it must not share a mistake with it. Real browsers check it
 * (test/browser/model-replay.test.ts).
 */

import {
  type Answer,
  type CorsRequest,
  error,
  extractList,
  type FailedStep,
  getHeader,
  judgePreflight,
  passesCorsCheck,
  passesResourcePolicyCheck,
  type Verdict,
} from "./checks.ts";
import {
  type HeaderLines,
  isForbiddenHeader,
  isNonWildcardName,
  isSafelistedHeader,
  isSafelistedMethod,
  normalizeMethod,
  TOKEN,
  unsafeHeaderNames,
} from "./names.ts";
import { PreflightCache } from "./preflight-cache.ts";

/** What a page's script asks for: `fetch(url, { method, headers, mode, credentials })`. */
export interface PageFetch {
  /** The page's origin, serialized; `null` for an opaque one. */
  readonly origin: string;
  readonly url: string;
  readonly method: string;
  readonly headers: HeaderLines;
  readonly mode: "cors" | "no-cors";
  readonly credentials: "omit" | "same-origin" | "include";
}

/** A request that the browser sends. */
export interface Sent {
  readonly isPreflight: boolean;
  readonly method: string;
  readonly url: string;
  /** Names byte-lowercase. Those without a say in CORS are left out, cookies too. */
  readonly headers: HeaderLines;
  /** True where cookies would go with it. */
  readonly hasCredentials: boolean;
}

/** Sends by `yield`, is handed each answer, and returns the verdict. */
export type Conversation = Generator<Sent, Verdict, Answer>;

/** @see https://fetch.spec.whatwg.org/#redirect-status */
const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status);

/**
 * Fetches as a browser does for a page.
 * @see https://fetch.spec.whatwg.org/#main-fetch
 */
export function* fetchAsPage(page: PageFetch, cache: PreflightCache = new PreflightCache()): Conversation {
  let method = normalizeMethod(page.method);
  const isAllowed = page.mode === "cors" || isSafelistedMethod(method);
  if (/^(?:connect|trace|track)$/i.test(method) || !TOKEN.test(method) || !isAllowed) return error("method");
  let headers = page.headers.filter(([name, value]) => !isForbiddenHeader(name, value));
  if (page.mode === "no-cors") {
    headers = headers.filter(([name, value]) => !/^range$/i.test(name) && isSafelistedHeader(name, value));
  }
  const urls = [new URL(page.url)];
  let tainting: "basic" | "cors" | "opaque" = "basic";
  const isCredentialed = page.credentials === "include";
  for (;;) {
    const url = urls.at(-1) as URL;
    if (tainting !== "basic" || url.origin !== page.origin) tainting = page.mode === "cors" ? "cors" : "opaque";
    const request: CorsRequest = { origin: serializedOrigin(page.origin, urls), url: url.href, isCredentialed };
    const isAsked: boolean =
      tainting === "cors" && (!isSafelistedMethod(method) || unsafeHeaderNames(headers).length > 0);
    const failed = (step: FailedStep): Verdict => {
      if (isAsked) cache.clear(request);
      return error(step);
    };
    if (isAsked) {
      const refusal = yield* preflight(request, method, headers, cache);
      if (refusal !== undefined) return refusal;
    }
    const answer: Answer = yield {
      isPreflight: false,
      method,
      url: url.href,
      headers: [...originHeader(page, request.origin, url, method, tainting), ...lowerCase(headers)],
      hasCredentials: isCredentialed || (page.credentials === "same-origin" && tainting === "basic"),
    };
    if (tainting === "cors" && !passesCorsCheck(request.origin, isCredentialed, answer)) return failed("cors-check");
    if (tainting === "opaque" && !passesResourcePolicyCheck(page.origin, url.href, answer))
      return failed("resource-policy");
    const location = isRedirect(answer.status) ? getHeader(answer, "location") : null;
    if (location === null) {
      if (tainting === "opaque") return { kind: "opaque" };
      return {
        kind: "read",
        url: url.href,
        status: answer.status,
        names: readableNames(answer, tainting, isCredentialed),
      };
    }
    const next = URL.parse(location, url.href);
    if (next === null || !/^https?:$/.test(next.protocol) || urls.length > 20) return failed("redirect");
    const hasUserInfo = next.username !== "" || next.password !== "";
    if (hasUserInfo && (tainting === "cors" || (page.mode === "cors" && next.origin !== page.origin)))
      return failed("redirect");
    if (
      ([301, 302].includes(answer.status) && method === "POST") ||
      (answer.status === 303 && !/^(?:GET|HEAD)$/.test(method))
    ) {
      method = "GET";
      headers = headers.filter(([name]) => !/^content-(?:encoding|language|location|type)$/i.test(name));
    }
    if (next.origin !== url.origin) headers = headers.filter(([name]) => !isNonWildcardName(name.toLowerCase()));
    urls.push(next);
  }
}

/** @see https://fetch.spec.whatwg.org/#cors-preflight-fetch-0 */
function* preflight(
  request: CorsRequest,
  method: string,
  headers: HeaderLines,
  cache: PreflightCache,
): Generator<Sent, Verdict | undefined, Answer> {
  const unsafe = unsafeHeaderNames(headers);
  const isMethodKnown = isSafelistedMethod(method) || cache.find(request, "method", method) !== undefined;
  if (isMethodKnown && unsafe.every((name) => cache.find(request, "header", name) !== undefined)) return undefined;
  const answer = yield {
    isPreflight: true,
    method: "OPTIONS",
    url: request.url,
    headers: [
      ["accept", "*/*"],
      ["access-control-request-method", method],
      ...(unsafe.length > 0 ? [["access-control-request-headers", unsafe.join(",")] as const] : []),
      ["origin", request.origin],
    ],
    hasCredentials: false,
  };
  const verdict = judgePreflight(request, method, headers, answer);
  if (verdict !== undefined) {
    cache.clear(request);
    return verdict;
  }
  const listed = (name: string) => (extractList(answer, name) ?? []) as readonly string[];
  const names = listed("access-control-allow-headers").map((name) => name.toLowerCase());
  cache.keep(request, answer, listed("access-control-allow-methods"), names);
  return undefined;
}

/**
 * Opens a WebSocket: the browser sends the page's origin, and asks nothing else of the answer than to be one.
 * @see https://websockets.spec.whatwg.org/#concept-websocket-establish
 */
export function* openWebSocket(origin: string, url: string): Generator<Sent, boolean, Answer> {
  const headers = [
    ["origin", origin],
    ["upgrade", "websocket"],
    ["connection", "upgrade"],
  ] as const;
  const { status } = yield { isPreflight: false, method: "GET", url, headers, hasCredentials: true };
  return status === 101;
}

/** Holds a conversation with a server in memory. */
export function converse<Result>(
  conversation: Generator<Sent, Result, Answer>,
  server: (sent: Sent) => Answer,
): Result {
  let step = conversation.next();
  while (!step.done) step = conversation.next(server(step.value));
  return step.value;
}

/** Holds a conversation with a server that takes its time. */
export async function converseWith<Result>(
  conversation: Generator<Sent, Result, Answer>,
  server: (sent: Sent) => Promise<Answer>,
): Promise<Result> {
  let step = conversation.next();
  while (!step.done) step = conversation.next(await server(step.value));
  return step.value;
}

/**
 * `null` once a foreign origin has redirected to another.
 * @see https://fetch.spec.whatwg.org/#serializing-a-request-origin
 */
function serializedOrigin(origin: string, urls: readonly URL[]): string {
  const isTainted = urls.some((url, index) => {
    const last = urls[index - 1];
    return last !== undefined && url.origin !== last.origin && origin !== last.origin;
  });
  return isTainted ? "null" : origin;
}

/** @see https://fetch.spec.whatwg.org/#append-a-request-origin-header */
function originHeader(
  { mode }: PageFetch,
  origin: string,
  url: URL,
  method: string,
  tainting: "basic" | "cors" | "opaque",
): HeaderLines {
  if (tainting === "cors") return [["origin", origin]];
  if (method === "GET" || method === "HEAD") return [];
  const isDowngrade = origin.startsWith("https:") && url.protocol !== "https:";
  return [["origin", mode !== "cors" && isDowngrade ? "null" : origin]];
}

function lowerCase(headers: HeaderLines): HeaderLines {
  return headers.map(([name, value]) => [name.toLowerCase(), value]);
}

/** @see https://fetch.spec.whatwg.org/#concept-filtered-response-cors */
function readableNames(answer: Answer, tainting: "basic" | "cors", isCredentialed: boolean): readonly string[] {
  const own = [...new Set(answer.headers.map(([name]) => name.toLowerCase()))].sort();
  const readable = own.filter((name) => !/^set-cookie2?$/.test(name));
  if (tainting === "basic") return readable;
  const listed = extractList(answer, "access-control-expose-headers");
  const exposed = listed === null || listed === "failure" ? [] : listed.map((name) => name.toLowerCase());
  if (!isCredentialed && exposed.includes("*")) return readable;
  const safelisted = /^(?:cache-control|content-language|content-length|content-type|expires|last-modified|pragma)$/;
  return readable.filter((name) => safelisted.test(name) || exposed.includes(name));
}
