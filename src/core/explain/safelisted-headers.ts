/** Which request headers a page may send to another origin without the browser asking first. */

import type { HeaderFields } from "../header-fields.ts";
import { isToken } from "../http-names.ts";

/** Longest value of one safelisted header, and of all together, in bytes. */
const MAX_SAFELISTED_VALUE_LENGTH = 128;
const MAX_SAFELISTED_VALUES_LENGTH = 1024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the clause is about
const UNSAFE_BYTE = /[\x00-\x08\x0a-\x1f"():<>?@[\\\]{}\x7f]/;
const LANGUAGES = /^[0-9A-Za-z *,\-.;=]*$/;

/**
 * The content types that a form can send, and so a page without asking.
 * @see https://fetch.spec.whatwg.org/#cors-safelisted-request-header
 */
const SAFELISTED_CONTENT_TYPES: ReadonlySet<string> = new Set([
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "text/plain",
]);

const SAFELISTED_VALUES: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ["accept", (value) => !UNSAFE_BYTE.test(value)],
  ["accept-language", (value) => LANGUAGES.test(value)],
  ["content-language", (value) => LANGUAGES.test(value)],
  ["content-type", (value) => !UNSAFE_BYTE.test(value) && SAFELISTED_CONTENT_TYPES.has(essenceOf(value) ?? "")],
  ["range", isSafelistedRange],
]);

/**
 * True for the names of which some values are safelisted, so that the value decides.
 * @param name byte-lowercase
 */
export function isDecidedByValue(name: string): boolean {
  return SAFELISTED_VALUES.has(name);
}

/**
 * True for a CORS-safelisted request-header.
 * @param name byte-lowercase
 * @param value without white space at its ends, a character a byte
 * @see https://fetch.spec.whatwg.org/#cors-safelisted-request-header
 * @example isSafelistedRequestHeader("content-type", "text/plain;charset=utf-8") // true
 */
export function isSafelistedRequestHeader(name: string, value: string): boolean {
  return value.length <= MAX_SAFELISTED_VALUE_LENGTH && SAFELISTED_VALUES.get(name)?.(value) === true;
}

/** True where safelisted headers are too long taken together, so that each of them needs asking. */
export function areSafelistedValuesTooLong(headers: HeaderFields): boolean {
  const safelisted = headers.filter(([name, value]) => isSafelistedRequestHeader(name, value));
  return safelisted.reduce((sum, [, value]) => sum + value.length, 0) > MAX_SAFELISTED_VALUES_LENGTH;
}

/**
 * The CORS-unsafe request-header names: byte-lowercase, each once, sorted.
 * @see https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names
 * @example unsafeRequestHeaderNames([["x-b", "1"], ["accept", "text/html"], ["x-a", "2"]]) // ["x-a", "x-b"]
 */
export function unsafeRequestHeaderNames(headers: HeaderFields): readonly string[] {
  const areAllUnsafe = areSafelistedValuesTooLong(headers);
  const unsafe = headers.filter(([name, value]) => areAllUnsafe || !isSafelistedRequestHeader(name, value));
  return [...new Set(unsafe.map(([name]) => name))].sort();
}

/**
 * The essence of a MIME type; undefined where it cannot be parsed.
 * @see https://mimesniff.spec.whatwg.org/#parse-a-mime-type
 */
function essenceOf(value: string): string | undefined {
  const [, type = "", subtype = ""] = /^[\t\n\r ]*([^/;]+)\/([^;]*[^;\t\n\r ])/.exec(value) ?? [];
  return isToken(type) && isToken(subtype) ? `${type}/${subtype}`.toLowerCase() : undefined;
}

/**
 * True for one range with a start, as media elements ask for.
 * @see https://fetch.spec.whatwg.org/#simple-range-header-value
 */
function isSafelistedRange(value: string): boolean {
  const [, start, end] = /^bytes=([0-9]+)-([0-9]*)$/.exec(value) ?? [];
  return start !== undefined && (end === "" || Number(start) <= Number(end));
}
