/** The origins of a document, one by one, with their places. */

import type { PolicyDocument, RuleDocument } from "../../core/document-schema.ts";
import type { Keys } from "../../core/issue.ts";
import { fieldsOf } from "../../core/origin-entry.ts";
import { isLoopbackHost, type OriginPattern, parseOriginPattern } from "../../core/origin-pattern.ts";

/** An entry of `allowOrigins` that is no list. */
export interface AllowedOrigin {
  readonly keys: Keys;
  readonly rule: RuleDocument;
  readonly origin: string;
  readonly pattern: OriginPattern;
  readonly expires?: string;
  readonly owner?: string;
  readonly note?: string;
}

/** Every origin that a document allows, in order; an origin of two rules twice. */
export function allowedOrigins({ rules }: PolicyDocument): AllowedOrigin[] {
  return rules.flatMap((rule, ruleIndex) =>
    rule.allowOrigins.flatMap((entry, index) => {
      const fields = fieldsOf(entry);
      if (fields.list !== undefined) return [];
      const pattern = parseOriginPattern(fields.origin);
      return pattern === undefined
        ? []
        : [{ keys: ["rules", ruleIndex, "allowOrigins", index], rule, pattern, ...fields }];
    }),
  );
}

/** True where the pattern is on the machine of whoever looks at the page. */
export function isLoopbackOrigin(pattern: OriginPattern): boolean {
  return pattern.kind === "tuple" && isLoopbackHost(pattern.host);
}

/** True for plain http that leaves the machine. */
export function isInsecureOrigin(pattern: OriginPattern): boolean {
  return pattern.kind === "tuple" && pattern.scheme === "http" && !isLoopbackHost(pattern.host);
}

/** True where a rule allows every origin. */
export function allowsAnyOrigin({ allowOrigins }: RuleDocument): boolean {
  return allowOrigins.some((entry) => fieldsOf(entry).origin === "*");
}
