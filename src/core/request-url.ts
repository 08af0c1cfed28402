/** The URL of a request, as the URL parser serializes it. */

/** What is needed of it. */
export interface RequestUrl {
  /** With its colon. */
  readonly protocol: string;
  readonly origin: string;
  /** With the port, where it is not the scheme's own. */
  readonly host: string;
  readonly hostname: string;
  readonly pathname: string;
  /** Path and query; a `?` stays where nothing follows it. */
  readonly target: string;
}

/** Scheme, host, port, path and query of URLs that the parser leaves as they are, but for what is checked below. */
const PLAIN =
  /^(https?:)\/\/((?:[a-z0-9_-]+\.)*[a-z][a-z0-9_-]*)(?::([1-9]\d{0,4}))?(\/[\w~!$&'()*+,;=:@%/.-]*)(\?[\w~!$&()*+,;=:@%/?.-]*)?$/;

const HTTP = new Set(["http:", "https:"]);

/**
 * Parses the URL of a request; undefined where it is none, is not of HTTP, or names a user: such a URL need not start
 * with its origin, so what follows would not be path and query. A fragment is left out: none is ever sent.
 * Most URLs are serialized already. For those no URL object is made, which costs more than the whole decision.
 * @see https://url.spec.whatwg.org/#concept-url-serializer
 */
export function parseRequestUrl(text: string): RequestUrl | undefined {
  return readPlain(text) ?? parse(text);
}

function readPlain(text: string): RequestUrl | undefined {
  const parts = PLAIN.exec(text);
  if (parts === null) return undefined;
  const [, protocol = "", hostname = "", port, pathname = "", query = ""] = parts;
  // Dot segments go, plain or encoded; punycode is checked; a default port goes, and a larger one than there is fails.
  if (pathname.includes("/.") || /%2e/i.test(pathname) || hostname.includes("xn--")) return undefined;
  if (port !== undefined && (Number(port) > 65535 || port === (protocol === "http:" ? "80" : "443"))) return undefined;
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  return { protocol, origin: `${protocol}//${host}`, host, hostname, pathname, target: pathname + query };
}

function parse(text: string): RequestUrl | undefined {
  const url = URL.parse(text);
  if (url === null || !HTTP.has(url.protocol) || url.username !== "" || url.password !== "") return undefined;
  const { protocol, origin, host, hostname, pathname, href } = url;
  const [target = ""] = href.slice(origin.length).split("#", 1);
  return { protocol, origin, host, hostname, pathname, target };
}
