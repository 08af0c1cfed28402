/**
 * Serialized origins as browsers send them: the cheap parser, for what a stranger sent.
 * Its strict sibling, for what an operator wrote, is origin-pattern.ts; a property test ties the two.
 */

/** Longest host of an origin, in bytes. */
export const MAX_HOST_LENGTH = 253;

/** Longest scheme of an origin, in bytes. */
export const MAX_SCHEME_LENGTH = 64;

/** Longest origin worth looking at: scheme, `://`, host, `:` and five digits. */
export const MAX_ORIGIN_LENGTH = MAX_SCHEME_LENGTH + 3 + MAX_HOST_LENGTH + 6;

/** A tuple origin. `port` is empty where the scheme's default applies. */
export interface TupleOrigin {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ["ftp", "21"],
  ["http", "80"],
  ["https", "443"],
  ["ws", "80"],
  ["wss", "443"],
]);

/** The port that a browser leaves out for this scheme, if there is one. */
export function defaultPort(scheme: string): string | undefined {
  return DEFAULT_PORTS.get(scheme);
}

// Scheme, host and port. A host whose last label starts with a letter cannot be read as an IPv4 address; it stands apart.
const SHAPE =
  /^([a-z][a-z0-9+.-]*):\/\/(?:((?:[a-z0-9_-]+\.)*[a-z][a-z0-9_-]*)|(\[[0-9a-f:.]+\]|[^:/?#@[\]\\]+))(?::([1-9][0-9]{0,4}))?$/;
const PLAIN_HOST = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/**
 * Parses the ASCII serialization of a tuple origin; anything else gives undefined, `null` and `file:` included.
 * Linear in the length, and constant above {@link MAX_ORIGIN_LENGTH}.
 * @see https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
 * @example parseOrigin("https://app.example.com:8443") // { scheme: "https", host: "app.example.com", port: "8443" }
 */
export function parseOrigin(text: string): TupleOrigin | undefined {
  if (text.length > MAX_ORIGIN_LENGTH) return undefined;
  const parts = SHAPE.exec(text);
  if (parts === null) return undefined;
  const [, scheme = "", domain, host = domain ?? "", port = ""] = parts;
  if (scheme === "file" || scheme.length > MAX_SCHEME_LENGTH || host.length > MAX_HOST_LENGTH) return undefined;
  const usual = defaultPort(scheme);
  if (port !== "" && (port === usual || Number(port) > 65535)) return undefined;
  const isSerialized =
    (domain !== undefined && !domain.includes("xn--")) || isSerializedHost(host, usual !== undefined);
  return isSerialized ? { scheme, host, port } : undefined;
}

/**
 * True where the URL parser would give the host back unchanged.
 * @see https://url.spec.whatwg.org/#host-serializing
 */
function isSerializedHost(host: string, isSpecial: boolean): boolean {
  if (!isSpecial && !host.startsWith("[")) return PLAIN_HOST.test(host);
  return URL.parse(`http://${host}/`)?.hostname === host;
}

const IPV4_LOOPBACK = /^127\.[0-9]+\.[0-9]+\.[0-9]+$/;

/**
 * True for hosts that never leave the machine: `localhost`, `*.localhost`, 127.0.0.0/8 and `[::1]`.
 * @param host serialized, as `URL.hostname` gives it
 * @see https://www.w3.org/TR/secure-contexts/#is-origin-trustworthy
 */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || IPV4_LOOPBACK.test(host);
}
