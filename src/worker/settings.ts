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

/** Each time: default, least and most, in seconds. The variable of `freshSeconds` is `POLICY_FRESH_SECONDS`. */
const TIMES: Readonly<Record<keyof StoreTimes, readonly [usual: number, least: number, most: number]>> = {
  freshSeconds: [15, 1, 3600],
  hardLimitSeconds: [60, 1, 86400],
  staleWaitSeconds: [1, 0, 10],
  coldWaitSeconds: [2, 0, 30],
  readTimeoutSeconds: [10, 1, 60],
  retrySeconds: [5, 1, 60],
  maxRetrySeconds: [60, 1, 3600],
  absentFreshSeconds: [10, 1, 3600],
  absentLimitSeconds: [60, 1, 86400],
};

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
    Object.entries(TIMES).map(([field, [usual, least, most]]) => {
      const name = `POLICY_${field.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
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
