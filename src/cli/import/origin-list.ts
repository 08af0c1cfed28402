/** Origins that other libraries compare as they stand. */

import type { Remarks } from "./draft.ts";
import { type OriginRegexp, type RegexpDialect, readOriginRegexp } from "./origin-regexp.ts";

/** True for the source of a function. */
function isFunction(text: string): boolean {
  return /=>|^(?:async\s+)?function\b|^(?:async\s+)?def\b|^lambda\b/.test(text);
}

/**
 * An origin that the source compares as it stands; empty where that never matches, or is code.
 * What no browser sends is left in: the policy language says what is wrong with it.
 */
export function readExactOrigin(text: string, option: string, remarks: Remarks): readonly string[] {
  if (isFunction(text)) {
    remarks.refuse(option, "a policy has no functions; list the origins that it allows, or write patterns");
    return [];
  }
  if (text.includes("*")) {
    remarks.refuse(
      option,
      `${JSON.stringify(text)} is compared as it stands here, so it allows nobody; if the wildcard is meant, write it into the policy`,
    );
    return [];
  }
  return [text];
}

/** The patterns of a regular expression; empty where none means the same. */
export function readRegexpOrigins(
  source: string,
  dialect: RegexpDialect,
  option: string,
  remarks: Remarks,
): readonly string[] {
  const read: OriginRegexp = readOriginRegexp(source, dialect);
  if (read.kind === "equal") return read.patterns;
  const nearest = read.nearest.map((pattern) => JSON.stringify(pattern)).join(", ");
  const advice = nearest === "" ? "list the origins" : `write ${nearest} if that is what is meant`;
  remarks.refuse(option, `/${source}/ ${read.why}; ${advice}`);
  return [];
}

/** `*` stands alone in a policy, and says all. */
export function collapseOrigins(origins: readonly string[]): readonly string[] {
  return origins.includes("*") ? ["*"] : [...new Set(origins)];
}
