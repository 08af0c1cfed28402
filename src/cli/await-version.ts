/** Asks the edge until it decides by a version. */

import { setTimeout as sleep } from "node:timers/promises";
import { printable } from "./printable.ts";
import { NoResponse, sendRaw } from "./raw-request.ts";

/** Longest time for one answer, in seconds. */
const ANSWER_LIMIT = 10;
/** From an origin that is no page's, so that the question is a cross-origin one whatever is asked. */
const PREFLIGHT = [
  ["origin", "https://cors-gateway.invalid"],
  ["access-control-request-method", "GET"],
] as const;

/** What the edge last said. */
export type EdgeAnswer =
  | { readonly kind: "version"; readonly version: number }
  /** It decides, but by a document without a version, or by none. */
  | { readonly kind: "no version"; readonly decision: string }
  /** No gateway speaks here, or it is told not to say what it decides. */
  | { readonly kind: "no decision"; readonly status: number }
  | { readonly kind: "no answer"; readonly reason: string };

/** How it went. */
export interface Awaited {
  /** The version that was waited for, or a newer one, if it came. */
  readonly version: number | undefined;
  readonly seconds: number;
  readonly last: EdgeAnswer;
}

/** How long and how often to ask. */
export interface AwaitOptions {
  readonly timeoutSeconds: number;
  readonly intervalSeconds?: number;
  /** Told of every answer. */
  readonly onAnswer?: (answer: EdgeAnswer, seconds: number) => void;
}

/**
 * Sends a preflight about once a second, until one is decided by the version or a newer one. Each question also makes a
 * gateway whose policy has aged read KV again, so that asking is what brings the answer about.
 */
export async function awaitVersion(url: URL, version: number, options: AwaitOptions): Promise<Awaited> {
  const { timeoutSeconds, intervalSeconds = 1, onAnswer } = options;
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  for (;;) {
    // Timers take whole units.
    const left = Math.max(Math.ceil(timeoutSeconds - elapsed()), 1);
    const last = await askEdge(url, Math.min(left, ANSWER_LIMIT));
    const seconds = elapsed();
    onAnswer?.(last, seconds);
    if (last.kind === "version" && last.version >= version) return { version: last.version, seconds, last };
    if (seconds >= timeoutSeconds) return { version: undefined, seconds, last };
    await sleep(Math.min(intervalSeconds, timeoutSeconds - seconds) * 1000);
  }
}

/** Sends one preflight, and reads what was decided by which version. */
async function askEdge(url: URL, limitSeconds: number): Promise<EdgeAnswer> {
  try {
    const { status, header } = await sendRaw(url, "OPTIONS", PREFLIGHT, limitSeconds);
    const decision = header("cors-decision");
    if (decision === null) return { kind: "no decision", status };
    const version = versionIn(decision);
    return version === undefined ? { kind: "no version", decision } : { kind: "version", version };
  } catch (error) {
    if (error instanceof NoResponse) return { kind: "no answer", reason: error.message };
    throw error;
  }
}

/** @example versionIn("denied;reason=no-rule;version=7") // 7 */
function versionIn(decision: string): number | undefined {
  const [, version] = /;\s*version=(\d{1,15})(?![\d.])/.exec(decision) ?? [];
  return version === undefined ? undefined : Number(version);
}

/** What the last answer was, in words. */
export function describeAnswer(answer: EdgeAnswer): string {
  if (answer.kind === "version") return `it answers with version ${answer.version}`;
  if (answer.kind === "no version") return `it answers without a version ("${printable(answer.decision)}")`;
  if (answer.kind === "no answer") return answer.reason;
  return `its answers (status ${answer.status}) carry no CORS-Decision: DECISION_HEADER is "off", or something stands before the gateway`;
}
