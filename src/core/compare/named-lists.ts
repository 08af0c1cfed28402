/** Which huge lists rules name. */

import type { RuleDocument } from "../document-schema.ts";
import { fieldsOf } from "../origin-entry.ts";

/**
 * The huge lists that some rules name, each once.
 * @example
 * listsNamedBy([{ allowOrigins: ["https://app.example.com", { list: "customers" }] }]); // Set { "customers" }
 */
export function listsNamedBy(rules: readonly Pick<RuleDocument, "allowOrigins">[]): ReadonlySet<string> {
  const entries = rules.flatMap(({ allowOrigins }) => allowOrigins);
  return new Set(entries.flatMap((entry) => fieldsOf(entry).list ?? []));
}
