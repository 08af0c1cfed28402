/** A page's request as the command line gives it. */

import { isForbiddenHeader, isForbiddenMethod, normalizeMethod } from "../core/explain/browser.ts";
import { describeIssue } from "../core/explain/describe-issue.ts";
import type { ExplainedRequest } from "../core/explain/explain.ts";
import { isDecidedByValue } from "../core/explain/safelisted-headers.ts";
import type { HeaderFields } from "../core/header-fields.ts";
import { isToken } from "../core/http-names.ts";
import { isLoopback, parseOrigin } from "../core/origin.ts";
import { UsageError } from "./usage-error.ts";

/** What the command line says of the request. */
export interface RequestOptions {
  readonly origin?: string;
  readonly method?: string;
  readonly header?: readonly string[];
  readonly credentials?: true;
}

/** A page's request, and what a browser does to it that its author may not expect. */
export interface ParsedRequest {
  readonly request: ExplainedRequest;
  readonly notes: readonly string[];
}

/**
 * Reads a page's request from the command line.
 * @throws UsageError that says what to write instead
 */
export function parsePageRequest(urlText: string | undefined, options: RequestOptions): ParsedRequest {
  if (urlText === undefined)
    throw new UsageError("what does the page call? Name the URL: https://api.example.com/path");
  const url = parseUrl(urlText);
  const origin = parsePageOrigin(options.origin);
  const method = parseMethod(options.method ?? "GET");
  const headers = (options.header ?? []).map(parseHeader);
  if (url.protocol.startsWith("ws") && (method.sent !== "GET" || headers.length > 0)) {
    throw new UsageError(
      "a page can choose neither method nor headers of a WebSocket; leave out --method and --header",
    );
  }
  return {
    request: {
      url,
      origin,
      method: method.sent,
      headers: headers.flatMap(({ field }) => (field === undefined ? [] : [field])),
      hasCredentials: options.credentials === true,
    },
    notes: [...method.notes, ...headers.flatMap(({ notes }) => notes)],
  };
}

function parseUrl(text: string): URL {
  const hasScheme = /^(?:[a-z][a-z0-9+.-]*:\/\/|(?:https?|wss?):)/i.test(text);
  const url = URL.parse(hasScheme ? text : `https://${text.replace(/^\/+/, "")}`);
  if (url === null || url.hostname === "")
    throw new UsageError(`"${text}" is not a URL; write https://api.example.com/path`);
  if (!hasScheme) {
    const scheme = isLoopback(url.hostname) ? "http" : "https";
    throw new UsageError(`the URL "${text}" has no scheme; write ${scheme}${url.href.slice("https".length)}`);
  }
  if (!/^(?:https?|wss?):$/.test(url.protocol)) {
    throw new UsageError(
      `a page cannot call ${url.protocol} URLs by fetch; write http or https (ws or wss for a WebSocket)`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    url.username = "";
    url.password = "";
    throw new UsageError(`fetch refuses a URL with user info; write ${url.href}`);
  }
  url.hash = "";
  return url;
}

function parsePageOrigin(text: string | undefined): string {
  if (text === undefined) {
    throw new UsageError("which page asks? Name its origin: --origin https://app.example.com");
  }
  if (text.includes("*")) {
    throw new UsageError(`--origin: "${text}" is a pattern; name one origin that a browser sends, without *`);
  }
  if (text === "null" || parseOrigin(text) !== undefined) return text;
  throw new UsageError(`--origin: ${describeIssue({ code: "origin-invalid", pointer: "", found: text })}`);
}

function parseMethod(text: string): { sent: string; notes: string[] } {
  if (!isToken(text)) throw new UsageError(`--method: "${text}" is not a method; write one such as PUT`);
  if (isForbiddenMethod(text)) throw new UsageError(`--method: no page can send ${text}: browsers refuse it`);
  const sent = normalizeMethod(text);
  if (sent !== text) return { sent, notes: [`the browser sends ${text} as ${sent}`] };
  if (sent === sent.toUpperCase()) return { sent, notes: [] };
  const upper = sent.toUpperCase();
  return {
    sent,
    notes: [
      `the browser sends ${sent} as it stands, which is not ${upper}: it turns only delete, get, head, options, post and put to upper case`,
    ],
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what no header value can have is the point
const IMPOSSIBLE_VALUE = /[\x00\r\n]|[^\x00-\xff]/;

function parseHeader(text: string): { field?: HeaderFields[number]; notes: string[] } {
  const colon = text.indexOf(":");
  const spelled = colon < 0 ? text : text.slice(0, colon);
  const name = spelled.toLowerCase();
  const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
  if (!isToken(name)) throw new UsageError(`--header: "${spelled}" is not a header name; write --header 'NAME: VALUE'`);
  if (IMPOSSIBLE_VALUE.test(value)) {
    throw new UsageError(`--header: no page can send this value of ${name}: it has a line break or is not Latin-1`);
  }
  if (isForbiddenHeader(name, value)) {
    return { notes: [`a page cannot set ${spelled}: the browser drops it, and sets its own`] };
  }
  if (colon < 0 && isDecidedByValue(name)) {
    const example = name === "content-type" ? "application/json" : "…";
    throw new UsageError(
      `--header: whether a browser asks first depends on the value of ${name}; write --header '${name}: ${example}'`,
    );
  }
  return { field: [name, value], notes: [] };
}
