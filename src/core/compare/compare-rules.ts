/** What changes for pages on a path whose rule becomes another. */

import type { CompiledRule } from "../compile-policy.ts";
import { NON_WILDCARD_REQUEST_HEADER } from "../http-names.ts";
import {
  commonOrigin,
  type KnownRule,
  type ListContents,
  type OriginChange,
  type OriginSet,
  originSetOf,
  originsBeyond,
} from "./compare-origins.ts";

/** Access that pages get or lose, or a setting that gives or takes none. */
export type Effect = "gained" | "lost" | "neutral";

/** One change, whatever paths it is on. Lists are as written: `*` is any method or name. */
export type RuleChange =
  | {
      readonly kind: "origins";
      readonly effect: Effect;
      readonly origins: readonly OriginChange[];
      /** What they may do; without methods they may open WebSockets all the same. */
      readonly methods: readonly string[];
      readonly headers: readonly string[];
      readonly credentials: boolean;
      /** The day after which it holds; absent for now. */
      readonly after?: string;
    }
  | {
      readonly kind: "methods" | "request-headers" | "response-headers";
      readonly effect: Effect;
      readonly names: readonly string[];
      /** What `*` does not stand for here, because nothing changes about it. */
      readonly but?: readonly string[];
      /** Whom it concerns: all that the rule allows. */
      readonly origins: readonly string[];
    }
  | {
      readonly kind: "credentials" | "timing";
      readonly effect: Effect;
      readonly origins: readonly string[];
    }
  /** Denied requests reach the upstream, without CORS headers. */
  | { readonly kind: "denied-forwarded"; readonly effect: Effect }
  /** Pages of other sites load without CORS. */
  | { readonly kind: "cross-site-loads"; readonly effect: Effect }
  | {
      readonly kind: "setting";
      readonly effect: "neutral";
      readonly setting: "upstream" | "maxAge" | "resourcePolicy" | "rateLimit";
      /** Absent where there is none. */
      readonly before?: string;
      readonly after?: string;
    };

/** A request whose decision shows a change. */
export interface ShowingRequest {
  readonly origin: string;
  readonly method: string;
  /** Asked for by a preflight; undefined for the request itself. */
  readonly asks?: string;
  readonly isWebSocket: boolean;
  /** True for a load without CORS: it has no `Origin`. */
  readonly isCrossSiteLoad?: true;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A change and a request that shows it; undefined for settings, which show in no decision. */
export interface ShownChange {
  readonly change: RuleChange;
  readonly shownBy: ShowingRequest | undefined;
}

/** One of the two rules of a path. */
export interface RuleSide {
  readonly rule: KnownRule | undefined;
  readonly origins: OriginSet;
  readonly upstream: string | undefined;
}

/** A rule, ready to be compared with others. */
export function ruleSideOf(
  rule: KnownRule | undefined,
  documentUpstream: string | undefined,
  contents: ListContents,
): RuleSide {
  return {
    rule,
    origins: originSetOf(rule, contents),
    upstream: rule?.document.upstream ?? documentUpstream,
  };
}

/** An `Origin` that is denied whatever a rule allows. */
const MALFORMED_ORIGIN = "malformed";

/**
 * Everything that changes where one rule takes the place of another. Origins, methods and header names are compared
 * each on its own: a request is granted if all of them are allowed, so one that is granted on one side only differs in
 * one of them.
 * @param now milliseconds since the epoch
 */
export function compareRules(before: RuleSide, after: RuleSide, now: number): readonly ShownChange[] {
  return [
    ...changesToward("gained", after, before, now),
    ...changesToward("lost", before, after, now),
    ...isolationChanges(before, after, now),
    ...settingChanges(before, after),
  ];
}

/** What one rule allows and another does not. */
interface Excess {
  readonly effect: "gained" | "lost";
  readonly more: KnownRule;
  readonly allowed: OriginSet;
  readonly less: RuleSide;
  readonly now: number;
}

function changesToward(effect: Excess["effect"], { rule, origins }: RuleSide, less: RuleSide, now: number) {
  if (rule === undefined) return [];
  const excess: Excess = { effect, more: rule, allowed: origins, less, now };
  return [...originChanges(excess), ...changesForAll(excess), ...forwardingChanges(excess)];
}

function originChanges({ effect, more, allowed, less, now }: Excess): ShownChange[] {
  const { compiled } = more;
  const may = {
    methods: visibleMethods(compiled.methods),
    headers: namesOf(compiled.requestHeaders),
    credentials: compiled.allowCredentials,
  };
  return originsBeyond(allowed, less.origins, now).map(({ changes: origins, after, sample, at }) => ({
    change: { kind: "origins", effect, origins, ...may, ...(after !== undefined && { after }) },
    shownBy: { ...plainRequest(compiled), origin: sample, at },
  }));
}

/** Changes for all origins of the rule; nothing more to say where no origin has both rules in common. */
function changesForAll({ effect, more, allowed, less, now }: Excess): ShownChange[] {
  const origin = commonOrigin(allowed, less.origins, now);
  if (origin === undefined || less.rule === undefined) return [];
  const { document, compiled } = more;
  const { document: otherDocument, compiled: other } = less.rule;
  const origins = textsOf(allowed);
  const plain: ShowingRequest = { ...plainRequest(compiled), origin, at: now };
  const handshake: ShowingRequest = { origin, at: now, method: "GET", isWebSocket: true };
  const changes: ShownChange[] = [];
  const methods = visibleMethods(beyond(compiled.methods, other.methods));
  if (methods.length > 0) {
    const method = methods[0] === "*" ? unlisted(compiled.methods, other.methods).toUpperCase() : (methods[0] ?? "");
    changes.push({
      change: { kind: "methods", effect, names: methods, ...butOf(methods, visibleMethods(other.methods)), origins },
      shownBy: { ...plain, method, isWebSocket: false },
    });
  }
  const headers = namesOf(beyond(compiled.requestHeaders, other.requestHeaders));
  // Header names are asked for together with a method.
  if (headers.length > 0 && !plain.isWebSocket) {
    const asks = headers[0] === "*" ? unlisted(compiled.requestHeaders, other.requestHeaders) : (headers[0] ?? "");
    const known = [...other.requestHeaders.names, NON_WILDCARD_REQUEST_HEADER];
    changes.push({
      change: { kind: "request-headers", effect, names: headers, ...butOf(headers, known), origins },
      shownBy: { ...plain, asks },
    });
  }
  const exposed = exposedBeyond(document.exposeHeaders, otherDocument.exposeHeaders);
  if (exposed.length > 0) {
    const change = { kind: "response-headers", effect, names: exposed, origins } as const;
    changes.push({ change: { ...change, ...butOf(exposed, otherDocument.exposeHeaders) }, shownBy: handshake });
  }
  if (compiled.allowCredentials && !other.allowCredentials) {
    changes.push({ change: { kind: "credentials", effect, origins }, shownBy: handshake });
  }
  if (document.timingAllowOrigin && !otherDocument.timingAllowOrigin) {
    changes.push({ change: { kind: "timing", effect, origins }, shownBy: handshake });
  }
  return changes;
}

function forwardingChanges({ effect, more, less, now }: Excess): ShownChange[] {
  if (!more.compiled.forwardsDenied || less.rule?.compiled.forwardsDenied === true) return [];
  const shownBy = { origin: MALFORMED_ORIGIN, method: "GET", isWebSocket: false, at: now };
  return [{ change: { kind: "denied-forwarded", effect }, shownBy }];
}

/** Where there is no rule, nothing is isolated. */
function isolationChanges(before: RuleSide, after: RuleSide, now: number): ShownChange[] {
  const [was, is] = [before, after].map(({ rule }) => rule?.compiled.isIsolated === true);
  if (was === is) return [];
  const shownBy = { origin: "", method: "GET", isWebSocket: false, isCrossSiteLoad: true, at: now } as const;
  return [{ change: { kind: "cross-site-loads", effect: is ? "lost" : "gained" }, shownBy }];
}

/** A request that the rule grants to an allowed origin: a method of its own, or a WebSocket where it has none. */
function plainRequest({ methods }: CompiledRule): Pick<ShowingRequest, "method" | "isWebSocket"> {
  const [method] = methods.any ? ["GET"] : methods.names;
  return method === undefined ? { method: "GET", isWebSocket: true } : { method, isWebSocket: false };
}

/** What `*` among the names does not stand for. */
function butOf(names: readonly string[], known: readonly string[]): { but?: readonly string[] } {
  const but = known.filter((name) => name !== "*" && !names.includes(name));
  return names[0] === "*" && but.length > 0 ? { but: [...new Set(but)] } : {};
}

/** Methods, or request-header names. */
interface NameList {
  /** True where the list has `*`. */
  readonly any: boolean;
  readonly names: ReadonlySet<string>;
}

/** What a list has and another has not; `*` covers every name but `authorization`. */
function beyond(more: NameList, less: NameList): NameList {
  const isNew = (name: string) => !less.names.has(name) && (!less.any || name === NON_WILDCARD_REQUEST_HEADER);
  return { any: more.any && !less.any, names: new Set([...more.names].filter((name) => name !== "*" && isNew(name))) };
}

/** `*` says what all names but `authorization` would. */
function namesOf({ any, names }: NameList): string[] {
  const listed = [...names].filter((name) => name !== "*");
  return any ? ["*", ...listed.filter((name) => name === NON_WILDCARD_REQUEST_HEADER)] : listed;
}

/** Methods as people write them: GET implies HEAD. */
function visibleMethods(methods: NameList): string[] {
  if (methods.any) return ["*"];
  return namesOf(methods).filter((name) => name !== "HEAD" || !methods.names.has("GET"));
}

/** A name that neither list has. */
function unlisted(a: NameList, b: NameList): string {
  const isTaken = (name: string) => [a, b].some(({ names }) => names.has(name) || names.has(name.toUpperCase()));
  let name = "x-any";
  while (isTaken(name)) name += "-other";
  return name;
}

function exposedBeyond(more: readonly string[], less: readonly string[]): string[] {
  if (less.includes("*")) return [];
  const known = new Set(less.map((name) => name.toLowerCase()));
  return more.filter((name) => !known.has(name.toLowerCase()));
}

/** The entries of a rule, to name whom a change concerns. */
function textsOf({ entries, lists }: OriginSet): string[] {
  return [...new Set([...entries.map(({ text }) => text), ...lists.map(({ name }) => `the list ${name}`)])];
}

function settingChanges(before: RuleSide, after: RuleSide): ShownChange[] {
  const [old, now] = [before.rule?.document, after.rule?.document];
  const settings = [
    ["upstream", before.upstream, after.upstream],
    ["resourcePolicy", old?.resourcePolicy, now?.resourcePolicy],
    ["rateLimit", old?.rateLimit, now?.rateLimit],
    // Of a rule that is new or gone it says nothing.
    ...(old === undefined || now === undefined ? [] : [["maxAge", String(old.maxAge), String(now.maxAge)] as const]),
  ] as const;
  return settings.flatMap(([setting, from, to]): ShownChange[] => {
    if (from === to) return [];
    const values = { ...(from !== undefined && { before: from }), ...(to !== undefined && { after: to }) };
    return [{ change: { kind: "setting", effect: "neutral", setting, ...values }, shownBy: undefined }];
  });
}
