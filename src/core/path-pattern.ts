/** Path patterns of `paths`: the part of Hono's route syntax on which all its routers agree. */

/** One segment: a literal as {@link normalizePercentEncoding} leaves it, or null for exactly one segment of any text. */
export type PathSegment = string | null;

/** A parsed path pattern. The root `/` has no segments and no rest. */
export interface PathPattern {
  readonly segments: readonly PathSegment[];
  /** True for a final `/*`: any rest, and also the path without it. */
  readonly hasRest: boolean;
}

const SEGMENT = /^(?:\*|:[A-Za-z0-9_-]+|[^*:][^*]*)$/;

/**
 * Parses a path pattern; undefined where it is none, and diagnose.ts can tell why.
 * @see https://hono.dev/docs/api/routing
 * @example parsePathPattern("/v1/orders/*") // { segments: ["v1", "orders"], hasRest: true }
 */
export function parsePathPattern(text: string): PathPattern | undefined {
  // The URL parser refuses or rewrites whatever never arrives: braces, `?`, dot segments, a missing slash.
  if (URL.parse(`http://h${text}`)?.pathname !== text) return undefined;
  const segments = text === "/" ? [] : text.slice(1).split("/");
  if (!segments.every((segment) => SEGMENT.test(segment))) return undefined;
  const hasRest = segments.at(-1) === "*";
  return { segments: (hasRest ? segments.slice(0, -1) : segments).map(parseSegment), hasRest };
}

function parseSegment(segment: string): PathSegment {
  return segment === "*" || segment.startsWith(":") ? null : normalizePercentEncoding(segment);
}

/**
 * The path with its percent-encoding in upper case. Every upstream takes both spellings for the same byte, but the URL parser
 * leaves each as it is.
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2.1
 */
export function normalizePercentEncoding(path: string): string {
  return path.includes("%") ? path.replace(/%[0-9a-f]{2}/gi, (byte) => byte.toUpperCase()) : path;
}
