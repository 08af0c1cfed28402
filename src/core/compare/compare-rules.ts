/** What changes for pages on a path whose rule becomes another. */

import type { CompiledRule } from "../compile-policy.ts";
import { NON_WILDCARD_REQUEST_HEADER } from "../http-names.ts";
import { beyond, butOf, exposedBeyond, namesOf, unlisted, visibleMethods } from "./compare-names.ts";
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

/** What two rules that have an origin in common differ in, for all origins of the rule that allows more. */
interface CommonGround {
  readonly effect: Excess["effect"];
  readonly more: KnownRule;
  readonly less: KnownRule;
  /** Whom it concerns, as written. */
  readonly origins: readonly string[];
  /** Requests of an origin that both rules allow. */
  readonly plain: ShowingRequest;
  readonly handshake: ShowingRequest;
}

/** Nothing more to say where no origin has both rules in common. */
function changesForAll({ effect, more, allowed, less, now }: Excess): ShownChange[] {
  const origin = commonOrigin(allowed, less.origins, now);
  if (origin === undefined || less.rule === undefined) return [];
  const ground: CommonGround = {
    effect,
    more,
    less: less.rule,
    origins: textsOf(allowed),
    plain: { ...plainRequest(more.compiled), origin, at: now },
    handshake: { origin, at: now, method: "GET", isWebSocket: true },
  };
  return [
    ...methodChanges(ground),
    ...requestHeaderChanges(ground),
    ...responseHeaderChanges(ground),
    ...flagChanges(ground),
  ];
}

function methodChanges({ effect, more, less, origins, plain }: CommonGround): ShownChange[] {
  const [methods, others] = [more.compiled.methods, less.compiled.methods];
  const names = visibleMethods(beyond(methods, others));
  const [first] = names;
  if (first === undefined) return [];
  const method = first === "*" ? unlisted(methods, others).toUpperCase() : first;
  return [
    {
      change: { kind: "methods", effect, names, ...butOf(names, visibleMethods(others)), origins },
      shownBy: { ...plain, method, isWebSocket: false },
    },
  ];
}

function requestHeaderChanges({ effect, more, less, origins, plain }: CommonGround): ShownChange[] {
  const [headers, others] = [more.compiled.requestHeaders, less.compiled.requestHeaders];
  const names = namesOf(beyond(headers, others));
  const [first] = names;
  // Header names are asked for together with a method.
  if (first === undefined || plain.isWebSocket) return [];
  const asks = first === "*" ? unlisted(headers, others) : first;
  const known = [...others.names, NON_WILDCARD_REQUEST_HEADER];
  return [
    {
      change: { kind: "request-headers", effect, names, ...butOf(names, known), origins },
      shownBy: { ...plain, asks },
    },
  ];
}

function responseHeaderChanges({ effect, more, less, origins, handshake }: CommonGround): ShownChange[] {
  const others = less.document.exposeHeaders;
  const names = exposedBeyond(more.document.exposeHeaders, others);
  if (names.length === 0) return [];
  const change = { kind: "response-headers", effect, names, ...butOf(names, others), origins } as const;
  return [{ change, shownBy: handshake }];
}

function flagChanges({ effect, more, less, origins, handshake }: CommonGround): ShownChange[] {
  const flags = [
    ["credentials", more.document.allowCredentials, less.document.allowCredentials],
    ["timing", more.document.timingAllowOrigin, less.document.timingAllowOrigin],
  ] as const;
  return flags
    .filter(([, allows, other]) => allows && !other)
    .map(([kind]) => ({ change: { kind, effect, origins }, shownBy: handshake }));
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
