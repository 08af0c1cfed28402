/** The methods and header names that the Fetch standard treats specially, for the browser model. */

/** Header lines; a name may stand there more than once. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** What an HTTP token is made of: methods and field names. */
export const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** @see https://fetch.spec.whatwg.org/#cors-safelisted-method */
export const isSafelistedMethod = (method: string) => ["GET", "HEAD", "POST"].includes(method);
/** @see https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name */
export const isNonWildcardName = (name: string) => name === "authorization";
/** @see https://fetch.spec.whatwg.org/#concept-method-normalize */
export function normalizeMethod(method: string): string {
  return /^(?:delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method;
}

/** @see https://fetch.spec.whatwg.org/#forbidden-request-header */
export function isForbiddenHeader(name: string, value: string): boolean {
  return (
    /^(?:accept-charset|accept-encoding|access-control-request-headers|access-control-request-method|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|referer|set-cookie|te|trailer|transfer-encoding|upgrade|via)$/i.test(
      name,
    ) ||
    /^(?:proxy-|sec-)/i.test(name) ||
    (/^x-(?:http-method|http-method-override|method-override)$/i.test(name) &&
      value.split(",").some((method) => /^\s*(?:connect|trace|track)\s*$/i.test(method)))
  );
}

/** @see https://fetch.spec.whatwg.org/#cors-safelisted-request-header */
export function isSafelistedHeader(name: string, value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the clause is about
  const hasUnsafeByte = /[\x00-\x08\x0a-\x1f"():<>?@[\\\]{}\x7f]/.test(value);
  if (value.length > 128) return false;
  switch (name.toLowerCase()) {
    case "accept":
      return !hasUnsafeByte;
    case "accept-language":
    case "content-language":
      return /^[0-9A-Za-z *,\-.;=]*$/.test(value);
    case "content-type": {
      const [essence = ""] = value.split(";");
      const type = essence.trim().toLowerCase();
      return (
        !hasUnsafeByte && ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"].includes(type)
      );
    }
    case "range": {
      const [, start = "", end = ""] = /^bytes=(\d+)-(\d*)$/.exec(value) ?? [];
      return start !== "" && (end === "" || BigInt(start) <= BigInt(end));
    }
    default:
      return false;
  }
}

/** @see https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names */
export function unsafeHeaderNames(headers: HeaderLines): readonly string[] {
  const safe = headers.filter(([name, value]) => isSafelistedHeader(name, value));
  const isTooMuch = safe.reduce((size, [, value]) => size + value.length, 0) > 1024;
  const unsafe = isTooMuch ? headers : headers.filter((header) => !safe.includes(header));
  return [...new Set(unsafe.map(([name]) => name.toLowerCase()))].sort();
}
