/** What a browser checks of a response: the CORS check and its kin, for the browser model. */

import { type HeaderLines, isNonWildcardName, isSafelistedMethod, TOKEN, unsafeHeaderNames } from "./names.ts";

/** A response; values without white space at their ends. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderLines;
}

/** What the checks need to know of a request that is under way. */
export interface CorsRequest {
  /** Byte-serialized request origin. */
  readonly origin: string;
  readonly url: string;
  readonly isCredentialed: boolean;
}

/** Where the browser stops with a network error. */
export type FailedStep =
  | "method"
  | "preflight-cors-check"
  | "preflight-status"
  | "preflight-lists"
  | "preflight-method"
  | "preflight-header"
  | "cors-check"
  | "resource-policy"
  | "redirect";

/** What the page gets. */
export type Verdict =
  /** The response; `names` are the headers that script can read, sorted. */
  | { readonly kind: "read"; readonly url: string; readonly status: number; readonly names: readonly string[] }
  /** A response of which script can read nothing: mode `no-cors`. */
  | { readonly kind: "opaque" }
  | NetworkError;

/** A `TypeError` that says nothing; `culprit` is the method or header name that a preflight did not allow. */
export interface NetworkError {
  readonly kind: "error";
  readonly step: FailedStep;
  readonly culprit?: string;
}

/** A network error. */
export function error(step: FailedStep, culprit?: string): NetworkError {
  return { kind: "error", step, ...(culprit !== undefined && { culprit }) };
}

/** The value of a header, lines joined as `Headers.get` does; null where there is none. */
export function getHeader({ headers }: Answer, name: string): string | null {
  const values = headers.filter(([line]) => line.toLowerCase() === name).map(([, value]) => value);
  return values.length === 0 ? null : values.join(", ");
}

/**
 * The elements of a list-valued header; null where it is absent.
 * @see https://fetch.spec.whatwg.org/#extract-header-list-values
 */
export function extractList(answer: Answer, name: string): readonly string[] | null | "failure" {
  const value = getHeader(answer, name);
  if (value === null) return null;
  // A recipient takes empty elements: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1.2
  const elements = value.split(",").map((element) => element.replace(/^[ \t]+|[ \t]+$/g, ""));
  const named = elements.filter((element) => element !== "");
  return named.every((element) => TOKEN.test(element)) ? named : "failure";
}

/**
 * True where the response may be shared with the page.
 * @param origin byte-serialized request origin
 * @see https://fetch.spec.whatwg.org/#concept-cors-check
 */
export function passesCorsCheck(origin: string, isCredentialed: boolean, answer: Answer): boolean {
  const allowed = getHeader(answer, "access-control-allow-origin");
  if (allowed === null) return false;
  if (!isCredentialed && allowed === "*") return true;
  if (allowed !== origin) return false;
  return !isCredentialed || getHeader(answer, "access-control-allow-credentials") === "true";
}

/**
 * True where the page may read the times of the load; for a page of another origin.
 * @see https://fetch.spec.whatwg.org/#concept-tao-check
 */
export function passesTimingCheck(origin: string, answer: Answer): boolean {
  const values = getHeader(answer, "timing-allow-origin")?.split(",") ?? [];
  return values.some((value) => ["*", origin].includes(value.trim()));
}

/**
 * True where a `no-cors` load goes through, without an embedder policy.
 * @see https://fetch.spec.whatwg.org/#cross-origin-resource-policy-internal-check
 */
export function passesResourcePolicyCheck(origin: string, url: string, answer: Answer): boolean {
  const policy = getHeader(answer, "cross-origin-resource-policy");
  if (policy === "same-origin") return new URL(url).origin === origin;
  if (policy !== "same-site") return true;
  const [page, target] = [URL.parse(origin), new URL(url)];
  if (page === null || siteOf(page) !== siteOf(target)) return false;
  return page.protocol === "https:" || target.protocol !== "https:";
}

/** The registrable domain where every suffix has one label, as in tests; without a scheme. */
function siteOf({ hostname }: URL): string {
  return hostname.split(".").slice(-2).join(".");
}

/**
 * Judges the answer to a preflight: undefined where the request itself may be sent.
 * @see https://fetch.spec.whatwg.org/#cors-preflight-fetch-0
 */
export function judgePreflight(
  { origin, isCredentialed }: Omit<CorsRequest, "url">,
  method: string,
  headers: HeaderLines,
  answer: Answer,
): NetworkError | undefined {
  if (!passesCorsCheck(origin, isCredentialed, answer)) return error("preflight-cors-check");
  if (answer.status < 200 || answer.status > 299) return error("preflight-status");
  const methods = extractList(answer, "access-control-allow-methods");
  const listed = extractList(answer, "access-control-allow-headers");
  if (methods === "failure" || listed === "failure") return error("preflight-lists");
  const names = (listed ?? []).map((name) => name.toLowerCase());
  const isWild = (list: readonly string[] | null) => !isCredentialed && (list ?? []).includes("*");
  if (!methods?.includes(method) && !isSafelistedMethod(method) && !isWild(methods)) {
    return error("preflight-method", method);
  }
  const all = headers.map(([name]) => name.toLowerCase());
  const culprit =
    all.find((name) => isNonWildcardName(name) && !names.includes(name)) ??
    unsafeHeaderNames(headers).find((name) => !names.includes(name) && !isWild(names));
  return culprit === undefined ? undefined : error("preflight-header", culprit);
}
