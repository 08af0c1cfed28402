/** The variables of wrangler.toml, read once and checked. */

import { type DefaultUpstream, parseDefaultUpstream } from "../core/choose-upstream.ts";
import type { StoreTimes } from "./document-store.ts";

/** What wrangler.toml binds. */
export interface Env {
  readonly POLICIES: KVNamespace;
  readonly [variable: string]: unknown;
}

/** The settings of a deployment. */
export interface Settings {
  readonly defaultUpstream: DefaultUpstream;
  readonly saysDecision: boolean;
  readonly times: StoreTimes;
}

/** A variable that is not as it should be; the default holds instead. */
export interface SettingFault {
  readonly variable: string;
  readonly found: string;
  readonly expected: string;
}

/** Each time: its variable, default, least and most, in seconds. */
const TIMES = {
  freshSeconds: ["POLICY_FRESH_SECONDS", 15, 1, 3600],
  hardLimitSeconds: ["POLICY_HARD_LIMIT_SECONDS", 60, 1, 86400],
  staleWaitSeconds: ["POLICY_STALE_WAIT_SECONDS", 1, 0, 10],
  coldWaitSeconds: ["POLICY_COLD_WAIT_SECONDS", 2, 0, 30],
  readTimeoutSeconds: ["POLICY_READ_TIMEOUT_SECONDS", 10, 1, 60],
  retrySeconds: ["POLICY_RETRY_SECONDS", 5, 1, 60],
  maxRetrySeconds: ["POLICY_MAX_RETRY_SECONDS", 60, 1, 3600],
  absentFreshSeconds: ["POLICY_ABSENT_FRESH_SECONDS", 10, 1, 3600],
  absentLimitSeconds: ["POLICY_ABSENT_LIMIT_SECONDS", 60, 1, 86400],
} as const satisfies Record<keyof StoreTimes, readonly [string, number, number, number]>;

/** Reads all variables; what is missing or out of bounds takes its default, and is reported. */
export function readSettings(env: Env, report: (fault: SettingFault) => void): Settings {
  const defaultUpstream = parseDefaultUpstream(variable(env, "DEFAULT_UPSTREAM") ?? "");
  if (defaultUpstream === "invalid") {
    report({
      variable: "DEFAULT_UPSTREAM",
      found: variable(env, "DEFAULT_UPSTREAM") ?? "",
      expected: '"zone", an http(s) URL without user info, query and fragment, or ""',
    });
  }
  const times = Object.fromEntries(
    Object.entries(TIMES).map(([field, [name, usual, least, most]]) => {
      const found = variable(env, name);
      const seconds = found === undefined || found.trim() === "" ? usual : Number(found);
      const isUsable = seconds >= least && seconds <= most;
      if (!isUsable) report({ variable: name, found: found ?? "", expected: `${least}..${most} seconds` });
      return [field, isUsable ? seconds : usual];
    }),
  ) as unknown as StoreTimes;
  return { defaultUpstream, saysDecision: variable(env, "DECISION_HEADER") !== "off", times };
}

function variable(env: Env, name: string): string | undefined {
  const value = env[name];
  return value === undefined ? undefined : String(value);
}
