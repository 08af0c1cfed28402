/** The header names that a preflight asks for. */

import { isToken } from "./http-names.ts";

/** Longest `Access-Control-Request-Headers` that is read, all its lines together. */
export const MAX_REQUESTED_HEADERS_LENGTH = 8 * 1024;

/** Most elements that are read, empty ones counted. */
export const MAX_REQUESTED_HEADERS = 128;

/**
 * Parses `Access-Control-Request-Headers`: names byte-lowercase, each once, in the order sent.
 * Undefined where an element is no token or a bound is passed. White space and empty elements are tolerated, because
 * intermediaries add them. Linear in the length, constant above the bound.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-recipient-requirements
 * @example parseRequestedHeaders("Content-Type,,x-a ") // Set { "content-type", "x-a" }
 */
export function parseRequestedHeaders(value: string): ReadonlySet<string> | undefined {
  if (value.length > MAX_REQUESTED_HEADERS_LENGTH) return undefined;
  const elements = value.split(",", MAX_REQUESTED_HEADERS + 1);
  if (elements.length > MAX_REQUESTED_HEADERS) return undefined;
  const names = new Set<string>();
  for (const element of elements) {
    const name = trimOptionalWhitespace(element);
    if (name === "") continue;
    if (!isToken(name)) return undefined;
    names.add(name.toLowerCase());
  }
  return names;
}

/** A loop and no regular expression: `[ \t]+$` is quadratic on long inner runs. */
function trimOptionalWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOptionalWhitespace(text.charCodeAt(start))) start++;
  while (end > start && isOptionalWhitespace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isOptionalWhitespace(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}
