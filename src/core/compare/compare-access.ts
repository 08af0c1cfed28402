/**
 * What a change of policy does to access: who may call what now, and may not before, and the other way round.
 * Exact for requests whose path can be read in one way only; the others are denied wherever it matters.
 */

import type { RequestView } from "../classify.ts";
import { type CompiledPolicy, compilePolicy } from "../compile-policy.ts";
import { decide } from "../decide.ts";
import type { Decision } from "../decision.ts";
import type { PolicyDocument } from "../document-schema.ts";
import type { IsListed } from "../origin-matcher.ts";
import type { KnownRule, ListContents } from "./compare-origins.ts";
import { compareRules, type RuleChange, type RuleSide, ruleSideOf, type ShowingRequest } from "./compare-rules.ts";
import { pathArea } from "./path-area.ts";
import { type PathRegion, type RulePair, RulePairs } from "./rule-pairs.ts";

/** The policy of a hostname before or after a change. */
export interface ComparedPolicy {
  /** Undefined where there is none: every request from another origin is denied. */
  readonly document: PolicyDocument | undefined;
  readonly contents: ListContents;
}

/** One change of access, or of a setting. */
export type AccessChange =
  | (RuleChange & {
      /** All the paths where it is so. */
      readonly paths: readonly PathRegion[];
      /** A request that shows it; absent for settings. */
      readonly example?: AccessExample;
    })
  /**
   * The upstream's own CORS decides now, or no longer; counted as new access, because the gateway cannot know it; but
   * lost where no policy comes after, which denies everything. "none" is no policy.
   */
  | { readonly kind: "mode"; readonly effect: "gained" | "lost"; readonly before: string; readonly after: string }
  | { readonly kind: "timeout"; readonly effect: "neutral"; readonly before: number; readonly after: number };

/** A request that is decided otherwise than before. */
export interface AccessExample {
  readonly origin: string;
  readonly method: string;
  readonly path: string;
  readonly header?: string;
}

/** A policy with everything that comparing needs of it. */
interface Side {
  readonly document: PolicyDocument | undefined;
  readonly policy: CompiledPolicy | undefined;
  readonly rules: readonly RuleSide[];
  readonly noRule: RuleSide;
}

/**
 * Everything that differs between two policies of a hostname; empty where no request is decided otherwise and no
 * setting differs. New access first, then lost access, then settings.
 * Each change of access is confirmed by the decisions about a request that shows it.
 * @param now milliseconds since the epoch
 */
export function compareAccess(before: ComparedPolicy, after: ComparedPolicy, now: number): readonly AccessChange[] {
  const [old, recent] = [sideOf(before), sideOf(after)];
  const pairs = new RulePairs(pathsOf(old), pathsOf(recent));
  const found = new Map<string, { change: RuleChange; example: AccessExample | undefined; group: Set<RulePair> }>();
  for (const pair of pairs.pairs) {
    const [from, to] = [ruleOf(old, pair.before), ruleOf(recent, pair.after)];
    for (const { change, shownBy } of compareRules(from, to, now)) {
      if (shownBy !== undefined) confirm(change, shownBy, pair, { old, recent, from, to });
      const key = JSON.stringify(change);
      const example = shownBy && !shownBy.isCrossSiteLoad ? exampleOf(shownBy, pair.path) : undefined;
      const known = found.get(key) ?? { change, example, group: new Set() };
      known.group.add(pair);
      found.set(key, known);
    }
  }
  const changes = [...found.values()].map(
    ({ change, example, group }): AccessChange => ({
      ...change,
      paths: pairs.regionsOf(group),
      ...(example !== undefined && { example }),
    }),
  );
  const order = ["gained", "lost", "neutral"];
  return [...documentChanges(old.document, recent.document), ...changes].sort(
    (a, b) => order.indexOf(a.effect) - order.indexOf(b.effect),
  );
}

function sideOf({ document, contents }: ComparedPolicy): Side {
  const policy = document && compilePolicy(document);
  const known = (document?.rules ?? []).flatMap((rule, index): KnownRule[] => {
    const compiled = policy?.rules[index];
    return compiled === undefined ? [] : [{ document: rule, compiled }];
  });
  return {
    document,
    policy,
    rules: known.map((rule) => ruleSideOf(rule, document?.upstream, contents)),
    noRule: ruleSideOf(undefined, document?.upstream, contents),
  };
}

function pathsOf({ document }: Side) {
  return (document?.rules ?? []).map(({ paths }) => paths.map(pathArea));
}

function ruleOf({ rules, noRule }: Side, index: number): RuleSide {
  return rules[index] ?? noRule;
}

function documentChanges(before: PolicyDocument | undefined, after: PolicyDocument | undefined): AccessChange[] {
  const changes: AccessChange[] = [];
  // Without a policy the gateway decides, too: it denies.
  if ((before?.mode === "report-only") !== (after?.mode === "report-only")) {
    const effect = after === undefined ? "lost" : "gained";
    changes.push({ kind: "mode", effect, before: before?.mode ?? "none", after: after?.mode ?? "none" });
  }
  if (before !== undefined && after !== undefined && before.upstreamTimeout !== after.upstreamTimeout) {
    const [from, to] = [before.upstreamTimeout, after.upstreamTimeout];
    changes.push({ kind: "timeout", effect: "neutral", before: from, after: to });
  }
  return changes;
}

function exampleOf({ origin, method, asks }: ShowingRequest, path: string): AccessExample {
  return { origin, method, path, ...(asks !== undefined && { header: asks }) };
}

/** Core decides about a request that shows the change; if it shows none, the comparison is wrong, and says so. */
function confirm(
  change: RuleChange,
  request: ShowingRequest,
  { path }: RulePair,
  { old, recent, from, to }: { old: Side; recent: Side; from: RuleSide; to: RuleSide },
): void {
  const before = decideAs(old.policy, request, path, from.origins.isListed);
  const after = decideAs(recent.policy, request, path, to.origins.isListed);
  const [more, less] = change.effect === "lost" ? [before, after] : [after, before];
  if (!isShown(change, more, less)) {
    throw new Error(`core decides otherwise than was compared: ${JSON.stringify({ change, request, path })}`);
  }
}

function isShown(change: RuleChange, more: Decision, less: Decision): boolean {
  const isGranted = more.denial === undefined;
  switch (change.kind) {
    case "origins":
    case "methods":
    case "request-headers":
      return isGranted && less.denial !== undefined;
    case "credentials":
      return isGranted && more.forwardsCookie && !less.forwardsCookie;
    case "response-headers":
      return isGranted && exposed(more) !== exposed(less);
    case "timing":
      return isGranted && more.response.replacesTiming && !less.response.replacesTiming;
    case "cross-site-loads":
      return more.action === "proxy" && less.action === "refuse";
    case "denied-forwarded":
      return !isGranted && more.action === "proxy" && less.action !== "proxy";
    case "setting":
      return true;
  }
}

function exposed({ response }: Decision): string {
  const value = response.fields.find(([name]) => name === "access-control-expose-headers")?.[1] ?? "";
  return response.exposesEachHeader ? "*" : value;
}

/** The decision if the policy were enforced: what a policy that only reports would do. */
function decideAs(policy: CompiledPolicy | undefined, request: ShowingRequest, path: string, isListed: IsListed) {
  const lookup = policy && { kind: "found" as const, policy: { ...policy, isReportOnly: false } };
  return decide(lookup ?? { kind: "none" }, viewOf(request, path), request.at, isListed);
}

function viewOf(request: ShowingRequest, pathname: string): RequestView {
  const { origin, method, asks, isWebSocket, isCrossSiteLoad } = request;
  const fields: Readonly<Record<string, string>> = {
    ...(isCrossSiteLoad ? { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" } : { origin }),
    ...(isWebSocket && { upgrade: "websocket" }),
    ...(asks !== undefined && { "access-control-request-method": method, "access-control-request-headers": asks }),
  };
  return {
    method: asks === undefined ? method : "OPTIONS",
    // The origin of no page: each request here comes from another.
    urlOrigin: "",
    pathname,
    header: (name) => fields[name] ?? null,
  };
}
