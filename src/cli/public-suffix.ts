/** The one rule of the policy language that needs a list too large for the Worker. */

import { parse } from "tldts";
import { originOf } from "../core/compile-policy.ts";
import type { PolicyDocument } from "../core/document-schema.ts";
import type { PolicyIssue } from "../core/issue.ts";
import { parseOriginPattern } from "../core/origin-pattern.ts";

/**
 * Finds wildcards with credentials whose rest is a public suffix, private entries included, unless acknowledged:
 * strangers can register a name there, and would be allowed.
 * @see https://publicsuffix.org/
 * @example a rule with allowCredentials and "https://*.github.io" gives one issue
 */
export function findPublicSuffixWildcards(document: PolicyDocument): PolicyIssue[] {
  return document.rules.flatMap((rule, ruleIndex) => {
    if (!rule.allowCredentials || rule.dangerouslyAllow.includes("public-suffix-wildcard")) return [];
    return rule.allowOrigins.flatMap((entry, index): PolicyIssue[] => {
      const found = originOf(entry);
      if (found === undefined) return [];
      const parsed = parseOriginPattern(found);
      if (parsed?.kind !== "tuple" || parsed.host.kind === "exact") return [];
      if (!isPublicSuffix(parsed.host.parent)) return [];
      const pointer = `/rules/${ruleIndex}/allowOrigins/${index}`;
      return [{ code: "origin-public-suffix", pointer, found, expected: "public-suffix-wildcard" }];
    });
  });
}

/** True where the list has the host itself; a name that the list does not know is nobody's to sell. */
function isPublicSuffix(host: string): boolean {
  const { publicSuffix, isIcann, isPrivate } = parse(host, { allowPrivateDomains: true, extractHostname: false });
  return publicSuffix === host && (isIcann === true || isPrivate === true);
}
