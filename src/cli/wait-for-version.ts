/** Waits on the terminal until the edge decides by a version. */

import { policyHostname, policyKey, policyKeys } from "../core/hostname.ts";
import { awaitVersion, describeAnswer } from "./await-version.ts";
import { complain, EXIT, say } from "./output.ts";
import { clearProgress, showProgress } from "./progress.ts";
import { UsageError } from "./usage-error.ts";

/**
 * The URL of a gateway that can be asked.
 * @throws UsageError for what is no URL of HTTP
 */
export function parseEdge(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--wait takes the gateway's URL, such as https://api.example.com/, not "${text}"`);
  }
  return url;
}

/** A policy's version that is in force in KV. */
interface PushedVersion {
  readonly hostname: string;
  readonly version: number;
}

/** Asks the edge until it decides by the version, and says what came of it, for machines too; exit code 1 if it never does. */
export async function waitForVersion(
  edge: URL,
  { hostname, version }: PushedVersion,
  { timeoutSeconds, json }: { readonly timeoutSeconds: number; readonly json?: true },
): Promise<object> {
  if (!policyKeys(policyHostname(edge.hostname)).includes(policyKey(hostname))) {
    complain(`note: ${edge.origin} has another policy than ${hostname}, unless something changes Host on the way`);
  }
  const {
    version: seen,
    seconds,
    last,
  } = await awaitVersion(edge, version, {
    timeoutSeconds,
    onAnswer: (answer, elapsed) => {
      showProgress(`waiting for version ${version}, ${Math.round(elapsed)} s: ${describeAnswer(answer)}`);
    },
  });
  clearProgress();
  const took = `${seconds.toFixed(1)} s`;
  if (seen === undefined) {
    complain(`error: ${edge.origin} did not decide by version ${version} within ${took}: ${describeAnswer(last)}`);
    process.exitCode = EXIT.findings;
  } else if (!json) {
    const newer = seen > version ? ` (in fact by version ${seen}: somebody pushed after you)` : "";
    say(`${edge.origin} decides by version ${version} after ${took}${newer}`);
  }
  return { url: edge.href, version: seen ?? null, seconds: Math.round(seconds * 10) / 10 };
}
