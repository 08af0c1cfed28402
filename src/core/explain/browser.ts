/**
 * The browser's side of the CORS protocol: when it asks first, what it asks, and what it lets a page read.
 * For those who explain; the Worker needs none of it.
 */

import type { HeaderFields } from "../header-fields.ts";
import {
  FORBIDDEN_METHODS,
  isForbiddenRequestHeader,
  isToken,
  NON_WILDCARD_REQUEST_HEADER,
  SAFELISTED_METHODS,
} from "../http-names.ts";
import { isLoopback } from "../origin.ts";
import {
  areSafelistedValuesTooLong,
  isDecidedByValue,
  isSafelistedRequestHeader,
  unsafeRequestHeaderNames,
} from "./safelisted-headers.ts";

/** A request as a page's script asks for it. */
export interface PageRequest {
  /** Serialized, `null` for an opaque one. */
  readonly origin: string;
  /** As {@link normalizeMethod} gives it. */
  readonly method: string;
  /** The headers that the script sets; names byte-lowercase, forbidden ones left out. */
  readonly headers: HeaderFields;
  /** True for the credentials mode `include`. */
  readonly hasCredentials: boolean;
}

/** What the browser needs to know of a response. */
export interface PageResponse {
  readonly status: number;
  /** The value of a header, field lines joined with `, `; null where it is absent. */
  header(name: string): string | null;
}

const NORMALIZED_METHODS = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"]);

/**
 * A method as the browser sends it: six of them are turned to upper case, `patch` is not.
 * @see https://fetch.spec.whatwg.org/#concept-method-normalize
 * @example normalizeMethod("put") // "PUT"
 */
export function normalizeMethod(method: string): string {
  const upper = method.toUpperCase();
  return NORMALIZED_METHODS.has(upper) ? upper : method;
}

/**
 * True for a method that no page can send, in any case.
 * @see https://fetch.spec.whatwg.org/#forbidden-method
 */
export function isForbiddenMethod(method: string): boolean {
  return FORBIDDEN_METHODS.has(method.toUpperCase());
}

const METHOD_OVERRIDES = new Set(["x-http-method", "x-http-method-override", "x-method-override"]);

/**
 * True for a header that no page can set; a browser drops it, and sets its own where it has one.
 * @param name byte-lowercase
 * @see https://fetch.spec.whatwg.org/#forbidden-request-header
 */
export function isForbiddenHeader(name: string, value: string): boolean {
  const overrides = METHOD_OVERRIDES.has(name) ? value.split(",") : [];
  return isForbiddenRequestHeader(name) || overrides.some((method) => isForbiddenMethod(method.trim()));
}

/**
 * True where the browser blocks the request before it is sent, whatever CORS says: a page from https may load nothing
 * by plain http but from its own machine.
 * @see https://www.w3.org/TR/mixed-content/#should-block-fetch
 */
export function isMixedContent(origin: string, { protocol, hostname }: URL): boolean {
  return origin.startsWith("https://") && (protocol === "http:" || protocol === "ws:") && !isLoopback(hostname);
}

/** One reason for which a browser sends a preflight. */
export type PreflightCause =
  | { readonly kind: "method"; readonly method: string }
  /** No value of this header is safelisted. */
  | { readonly kind: "header"; readonly name: string }
  /** Other values of this header are safelisted. */
  | { readonly kind: "value"; readonly name: string; readonly value: string }
  /** Each header is safelisted, but together they are over 1024 bytes. */
  | { readonly kind: "size" };

/**
 * Every reason for which a browser sends a preflight before this cross-origin request; none where it sends none.
 * @see https://fetch.spec.whatwg.org/#main-fetch
 * @example preflightCauses("GET", [["x-a", "1"]]) // [{ kind: "header", name: "x-a" }]
 */
export function preflightCauses(method: string, headers: HeaderFields): readonly PreflightCause[] {
  const causes: PreflightCause[] = SAFELISTED_METHODS.has(method) ? [] : [{ kind: "method", method }];
  for (const [name, value] of headers) {
    if (isSafelistedRequestHeader(name, value)) continue;
    causes.push(isDecidedByValue(name) ? { kind: "value", name, value } : { kind: "header", name });
  }
  if (areSafelistedValuesTooLong(headers)) causes.push({ kind: "size" });
  return causes;
}

/**
 * The header fields by which a preflight asks.
 * @see https://fetch.spec.whatwg.org/#cors-preflight-fetch
 */
export function preflightFields({ origin, method, headers }: PageRequest): HeaderFields {
  const names = unsafeRequestHeaderNames(headers);
  return [
    ["origin", origin],
    ["access-control-request-method", method],
    // Joined without a space, as browsers do for better or worse.
    ...(names.length > 0 ? [["access-control-request-headers", names.join(",")] as const] : []),
  ];
}

/** Why a browser refuses: what it looked at, and what it found there. */
export type Refusal =
  | { readonly code: "preflight-redirected"; readonly found: number }
  | { readonly code: "preflight-status"; readonly found: number }
  | { readonly code: "allow-origin-missing" }
  | { readonly code: "allow-origin-other"; readonly found: string }
  | { readonly code: "allow-origin-any-with-credentials" }
  | { readonly code: "allow-credentials-missing"; readonly found: string | null }
  | { readonly code: "allow-methods-invalid"; readonly found: string }
  | { readonly code: "allow-headers-invalid"; readonly found: string }
  | { readonly code: "method-not-listed"; readonly culprit: string; readonly found: string | null }
  | { readonly code: "header-not-listed"; readonly culprit: string; readonly found: string | null }
  /** Only `*` stands in the list, which covers every header but this one. */
  | { readonly code: "authorization-not-listed"; readonly found: string | null };

/**
 * The CORS check: undefined where the page may read the response.
 * @see https://fetch.spec.whatwg.org/#cors-check
 */
export function checkCors({ origin, hasCredentials }: PageRequest, response: PageResponse): Refusal | undefined {
  const allowed = response.header("access-control-allow-origin");
  if (allowed === null) return { code: "allow-origin-missing" };
  if (allowed === "*") return hasCredentials ? { code: "allow-origin-any-with-credentials" } : undefined;
  if (allowed !== origin) return { code: "allow-origin-other", found: allowed };
  if (!hasCredentials) return undefined;
  const credentials = response.header("access-control-allow-credentials");
  return credentials === "true" ? undefined : { code: "allow-credentials-missing", found: credentials };
}

/**
 * Judges the answer to a preflight: undefined where the browser goes on with the request.
 * @see https://fetch.spec.whatwg.org/#cors-preflight-fetch
 */
export function checkPreflight(request: PageRequest, response: PageResponse): Refusal | undefined {
  const { status } = response;
  if (isRedirectStatus(status)) return { code: "preflight-redirected", found: status };
  const refusal = checkCors(request, response);
  if (refusal !== undefined) return refusal;
  if (status < 200 || status > 299) return { code: "preflight-status", found: status };
  const methods = listOf(response, "access-control-allow-methods");
  const headers = listOf(response, "access-control-allow-headers");
  if (methods === "invalid") return { code: "allow-methods-invalid", found: String(allowMethodsOf(response)) };
  if (headers === "invalid") return { code: "allow-headers-invalid", found: String(allowHeadersOf(response)) };
  return checkMethod(request, response, methods) ?? checkHeaders(request, response, headers);
}

function checkMethod(
  { method, hasCredentials }: PageRequest,
  response: PageResponse,
  listed: ReadonlySet<string>,
): Refusal | undefined {
  if (SAFELISTED_METHODS.has(method) || listed.has(method) || (!hasCredentials && listed.has("*"))) return undefined;
  return { code: "method-not-listed", culprit: method, found: allowMethodsOf(response) };
}

function checkHeaders(
  { headers, hasCredentials }: PageRequest,
  response: PageResponse,
  listed: ReadonlySet<string>,
): Refusal | undefined {
  const found = allowHeadersOf(response);
  const lowerCase = new Set([...listed].map((name) => name.toLowerCase()));
  const hasAny = !hasCredentials && lowerCase.has("*");
  if (headers.some(([name]) => name === NON_WILDCARD_REQUEST_HEADER) && !lowerCase.has(NON_WILDCARD_REQUEST_HEADER)) {
    return hasAny
      ? { code: "authorization-not-listed", found }
      : { code: "header-not-listed", culprit: NON_WILDCARD_REQUEST_HEADER, found };
  }
  const culprit = hasAny ? undefined : unsafeRequestHeaderNames(headers).find((name) => !lowerCase.has(name));
  return culprit === undefined ? undefined : { code: "header-not-listed", culprit, found };
}

function allowMethodsOf(response: PageResponse): string | null {
  return response.header("access-control-allow-methods");
}

function allowHeadersOf(response: PageResponse): string | null {
  return response.header("access-control-allow-headers");
}

/** @see https://fetch.spec.whatwg.org/#extract-header-list-values */
function listOf(response: PageResponse, name: string): ReadonlySet<string> | "invalid" {
  const elements = (response.header(name) ?? "")
    .split(",")
    .map((element) => element.replace(/^[\t ]+|[\t ]+$/g, ""))
    .filter((element) => element !== "");
  return elements.every(isToken) ? new Set(elements) : "invalid";
}

/** @see https://fetch.spec.whatwg.org/#redirect-status */
export function isRedirectStatus(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}
