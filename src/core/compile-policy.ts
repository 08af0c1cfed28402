/** From a policy document to what answers requests: everything that depends on the policy alone is worked out here. */

import { AllowedHeaders } from "./allowed-headers.ts";
import type { PolicyDocument, RuleDocument } from "./document-schema.ts";
import { type EntryFields, endOf, fieldsOf } from "./origin-entry.ts";
import { AllowedOrigins, type AllowedPattern } from "./origin-matcher.ts";
import { parsePathPattern } from "./path-pattern.ts";
import { otherReadings } from "./path-readings.ts";
import { PathRules } from "./path-rules.ts";
import { RuleHeaders } from "./rule-headers.ts";

/** The methods of a rule. */
export interface AllowedMethods {
  /** True where the list has `*`. */
  readonly any: boolean;
  /** The others as written, and HEAD where there is GET. */
  readonly names: ReadonlySet<string>;
}

/** Where requests are sent: scheme and authority, and a path prefix without its final slash. */
export interface Upstream {
  readonly base: string;
  /** Host with port, as the URL parser gives it. */
  readonly host: string;
}

/** A rule, ready for requests. */
export interface CompiledRule {
  readonly name: string;
  readonly origins: AllowedOrigins;
  /** The first of the origin patterns, to explain a denial with. */
  readonly nearPatterns: readonly AllowedPattern[];
  readonly methods: AllowedMethods;
  readonly requestHeaders: AllowedHeaders;
  readonly allowCredentials: boolean;
  readonly headers: RuleHeaders;
  readonly forwardsDenied: boolean;
  readonly upstream: Upstream | undefined;
  /** Name of the rate-limit binding that counts what is proxied for other origins. */
  readonly rateLimit: string | undefined;
  /** True where other sites may load with CORS only. */
  readonly isIsolated: boolean;
}

/** A policy, ready for requests. */
export interface CompiledPolicy {
  /** True where decisions are said and logged, but change nothing. */
  readonly isReportOnly: boolean;
  readonly rules: readonly CompiledRule[];
  readonly upstream: Upstream | undefined;
  readonly upstreamTimeoutSeconds: number;
  /** The first rule that matches the path as it stands. */
  ruleFor(pathname: string): CompiledRule | undefined;
  /** True where an upstream could read the path so that another rule, or none, would match. */
  isAmbiguous(pathname: string): boolean;
  /** True where the rule of the path is isolated, however an upstream reads it. */
  isIsolated(pathname: string): boolean;
}

/** Results that a policy's memos keep, each kind by itself: strangers choose what is asked, and must not fill the memory. */
const MEMO_ROOM = 500;

/** So many patterns of a rule a denied origin is compared with; a denial must not cost more because the list is long. */
const MAX_NEAR_PATTERNS = 1000;

/** Compiles a document that {@link parsePolicy} accepted. Linear in its size. */
export function compilePolicy(document: PolicyDocument): CompiledPolicy {
  const room = Math.ceil(MEMO_ROOM / document.rules.length);
  const rules = document.rules.map((rule) => compileRule(rule, room));
  const paths = new PathRules();
  document.rules.forEach((rule, index) => {
    for (const path of rule.paths) paths.add(accepted(parsePathPattern(path)), index);
  });
  return {
    isReportOnly: document.mode === "report-only",
    rules,
    upstream: compileUpstream(document.upstream),
    upstreamTimeoutSeconds: document.upstreamTimeout,
    ruleFor: (pathname) => rules[paths.match(pathname)],
    isAmbiguous: (pathname) => {
      const readings = otherReadings(pathname);
      if (readings.length === 0) return false;
      const rule = paths.match(pathname);
      return readings.some((reading) => paths.match(reading) !== rule);
    },
    isIsolated: (pathname) =>
      [pathname, ...otherReadings(pathname)].some((reading) => rules[paths.match(reading)]?.isIsolated),
  };
}

function compileRule(rule: RuleDocument, room: number): CompiledRule {
  const entries = rule.allowOrigins.map(fieldsOf);
  const patterns = entries.flatMap(compileOrigin);
  return {
    name: rule.name,
    origins: new AllowedOrigins(patterns, {
      names: entries.flatMap(({ list }) => list ?? []),
      mayBeInsecure: !rule.allowCredentials || rule.dangerouslyAllow.includes("insecure-origin"),
    }),
    nearPatterns: patterns.slice(0, MAX_NEAR_PATTERNS),
    methods: compileMethods(rule.allowMethods),
    requestHeaders: new AllowedHeaders(rule.allowHeaders, room),
    allowCredentials: rule.allowCredentials,
    headers: new RuleHeaders(rule, room),
    forwardsDenied: rule.onDenied === "forward",
    upstream: compileUpstream(rule.upstream),
    rateLimit: rule.rateLimit,
    isIsolated: rule.isolation,
  };
}

function compileOrigin(entry: EntryFields): AllowedPattern[] {
  return entry.origin === undefined ? [] : [{ pattern: entry.origin, endsAt: endOf(entry) }];
}

function compileMethods(allowMethods: readonly string[]): AllowedMethods {
  const names = new Set(allowMethods);
  const any = names.delete("*");
  if (names.has("GET")) names.add("HEAD");
  return { any, names };
}

/**
 * Compiles an upstream's URL. The prefix of the path is kept.
 * @param text an absolute http(s) URL without user info, query and fragment
 */
export function compileUpstream(text: string): Upstream;
export function compileUpstream(text: string | undefined): Upstream | undefined;
export function compileUpstream(text: string | undefined): Upstream | undefined {
  if (text === undefined) return undefined;
  const url = new URL(text);
  return { base: url.origin + url.pathname.replace(/\/$/, ""), host: url.host };
}

function accepted<Pattern>(pattern: Pattern | undefined): Pattern {
  if (pattern === undefined) throw new TypeError("only a parsed document can be compiled");
  return pattern;
}
