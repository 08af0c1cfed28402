/** The ways in which an upstream may read a path other than the gateway does. */

const ENCODED_ASCII = /%([0-7][0-9a-f])/gi;
const SLASH_RUNS = /\/{2,}/g;

/**
 * The other readings of a path: percent-decoded once and parsed again, with runs of `/` merged, and both, in either
 * order: a server that merges first sees other dot segments.
 * Empty for the usual path, which can be read in one way only.
 * Security: a rule is chosen by path, so a path that could be read as another one must not choose it.
 * @param pathname as the URL parser serializes it
 * @example otherReadings("/v1%2Fadmin") // ["/v1/admin", "/v1/admin", "/v1/admin"]
 */
export function otherReadings(pathname: string): readonly string[] {
  const isEncoded = pathname.includes("%");
  const hasRuns = pathname.includes("//");
  if (!isEncoded) return hasRuns ? [mergeSlashes(pathname)] : [];
  const raw = decodeOnce(pathname);
  const decoded = parse(raw) ?? pathname;
  // The parser takes tabs and line ends out, and `\\` for `/`.
  const mergedFirst = parse(raw.replace(/[\t\n\r]/g, "").replace(/[/\\]{2,}/g, "/")) ?? pathname;
  const readings = [decoded, mergeSlashes(decoded), mergedFirst];
  if (hasRuns) readings.push(mergeSlashes(pathname));
  return readings;
}

function mergeSlashes(pathname: string): string {
  return pathname.replace(SLASH_RUNS, "/");
}

/** Bytes from 0x80 stay encoded. */
function decodeOnce(pathname: string): string {
  return pathname.replace(ENCODED_ASCII, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** A decoded `?` or `#` ends the path, because the URL parser says so. */
function parse(path: string): string | undefined {
  return URL.parse(`http://h${path}`)?.pathname;
}
