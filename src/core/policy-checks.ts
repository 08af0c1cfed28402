/**
 * What the shape of a document cannot say: what is prohibited, what must be acknowledged, what can never match.
 * Works on any JSON, so that one fault does not hide another; what has the wrong type is passed over here.
 */

import { endOfDay } from "./expiry.ts";
import {
  CORS_RESPONSE_HEADERS,
  FORBIDDEN_METHODS,
  FORBIDDEN_RESPONSE_HEADERS,
  isForbiddenRequestHeader,
  isToken,
} from "./http-names.ts";
import type { IssueCode, Keys, Report } from "./issue.ts";
import { isLoopback } from "./origin.ts";
import { isLoopbackHost, parseOriginPattern } from "./origin-pattern.ts";
import { type PathPattern, parsePathPattern } from "./path-pattern.ts";
import { PathRules } from "./path-rules.ts";
import { isRecord } from "./shape.ts";

/** Reports everything about a document that is prohibited or not acknowledged. */
export function checkMeaning(document: unknown, report: Report): void {
  if (!isRecord(document)) return;
  const mayBeInsecure = acknowledges(document, "insecure-upstream");
  checkUpstream(document.upstream, ["upstream"], mayBeInsecure, report);
  if (!Array.isArray(document.rules)) return;
  const names = new Set<unknown>();
  const reachable = new PathRules();
  document.rules.forEach((rule: unknown, index) => {
    if (!isRecord(rule)) return;
    const at: Keys = ["rules", index];
    if (names.has(rule.name)) report("rule-name-duplicate", [...at, "name"], { found: rule.name });
    if (typeof rule.name === "string") names.add(rule.name);
    checkPaths(rule, at, reachable, document.rules as unknown[], report);
    checkOrigins(rule, [...at, "allowOrigins"], report);
    checkMethods(rule.allowMethods, [...at, "allowMethods"], report);
    checkRequestHeaders(rule.allowHeaders, [...at, "allowHeaders"], report);
    checkExposedHeaders(rule.exposeHeaders, [...at, "exposeHeaders"], report);
    checkUpstream(rule.upstream, [...at, "upstream"], mayBeInsecure, report);
  });
}

function acknowledges(object: Record<string, unknown>, danger: string): boolean {
  return Array.isArray(object.dangerouslyAllow) && object.dangerouslyAllow.includes(danger);
}

/** The strings of a list, each with its place; nothing where it is no list. */
function stringsOf(list: unknown, at: Keys): { text: string; place: Keys }[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((text: unknown, index) => (typeof text === "string" ? [{ text, place: [...at, index] }] : []));
}

function checkPaths(
  rule: Record<string, unknown>,
  at: Keys,
  reachable: PathRules,
  rules: readonly unknown[],
  report: Report,
): void {
  const patterns: PathPattern[] = [];
  let areAllValid = true;
  for (const { text, place } of stringsOf(rule.paths === undefined ? ["/*"] : rule.paths, [...at, "paths"])) {
    const parsed = parsePathPattern(text);
    if (parsed !== undefined) patterns.push(parsed);
    else {
      areAllValid = false;
      report("path-invalid", place, { found: text });
    }
  }
  const covering = areAllValid ? reachable.covering(patterns) : undefined;
  if (covering !== undefined) {
    const earlier = rules[covering];
    const name = isRecord(earlier) ? earlier.name : undefined;
    const expected = typeof name === "string" ? name : `/rules/${covering}`;
    report("rule-unreachable", at, { found: rule.name, expected });
    return;
  }
  for (const pattern of patterns) reachable.add(pattern, Number(at[1]));
}

function checkOrigins(rule: Record<string, unknown>, at: Keys, report: Report): void {
  const { allowOrigins: list } = rule;
  if (!Array.isArray(list)) return;
  list.forEach((entry: unknown, index) => {
    const dated = isRecord(entry) ? entry : undefined;
    const origin = dated === undefined ? entry : dated.origin;
    if (typeof dated?.expires === "string" && endOfDay(dated.expires) === undefined) {
      report("date-invalid", [...at, index, "expires"], { found: dated.expires, expected: "a day as 2027-01-31" });
    }
    if (typeof origin !== "string") return;
    // Lists are long and nearly always right: where an entry stands is written down for one with a fault alone.
    for (const { code, expected } of originFaults(origin, rule, list.length)) {
      report(code, dated === undefined ? [...at, index] : [...at, index, "origin"], { found: origin, expected });
    }
  });
}

interface Fault {
  readonly code: IssueCode;
  readonly expected?: string;
}

/** What is wrong with an origin pattern in a rule that has so many of them. */
function originFaults(origin: string, rule: Record<string, unknown>, size: number): readonly Fault[] {
  const parsed = parseOriginPattern(origin);
  if (parsed === undefined) return [{ code: "origin-invalid" }];
  const hasCredentials = rule.allowCredentials === true;
  const faults: Fault[] = [];
  if (parsed.kind === "any") {
    if (size > 1) faults.push({ code: "origin-any-beside-others" });
    if (hasCredentials) faults.push({ code: "origin-any-with-credentials" });
  } else if (parsed.kind === "opaque") {
    if (hasCredentials) faults.push({ code: "origin-null-with-credentials" });
    if (!acknowledges(rule, "null-origin")) faults.push({ code: "origin-null", expected: "null-origin" });
  } else if (hasCredentials && parsed.scheme === "http" && !isLoopbackHost(parsed.host)) {
    if (!acknowledges(rule, "insecure-origin")) faults.push({ code: "origin-insecure", expected: "insecure-origin" });
  }
  return faults;
}

/** Reports what is wrong with methods. */
export function checkMethods(methods: unknown, at: Keys, report: Report): void {
  for (const { text: found, place } of stringsOf(methods, at)) {
    const upper = found.toUpperCase();
    if (!isToken(found)) report("method-invalid", place, { found });
    else if (FORBIDDEN_METHODS.has(upper)) report("method-forbidden", place, { found });
    else if (found !== upper) report("method-lower-case", place, { found });
  }
}

/** Reports what is wrong with names of request headers. */
export function checkRequestHeaders(names: unknown, at: Keys, report: Report): void {
  for (const { text: found, place } of stringsOf(names, at)) {
    const name = found.toLowerCase();
    if (!isToken(found)) report("header-invalid", place, { found });
    else if (CORS_RESPONSE_HEADERS.has(name)) report("header-of-response", place, { found });
    else if (isForbiddenRequestHeader(name)) report("header-forbidden", place, { found });
  }
}

function checkExposedHeaders(names: unknown, at: Keys, report: Report): void {
  const size = Array.isArray(names) ? names.length : 0;
  for (const { text: found, place } of stringsOf(names, at)) {
    if (!isToken(found)) report("header-invalid", place, { found });
    else if (FORBIDDEN_RESPONSE_HEADERS.has(found.toLowerCase())) report("header-not-exposable", place, { found });
    else if (found === "*" && size > 1) report("header-any-beside-names", place, { found });
  }
}

function checkUpstream(upstream: unknown, at: Keys, mayBeInsecure: boolean, report: Report): void {
  if (typeof upstream !== "string") return;
  // Security: issues are logged, passwords are not.
  const found = upstream.replace(/^.*@/s, "…@");
  const url = /^https?:\/\//i.test(upstream) ? URL.parse(upstream) : null;
  if (url === null) {
    report("upstream-invalid", at, { found });
    return;
  }
  const hasUser = url.username + url.password !== "" || /^[^/]*\/\/[^/\\?#]*@/.test(upstream);
  if (hasUser) report("upstream-with-user-info", at, { found });
  if (upstream.includes("#")) report("upstream-with-fragment", at, { found });
  if (upstream.replace(/#.*$/s, "").includes("?")) report("upstream-with-query", at, { found });
  if (url.protocol === "http:" && !isLoopback(url.hostname) && !mayBeInsecure) {
    report("upstream-insecure", at, { found, expected: "insecure-upstream" });
  }
}
