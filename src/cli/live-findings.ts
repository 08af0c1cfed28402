/** Which hop between the page and the upstream does something else than the policy says. */

import { isRedirectStatus } from "../core/explain/browser.ts";
import { expectedFields } from "../core/explain/expected-fields.ts";
import type { ExplainedExchange } from "../core/explain/explain.ts";
import { headerName } from "./header-name.ts";
import { printable } from "./printable.ts";
import type { RawResponse } from "./raw-request.ts";

/** `front`: something before the gateway, or in its place. */
export type Hop = "connection" | "front" | "gateway" | "upstream";

/** Something that a hop does, and should not. */
export interface LiveFinding {
  readonly hop: Hop;
  readonly message: string;
}

/**
 * Compares an answer with what the policy leads to.
 * @param place of the policy
 */
export function findDisagreement(
  expected: ExplainedExchange,
  received: RawResponse,
  place: string,
): LiveFinding | undefined {
  const difference = fieldDifference(expected, received);
  const said = received.header("cors-decision");
  const code = problemCode(received);
  // With DECISION_HEADER = "off" the gateway is known by what it writes.
  const isSilentGateway = code !== undefined || (difference === undefined && expected.headers.fields.length > 0);
  if (said === null && !isSilentGateway) return inFront(received);
  if (said !== null && expected.says !== undefined && !isSameDecision(said, expected.says)) {
    return otherDecision(said, expected.says, place);
  }
  if (expected.status !== undefined && received.status !== expected.status) {
    const message = `the gateway answers with ${expected.status} here, and ${received.status} arrived: something in front of it changed the answer`;
    return { hop: "front", message };
  }
  if (expected.status === undefined && received.status >= 500) return failedAfterGrant(received.status, code);
  return difference === undefined ? undefined : otherFields(difference, said, expected.says, place);
}

function inFront(received: RawResponse): LiveFinding {
  const server = received.header("server");
  const location = received.header("location");
  const what = isRedirectStatus(received.status)
    ? `a redirect (${received.status}) to ${printable(location ?? "nowhere")}`
    : `status ${received.status}${server === null ? "" : ` from Server: ${printable(server, 80)}`}`;
  const message =
    `the answer, ${what}, has no CORS-Decision: something in front of the gateway gave it (a firewall, a cache, ` +
    'a redirect rule), or there is no gateway at this URL, or it has DECISION_HEADER = "off"';
  return { hop: "front", message };
}

function otherDecision(said: string, expected: string, place: string): LiveFinding {
  const [now, then] = [versionOf(said), versionOf(expected)];
  const why =
    now !== undefined && then !== undefined && now !== then
      ? `it decides by version ${now}, and ${place} is version ${then}: not propagated yet, which takes up to a minute, or rolled back`
      : said.includes("policy-unavailable")
        ? "it cannot read or use the policy that is in KV: its log says why"
        : `it decides by another policy than ${place}: not pushed, or not propagated yet, which takes up to a minute`;
  return {
    hop: "gateway",
    message: `the gateway says "${printable(said)}" where "${expected}" is due; ${why}`,
  };
}

const GATEWAY_FAULTS: Readonly<Record<string, string>> = {
  "default-upstream-empty": 'it has no upstream: set "upstream" in the policy, or DEFAULT_UPSTREAM',
  "default-upstream-invalid": "its variable DEFAULT_UPSTREAM is not a URL",
  "policy-unusable": "the policy in KV cannot be used: push a good one",
  "loop-detected": "its upstream leads back to itself",
  "internal-error": "it failed; its log says why",
};

const UPSTREAM_FAULTS: Readonly<Record<string, string>> = {
  "upstream-unreachable": "the gateway cannot reach it",
  "upstream-timeout": "it does not answer the gateway in time",
  "upstream-status-invalid": "its status is none that a response can have",
};

function failedAfterGrant(status: number, code = ""): LiveFinding {
  const gateway = GATEWAY_FAULTS[code];
  if (gateway !== undefined) {
    return { hop: "gateway", message: `the gateway grants the request and answers ${status} (${code}): ${gateway}` };
  }
  const upstream = UPSTREAM_FAULTS[code] ?? "look at its own log";
  const name = code === "" ? "" : ` (${code})`;
  return {
    hop: "upstream",
    message: `the gateway grants the request, and the upstream fails with ${status}${name}: ${upstream}`,
  };
}

/** The code of one of the gateway's own problem documents. */
function problemCode({ problem }: RawResponse): string | undefined {
  if (problem === undefined) return undefined;
  try {
    const { code } = JSON.parse(problem) as { code?: unknown };
    return typeof code === "string" ? code : undefined;
  } catch {
    // A problem document that is no JSON is not the gateway's.
    return undefined;
  }
}

/** The version is left out where one of the two has none: files have none, and the gateway none of a plain `kv put`. */
function isSameDecision(said: string, expected: string): boolean {
  const bothHaveVersions = versionOf(said) !== undefined && versionOf(expected) !== undefined;
  return bothHaveVersions ? said === expected : withoutVersion(said) === withoutVersion(expected);
}

function versionOf(decision: string): string | undefined {
  return /;version=([0-9]+)/.exec(decision)?.[1];
}

function withoutVersion(decision: string): string {
  return decision.replace(/;(?:version|stale)=[0-9]+/g, "");
}

interface FieldDifference {
  readonly name: string;
  readonly received: string | null;
  readonly expected: string | null;
}

/** The first field about CORS that is not as it should be. */
function fieldDifference(expected: ExplainedExchange, received: RawResponse): FieldDifference | undefined {
  const fields = expectedFields(expected);
  if (fields.some(({ kind }) => kind === "upstream")) return undefined;
  const exact = new Map(
    fields.flatMap((field) => (field.kind === "exact" ? [[field.name, field.value] as const] : [])),
  );
  const open = new Set(fields.filter(({ kind }) => kind === "each-header").map(({ name }) => name));
  const names = received.lines.map(([name]) => name.toLowerCase());
  const compared = new Set([...exact.keys(), ...names].filter((name) => name.startsWith("access-control-")));
  for (const name of compared) {
    const [value, due] = [received.header(name), exact.get(name) ?? null];
    // The gateway adds retry-after to what a page may read of its own 503.
    const isOpen = open.has(name) || (name === "access-control-expose-headers" && received.status === 503);
    if (value !== due && !isOpen) return { name, received: value, expected: due };
  }
  return undefined;
}

function otherFields(
  { name, received, expected }: FieldDifference,
  said: string | null,
  due: string | undefined,
  place: string,
): LiveFinding {
  const show = (value: string | null) => (value === null ? "absent" : `"${printable(value)}"`);
  const what = `${headerName(name)} is ${show(received)}, and by ${place} it is ${show(expected)}`;
  const isSameVersion = said !== null && said === due && versionOf(said) !== undefined;
  return isSameVersion
    ? { hop: "front", message: `${what}: something in front of the gateway changed it` }
    : {
        hop: "gateway",
        message: `${what}: the gateway has another version of the policy, or something in front of it changed the header`,
      };
}
