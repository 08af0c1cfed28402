/** Origins, rules and upstreams as ends and streams of a picture; what would not be legible is put together. */

import type { PolicyDocument, RuleDocument } from "../../core/document-schema.ts";
import { count } from "../count.ts";
import { type Caller, countCallers, groupCallers } from "./access.ts";

/** So many ends a column; the last one stands for the rest. */
const MOST_ENDS = 14;

/** One end of a column: 0 are origins, 1 rules, 2 upstreams. */
export interface FlowEnd {
  readonly id: string;
  readonly column: number;
  readonly label: string;
  /** What the label stands for. */
  readonly title: string;
}

/** What flows from one end to another by a rule. */
export interface FlowStream {
  readonly source: string;
  readonly target: string;
  readonly value: number;
  /** The place of the rule in its column. */
  readonly rule: number;
}

/** The whole picture. */
export interface FlowGraph {
  readonly ends: readonly FlowEnd[];
  readonly streams: readonly FlowStream[];
  readonly upstreamCount: number;
  /** True where an end stands for several rules or upstreams, or for origins that have not the same access. */
  readonly isCut: boolean;
}

/** Where a rule sends requests, in words. */
export function upstreamName({ upstream }: RuleDocument, document: PolicyDocument): string {
  return upstream ?? document.upstream ?? "DEFAULT_UPSTREAM";
}

/** The picture of a document: at most 14 ends a column. */
export function flowGraph(document: PolicyDocument, callers: readonly Caller[]): FlowGraph {
  const rules = cut(document.rules.map((rule) => [rule]));
  const ruleSlot = (index: number) => Math.min(index, rules.length - 1);
  const upstreamNames = [...new Set(document.rules.map((rule) => upstreamName(rule, document)))];
  const upstreams = cut(upstreamNames.map((name) => [name]));
  const upstreamSlot = (rule: RuleDocument) =>
    Math.min(upstreamNames.indexOf(upstreamName(rule, document)), upstreams.length - 1);

  const slotsOf = ({ grants }: Caller) => [...new Set([...grants.keys()].map(ruleSlot))];
  const groups =
    callers.length <= MOST_ENDS
      ? callers.map((caller) => [caller])
      : groupCallers(callers, (caller) => slotsOf(caller).join()).toSorted((a, b) => b.length - a.length);
  const origins = cut(groups);

  const streams: FlowStream[] = [];
  const inflow = rules.map(() => 0);
  for (const [index, group] of origins.entries()) {
    // A thousand origins are more than one, and not a thousand times as much to see.
    const value = 1 + Math.log10(group.length);
    for (const rule of new Set(group.flatMap(slotsOf))) {
      streams.push({ source: `origin-${index}`, target: `rule-${rule}`, value, rule });
      inflow[rule] = (inflow[rule] ?? 0) + value;
    }
  }
  for (const [index, members] of rules.entries()) {
    const targets = new Set(members.map(upstreamSlot));
    for (const upstream of targets) {
      const value = (inflow[index] ?? 0) / targets.size;
      streams.push({ source: `rule-${index}`, target: `upstream-${upstream}`, value, rule: index });
    }
  }
  return {
    ends: [
      ...origins.map((group, index) => ({ ...originEnd(group), id: `origin-${index}`, column: 0 })),
      ...rules.map((members, index) => ({ ...ruleEnd(members), id: `rule-${index}`, column: 1 })),
      ...upstreams.map((names, index) => ({ ...upstreamEnd(names), id: `upstream-${index}`, column: 2 })),
    ],
    streams,
    upstreamCount: upstreamNames.length,
    isCut:
      groups.length < callers.length ||
      [groups, document.rules, upstreamNames].some(({ length }) => length > MOST_ENDS),
  };
}

/** Puts together what is over the bound, as the last. */
function cut<Item>(groups: readonly (readonly Item[])[]): readonly (readonly Item[])[] {
  if (groups.length <= MOST_ENDS) return groups;
  return [...groups.slice(0, MOST_ENDS - 1), groups.slice(MOST_ENDS - 1).flat()];
}

function originEnd(group: readonly Caller[]): Pick<FlowEnd, "label" | "title"> {
  const names = group.map(callerName);
  const [only = ""] = names;
  return { label: names.length === 1 ? only : countCallers(group), title: namesOf(names) };
}

/** How a caller is named to people. */
export function callerName({ name, isList }: Caller): string {
  if (isList) return `list ${name}`;
  if (name === "*") return "* (any origin)";
  return name === "null" ? "null (opaque origins)" : name;
}

function ruleEnd(members: readonly RuleDocument[]): Pick<FlowEnd, "label" | "title"> {
  const [only] = members;
  return members.length === 1 && only !== undefined
    ? { label: only.name, title: `${only.name}: ${namesOf(only.paths)}` }
    : { label: count(members.length, "more rule"), title: namesOf(members.map(({ name }) => name)) };
}

function upstreamEnd(names: readonly string[]): Pick<FlowEnd, "label" | "title"> {
  return {
    label: names.length === 1 ? (names[0] ?? "") : count(names.length, "more upstream"),
    title: namesOf(names),
  };
}

function namesOf(names: readonly string[]): string {
  const most = 10;
  return names.length > most ? `${names.slice(0, most).join(", ")} and ${names.length - most} more` : names.join(", ");
}
