/** The ways in which an upstream may read a path other than the gateway does. */

const ENCODED_ASCII = /%([0-7][0-9a-f])/gi;
const ENCODED_ASCII_BUT_DELIMITERS = /%(?!23|3f)([0-7][0-9a-f])/gi;
const SLASH_RUNS = /\/{2,}/g;
const DOT_SEGMENT_PARAMETERS = /([/\\](?:\.|%2e){1,2});[^/\\]*/gi;

/**
 * The other readings of a path: percent-decoded once and parsed again, with runs of `/` merged, and both, in either
 * order: a server that merges first sees other dot segments. A decoded `?` or `#` ends the path, because the URL parser
 * says so, but not for every server: it is left encoded, too. A dot segment with a path parameter (`..;x`) is none to the
 * URL parser, but to servers of the Java world.
 * Empty for the usual path, which can be read in one way only.
 * Security: a rule is chosen by path, so a path that could be read as another one must not choose it.
 * @param pathname as the URL parser serializes it
 * @example otherReadings("/v1%2Fadmin") // "/v1/admin", in each way
 */
export function otherReadings(pathname: string): readonly string[] {
  const isEncoded = pathname.includes("%");
  const readings = pathname.includes("//") ? [mergeSlashes(pathname)] : [];
  if (!isEncoded && !pathname.includes(".;")) return readings;
  const texts = isEncoded ? [ENCODED_ASCII, ENCODED_ASCII_BUT_DELIMITERS].map((bytes) => decode(pathname, bytes)) : [];
  const bare = [pathname, ...texts].map((text) => text.replace(DOT_SEGMENT_PARAMETERS, "$1"));
  const others = new Set([...texts, ...bare]);
  others.delete(pathname);
  for (const text of others) {
    const parsed = parse(text);
    // The parser takes tabs and line ends out, and `\\` for `/`: some servers merge before that, others after it.
    const merged = [mergeSlashes(text), text.replace(/[\t\n\r]/g, "").replace(/[/\\]{2,}/g, "/")];
    readings.push(parsed, mergeSlashes(parsed), ...merged.map(parse));
  }
  return readings;
}

function decode(pathname: string, bytes: RegExp): string {
  return pathname.replace(bytes, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function mergeSlashes(pathname: string): string {
  return pathname.replace(SLASH_RUNS, "/");
}

/** Bytes from 0x80 stay encoded: no pattern above matches them. */
function parse(path: string): string {
  return URL.parse(`http://h${path}`)?.pathname ?? path;
}
