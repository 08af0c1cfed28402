/** Path patterns of `paths`: the part of Hono's route syntax on which all its routers agree. */

import type { IssueCode } from "./issue.ts";

/** One segment: a literal as the URL parser serializes it, or null for exactly one segment of any text. */
export type PathSegment = string | null;

/** A parsed path pattern. The root `/` has no segments and no rest. */
export interface PathPattern {
  readonly segments: readonly PathSegment[];
  /** True for a final `/*`: any rest, and also the path without it. */
  readonly hasRest: boolean;
}

type PathResult =
  | { readonly ok: true; readonly pattern: PathPattern }
  | { readonly ok: false; readonly code: IssueCode };

const PARAMETER = /^:[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * Parses a path pattern, or says why not.
 * @see https://hono.dev/docs/api/routing
 * @example parsePathPattern("/v1/orders/*") // { segments: ["v1", "orders"], hasRest: true }
 */
export function parsePathPattern(text: string): PathResult {
  const code = diagnose(text);
  if (code !== undefined) return { ok: false, code };
  const hasRest = text.endsWith("/*");
  const body = hasRest ? text.slice(1, -2) : text.slice(1);
  const segments = body === "" ? [] : body.split("/").map(parseSegment);
  return { ok: true, pattern: { segments, hasRest } };
}

function parseSegment(segment: string): PathSegment {
  return segment === "*" || segment.startsWith(":") ? null : segment;
}

function diagnose(text: string): IssueCode | undefined {
  if (!text.startsWith("/")) return "path-without-leading-slash";
  if (/[{}]/.test(text)) return "path-with-regexp";
  if (text.includes("?")) return "path-with-question-mark";
  if (text.includes("**")) return "path-with-double-star";
  const segments = text.slice(1).split("/");
  if (text !== "/" && segments.includes("")) return "path-with-empty-segment";
  if (segments.some(isDotSegment)) return "path-with-dot-segment";
  if (segments.some((segment) => segment.includes("*") && segment !== "*")) return "path-wildcard-misplaced";
  if (segments.some((segment) => segment.startsWith(":") && !PARAMETER.test(segment))) return "path-parameter-invalid";
  if (URL.parse(`http://h${text}`)?.pathname !== text) return "path-not-serialized";
  return undefined;
}

/** @see https://url.spec.whatwg.org/#single-dot-path-segment */
export function isDotSegment(segment: string): boolean {
  return /^(?:\.|%2e){1,2}$/i.test(segment);
}
