/** The ways in which an upstream may read a path other than the gateway does. */

const ENCODED_ASCII = /%([0-7][0-9a-f])/gi;
const ENCODED_ASCII_BUT_DELIMITERS = /%(?!23|3f)([0-7][0-9a-f])/gi;
const SLASH_RUNS = /\/{2,}/g;

/**
 * The other readings of a path: percent-decoded once and parsed again, with runs of `/` merged, and both, in either
 * order: a server that merges first sees other dot segments. A decoded `?` or `#` ends the path, because the URL parser
 * says so, but not for every server: it is left encoded, too.
 * Empty for the usual path, which can be read in one way only.
 * Security: a rule is chosen by path, so a path that could be read as another one must not choose it.
 * @param pathname as the URL parser serializes it
 * @example otherReadings("/v1%2Fadmin") // "/v1/admin", in each way
 */
export function otherReadings(pathname: string): readonly string[] {
  const readings = pathname.includes("//") ? [mergeSlashes(pathname)] : [];
  if (!pathname.includes("%")) return readings;
  for (const encoded of [ENCODED_ASCII, ENCODED_ASCII_BUT_DELIMITERS]) {
    const raw = pathname.replace(encoded, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    const decoded = parse(raw);
    // The parser takes tabs and line ends out, and `\\` for `/`: some servers merge before that, others after it.
    const merged = [mergeSlashes(raw), raw.replace(/[\t\n\r]/g, "").replace(/[/\\]{2,}/g, "/")];
    readings.push(decoded, mergeSlashes(decoded), ...merged.map(parse));
  }
  return readings;
}

function mergeSlashes(pathname: string): string {
  return pathname.replace(SLASH_RUNS, "/");
}

/** Bytes from 0x80 stay encoded: no pattern above matches them. */
function parse(path: string): string {
  return URL.parse(`http://h${path}`)?.pathname ?? path;
}
