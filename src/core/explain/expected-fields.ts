/** The response header fields of an explained exchange, as exactly as they can be told without the upstream. */

import type { ExplainedExchange } from "./explain.ts";

/** A field of the response; names are byte-lowercase. */
export type ExpectedField =
  /** Exactly this. */
  | { readonly name: string; readonly kind: "exact"; readonly value: string }
  /** The upstream's own value gains this one. */
  | { readonly name: string; readonly kind: "added"; readonly value: string }
  /** The names of all headers that the response has in the end. */
  | { readonly name: string; readonly kind: "each-header" }
  /** Absent, even where the upstream sends it. */
  | { readonly name: string; readonly kind: "removed" }
  /** Whatever the upstream sends. */
  | { readonly name: string; readonly kind: "upstream" };

const CORS_FIELDS = "access-control-*";

/**
 * Lists the fields about CORS that the response will have, those that stand for several as `access-control-*`.
 * @example [{ name: "access-control-allow-origin", kind: "exact", value: "https://app.example.com" }, …]
 */
export function expectedFields({ status, headers, says }: ExplainedExchange): readonly ExpectedField[] {
  const fields: ExpectedField[] = headers.fields.map(([name, value]) => ({ name, kind: "exact", value }));
  if (headers.exposesEachHeader) fields.push({ name: "access-control-expose-headers", kind: "each-header" });
  if (says !== undefined) fields.push({ name: "cors-decision", kind: "exact", value: says });
  const isProxied = status === undefined;
  if (headers.vary !== "") fields.push({ name: "vary", kind: isProxied ? "added" : "exact", value: headers.vary });
  if (!isProxied) return fields;
  const hasTiming = headers.fields.some(([name]) => name === "timing-allow-origin");
  if (headers.replacesTiming && !hasTiming) fields.push({ name: "timing-allow-origin", kind: "removed" });
  fields.push({ name: CORS_FIELDS, kind: headers.keepsUpstreamFields ? "upstream" : "removed" });
  return fields;
}
