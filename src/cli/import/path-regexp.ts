/** Regular expressions over paths as Python libraries take them (`re.match`), and the path patterns nearest to them. */

import { parsePathPattern } from "../../core/path-pattern.ts";

/** A path pattern that never matches what the expression does not. */
export interface PathRegexp {
  readonly pattern: string;
  /** What those paths begin with that the expression matches and the pattern does not; undefined where there are none. */
  readonly uncovered?: string;
}

/**
 * Reads an expression over paths; undefined where it is more than a literal beginning and any rest.
 * @example readPathRegexp("^/api/.*$") // { pattern: "/api/:rest/*", uncovered: "/api/" }
 */
export function readPathRegexp(source: string): PathRegexp | undefined {
  const [, written = "", tail = ""] = /^\^?((?:\/[A-Za-z0-9_-]+)*)(.*)$/s.exec(source) ?? [];
  const read = readTail(written, tail);
  return read === undefined || parsePathPattern(read.pattern) === undefined ? undefined : read;
}

function readTail(literal: string, tail: string): PathRegexp | undefined {
  switch (tail) {
    case "$":
      return { pattern: literal };
    case "(/.*)?$":
    case "(?:/.*)?$":
    case "(/|$)":
    case "(?:/|$)":
      return { pattern: `${literal}/*` };
    // A slash or none, and then anything: what was meant is what a path pattern of this spelling means.
    case "/*":
    case "":
    case ".*":
    case ".*$":
      return { pattern: `${literal}/*`, ...(literal !== "" && { uncovered: literal }) };
    case "/":
    case "/.*":
    case "/.*$":
      // `/*` would match the path without the slash, too.
      return literal === "" ? { pattern: "/*" } : { pattern: `${literal}/:rest/*`, uncovered: `${literal}/` };
    case "/.+":
    case "/.+$":
      return literal === ""
        ? { pattern: "/:rest/*", uncovered: "/" }
        : { pattern: `${literal}/:rest/*`, uncovered: `${literal}//` };
    default:
      return undefined;
  }
}

/** Says what of an expression a pattern leaves out; undefined where it is all there. */
export function describeUncovered({ pattern, uncovered }: PathRegexp): string | undefined {
  if (uncovered === undefined) return undefined;
  if (!uncovered.endsWith("/")) {
    return `it is "${pattern}" now, and other paths that begin with "${uncovered}", such as "${uncovered}x", are left out`;
  }
  const wider = pattern.replace("/:rest/*", "/*");
  return `it is "${pattern}" now, without "${uncovered}" itself; "${wider}" would match "${uncovered.replace(/\/+$/, "") || "/"}" as well`;
}

/** The literal text that every path begins with which the pattern matches. */
export function literalBeginning(pattern: string): string {
  return /^(?:\/[^/:*]+)*/.exec(pattern)?.[0] ?? "";
}

/** False where no path that begins so is matched by the pattern. */
export function mayMatchBelow(pattern: string, beginning: string): boolean {
  const literal = literalBeginning(pattern);
  return beginning.startsWith(literal) || literal.startsWith(beginning);
}
