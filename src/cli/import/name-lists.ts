/** Methods and header names as other libraries send them, and what a browser makes of such a list. */

import { isToken, NON_WILDCARD_REQUEST_HEADER, SAFELISTED_METHODS } from "../../core/http-names.ts";
import { UsageError } from "../usage-error.ts";
import type { Remarks } from "./draft.ts";

/** Any header at all: what a server allows that sends back whatever was asked for. */
export const ANY_REQUEST_HEADER: readonly string[] = ["*", NON_WILDCARD_REQUEST_HEADER];

/**
 * The names of a list that the library sends as it stands, each once.
 * @param list a text with commas, or texts that are joined with commas
 * @throws UsageError for what is no name: a browser takes nothing of a list that has one
 * @see https://fetch.spec.whatwg.org/#extract-header-list-values
 */
export function readNames(list: string | readonly string[], option: string): readonly string[] {
  const text = typeof list === "string" ? list : list.join(",");
  const names = text.split(",").map((name) => name.replace(/^[\t ]+|[\t ]+$/g, ""));
  const wrong = names.find((name) => name !== "" && !isToken(name));
  if (wrong !== undefined) {
    throw new UsageError(
      `${option} has ${JSON.stringify(wrong)}, which is no name: browsers reject the whole list; correct it first`,
    );
  }
  return [...new Set(names.filter((name) => name !== ""))];
}

/** The names without a `*` that means nothing: with credentials a browser takes a `*` that was sent for a name. */
export function withoutLiteralStar(
  names: readonly string[],
  hasCredentials: boolean,
  option: string,
  remarks: Remarks,
): readonly string[] {
  if (!hasCredentials || !names.includes("*")) return names;
  remarks.refuse(option, 'with credentials browsers take "*" for a name, so it allowed nothing; list the names');
  return names.filter((name) => name !== "*");
}

/** Methods of a rule: what the list says, or, where it says nothing, those that browsers send anyway. */
export function completeMethods(methods: readonly string[], option: string, remarks: Remarks): readonly string[] {
  if (methods.length === 0) return [...SAFELISTED_METHODS];
  const missing = [...SAFELISTED_METHODS].filter((method) => !methods.includes(method) && !methods.includes("*"));
  const lost = missing.filter((method) => method !== "HEAD" || !methods.includes("GET"));
  if (lost.length > 0) {
    remarks.leave(
      option,
      `browsers send ${lost.join(" and ")} whatever the list says, and the gateway goes by the list; add what pages use`,
    );
  }
  return methods;
}

/** The exposed names of a rule: `*` stands alone there. */
export function completeExposed(names: readonly string[]): readonly string[] {
  return names.includes("*") ? ["*"] : names;
}
