/** The one rule of the policy language that needs a list too large for the Worker. */

import { parse } from "tldts";
import type { PolicyIssue } from "../core/issue.ts";
import { type OriginPattern, parseOriginPattern } from "../core/origin-pattern.ts";
import { isRecord } from "../core/shape.ts";

const DANGER = "public-suffix-wildcard";

/**
 * Finds wildcards with credentials whose rest is a public suffix, private entries included, unless acknowledged:
 * strangers can register a name there, and would be allowed.
 * @see https://publicsuffix.org/
 * Works on any JSON, so that another fault does not hide this one.
 * @example a rule with allowCredentials and "https://*.github.io" gives one issue
 */
export function findPublicSuffixWildcards(document: unknown): PolicyIssue[] {
  const rules = isRecord(document) && Array.isArray(document.rules) ? document.rules : [];
  return rules.flatMap((rule: unknown, index) => (isRecord(rule) ? findInRule(rule, `/rules/${index}`) : []));
}

function findInRule({ allowCredentials, allowOrigins, dangerouslyAllow }: Record<string, unknown>, at: string) {
  const isMeant = Array.isArray(dangerouslyAllow) && dangerouslyAllow.includes(DANGER);
  if (allowCredentials !== true || isMeant || !Array.isArray(allowOrigins)) return [];
  return allowOrigins.flatMap((entry: unknown, index): PolicyIssue[] => {
    const found = isRecord(entry) ? entry.origin : entry;
    if (typeof found !== "string" || !isPublicSuffixWildcard(parseOriginPattern(found))) return [];
    return [{ code: "origin-public-suffix", pointer: `${at}/allowOrigins/${index}`, found, expected: DANGER }];
  });
}

/** True for a wildcard whose rest is a public suffix. */
export function isPublicSuffixWildcard(pattern: OriginPattern | undefined): boolean {
  return pattern?.kind === "tuple" && pattern.host.kind !== "exact" && isPublicSuffix(pattern.host.parent);
}

/** True where the list has the host itself; a name that the list does not know is nobody's to sell. */
function isPublicSuffix(host: string): boolean {
  const { publicSuffix, isIcann, isPrivate } = parse(host, { allowPrivateDomains: true, extractHostname: false });
  return publicSuffix === host && (isIcann === true || isPrivate === true);
}
