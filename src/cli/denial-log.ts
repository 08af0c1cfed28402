/** The gateway's log: finds the denials in it, and counts those that are alike. */

import { stripVTControlCharacters } from "node:util";

/** A line that the gateway logs for a denial, as far as it is needed here. */
interface LoggedDenial {
  /** ISO 8601. */
  readonly time: string;
  readonly reason: string;
  readonly hostname: string;
  readonly origin: string;
  /** Undefined where no rule applies. */
  readonly rule: string | undefined;
  /** The method or header name that is not allowed. */
  readonly culprit: string | undefined;
  readonly path: string;
  readonly nearest: string | undefined;
  readonly isReportOnly: boolean;
  /** Denials that were not written since the line before, of whatever kind. */
  readonly suppressed: number;
}

/** Denials of one hostname, rule, origin and reason. */
export interface DenialGroup {
  readonly hostname: string;
  readonly rule: string | undefined;
  readonly origin: string;
  readonly reason: string;
  readonly nearest: string | undefined;
  count: number;
  first: string;
  last: string;
  /** Methods or header names that were not allowed, a bounded number. */
  readonly culprits: Set<string>;
  /** The path of the first one. */
  readonly path: string;
  /** True where any of them was only reported. */
  isReportOnly: boolean;
}

/** What a log has. */
export interface DenialCount {
  /** Most frequent first. */
  readonly groups: readonly DenialGroup[];
  readonly denials: number;
  readonly suppressed: number;
  /** Lines and events that are no denials and no events of the gateway or wrangler. */
  readonly junk: number;
}

/** Strangers choose header names. */
const MAX_CULPRITS = 20;
/** A pretty-printed event longer than this is none. */
const MAX_EVENT_LINES = 10_000;

/** Counts the denials in log lines: those of `wrangler tail --format json`, or with the JSON anywhere in the line. */
export async function countDenials(lines: AsyncIterable<string>): Promise<DenialCount> {
  const groups = new Map<string, DenialGroup>();
  let [denials, suppressed, junk] = [0, 0, 0];
  for await (const text of joinEvents(lines)) {
    const found = readText(text);
    if (found === undefined) junk++;
    for (const denial of found ?? []) {
      denials++;
      suppressed += denial.suppressed;
      addTo(groups, denial);
    }
  }
  const sorted = [...groups.values()].sort((a, b) => b.count - a.count || a.first.localeCompare(b.first));
  return { groups: sorted, denials, suppressed, junk };
}

function addTo(groups: Map<string, DenialGroup>, denial: LoggedDenial): void {
  const { hostname, rule, origin, reason, time, culprit, nearest, path, isReportOnly } = denial;
  const key = JSON.stringify([hostname, rule, origin, reason]);
  let group = groups.get(key);
  if (group === undefined) {
    group = {
      ...{ hostname, rule, origin, reason, nearest, path, isReportOnly },
      ...{ count: 0, first: time, last: time, culprits: new Set() },
    };
    groups.set(key, group);
  }
  group.count++;
  // Lines of several isolates come in no order.
  if (time < group.first) group.first = time;
  if (time > group.last) group.last = time;
  group.isReportOnly ||= isReportOnly;
  if (culprit !== undefined && group.culprits.size < MAX_CULPRITS) group.culprits.add(culprit);
}

/** Puts events together that `wrangler tail` prints over several lines; other lines stay as they are. */
async function* joinEvents(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let event: string[] = [];
  for await (const raw of lines) {
    const line = stripVTControlCharacters(raw).trimEnd();
    if (line === "{" || event.length > MAX_EVENT_LINES) {
      yield* event;
      event = [];
    }
    if (event.length === 0 && line !== "{") {
      if (line !== "") yield line;
      continue;
    }
    event.push(line);
    if (line === "}") {
      yield event.join("\n");
      event = [];
    }
  }
  yield* event;
}

/** The denials in a text; undefined where it is nothing that is known. */
function readText(text: string): readonly LoggedDenial[] | undefined {
  const value = parseJsonFrom(text, "{") ?? parseJsonFrom(text, '{"time"');
  if (!isRecord(value)) return undefined;
  if (Array.isArray(value.logs)) return value.logs.flatMap(readMessages);
  if (typeof value.event !== "string" || typeof value.time !== "string") return undefined;
  const denial = toDenial(value);
  if (denial !== undefined) return [denial];
  return value.event === "denial" ? undefined : [];
}

/** @see https://developers.cloudflare.com/workers/runtime-apis/handlers/tail/#tailitems */
function readMessages(log: unknown): LoggedDenial[] {
  const messages: unknown[] = isRecord(log) && Array.isArray(log.message) ? log.message : [];
  return messages.flatMap((message) => {
    const denial = toDenial(typeof message === "string" ? parseJson(message) : message);
    return denial === undefined ? [] : [denial];
  });
}

function toDenial(value: unknown): LoggedDenial | undefined {
  if (!isRecord(value) || value.event !== "denial") return undefined;
  const { time, reason, hostname, origin, suppressed } = value;
  if (typeof time !== "string" || Number.isNaN(Date.parse(time))) return undefined;
  if (typeof reason !== "string" || typeof hostname !== "string" || typeof origin !== "string") return undefined;
  const text = (field: string) => (typeof value[field] === "string" ? value[field] : undefined);
  return {
    ...{ time: new Date(time).toISOString(), reason, hostname, origin },
    ...{ rule: text("rule"), culprit: text("culprit"), path: text("path") ?? "", nearest: text("nearest") },
    isReportOnly: value.reportOnly === true,
    suppressed: typeof suppressed === "number" && suppressed > 0 ? suppressed : 0,
  };
}

function parseJsonFrom(text: string, start: string): unknown {
  const index = text.indexOf(start);
  return index < 0 ? undefined : parseJson(text.slice(index));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever stands in a log may look like JSON.
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
