/** What to change, in words. */

import { describeIssue } from "../core/explain/describe-issue.ts";
import type { Remedy } from "../core/explain/remedies.ts";
import type { PolicyIssue } from "../core/issue.ts";
import { shellWord } from "./shell-word.ts";

/**
 * The line that would allow a request.
 * @param place of the policy
 * @example 'add "PUT" to allowMethods of the rule "orders" in policies/api.example.com.json'
 */
export function describeRemedy(remedy: Remedy, place: string, hostname: string): string {
  switch (remedy.kind) {
    case "add":
      return withIssue(
        `add ${remedy.values.map((value) => JSON.stringify(value)).join(", ")} to ${remedy.field} of the rule "${remedy.rule}" in ${place}`,
        remedy.issue,
      );
    case "allow-credentials":
      return withIssue(
        `let the page send no credentials, or set "allowCredentials": true in the rule "${remedy.rule}" in ${place}`,
        remedy.issue,
      );
    case "write-policy":
      return `write a policy: cors-gateway init ${shellWord(hostname)}`;
    case "correct-policy":
      return `correct ${place}: cors-gateway check says what is wrong`;
    case "add-path":
      return `add "${remedy.path}", or a pattern for it, to the paths of a rule in ${place}`;
    case "add-pattern":
      return `add a pattern for the path ${remedy.path} to the paths of a rule in ${place}; as it is, it would be one for others, or none`;
    case "leave-denied":
      return `leave it denied: in a policy, ${JSON.stringify(remedy.found)} would stand for more than itself`;
    case "send-plain-path":
      return "send the path plainly, without encoded ASCII (%2e, %2f) and double slashes";
    case "send-origin":
      return `find out who changes the Origin on the way; ${remedy.origin === undefined ? "no browser sends this one" : `a browser sends ${remedy.origin}`}`;
    case "renew-origin":
      return `move the date "expires" of the entry for ${remedy.origin} in the rule "${remedy.rule}" in ${place}`;
    case "write-upper-case":
      return `write ${remedy.method.toUpperCase()} instead of ${remedy.method} in the page's script: methods are case-sensitive`;
    case "ask-for-less":
      return "set fewer or shorter headers in the page's script";
    case "load-with-cors":
      return `let the page load it with CORS (the attribute crossorigin, or fetch without no-cors) and allow its origin in the rule "${remedy.rule}" in ${place}, or take "isolation" out of that rule`;
    case "raise-limit":
      return `ask less often, or raise the limit of the binding that "rateLimit" of the rule "${remedy.rule}" names, in wrangler.toml`;
  }
}

function withIssue(line: string, issue: PolicyIssue | undefined): string {
  return issue === undefined ? line : `${line}; by itself that is refused: ${describeIssue(issue)}`;
}
