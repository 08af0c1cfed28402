/** From the text of a policy document to a document that may be used, or to all that is wrong with it. */

import type { BaseIssue } from "valibot";
import { safeParse } from "valibot";
import {
  DOCUMENT_FIELDS,
  DocumentSchema,
  ORIGIN_ENTRY_FIELDS,
  OriginEntrySchema,
  type PolicyDocument,
  RULE_FIELDS,
} from "./document-schema.ts";
import { jsonPointer, type Keys, type PolicyIssue, type Report } from "./issue.ts";
import { checkMeaning, isRecord } from "./policy-checks.ts";

/** Longest document that is parsed, in bytes of UTF-8. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

const MAX_EVIDENCE_LENGTH = 200;

/** A document that may be compiled, or every issue it has, in document order. */
export type ParsedPolicy =
  | { readonly ok: true; readonly document: PolicyDocument }
  | { readonly ok: false; readonly issues: readonly PolicyIssue[] };

/**
 * Parses a policy document and reports every issue at once. Never throws, whatever the text.
 * Security: a document with any issue is not usable; there is no way to get half of one.
 * @example parsePolicy('{"rules":[{"name":"api","allowOrigins":["https://app.example.com"]}]}').ok // true
 */
export function parsePolicy(text: string): ParsedPolicy {
  if (isLongerThan(text, MAX_DOCUMENT_BYTES)) {
    return refuse({ code: "document-too-large", expected: `at most ${MAX_DOCUMENT_BYTES} bytes` });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse({ code: "document-not-json", found: cut(String(error instanceof Error ? error.message : error)) });
  }
  const found: { keys: Keys; issue: PolicyIssue }[] = [];
  const report: Report = (code, keys, { found: value, suggestion, expected } = {}) => {
    const evidence = typeof value === "string" ? cut(value) : value;
    found.push({
      keys,
      issue: {
        code,
        pointer: jsonPointer(keys),
        ...((typeof evidence === "string" || typeof evidence === "number") && { found: evidence }),
        ...(suggestion !== undefined && { suggestion }),
        ...(expected !== undefined && { expected }),
      },
    });
  };
  const shape = safeParse(DocumentSchema, json);
  for (const issue of shape.issues ?? []) reportShape(issue, keysOf(issue), report);
  reportUnknownFields(json, report);
  checkMeaning(json, report);
  if (shape.success && found.length === 0) return { ok: true, document: shape.output };
  found.sort((a, b) => compareInDocument(json, a.keys, b.keys));
  return { ok: false, issues: found.map(({ issue }) => issue) };
}

function refuse(issue: Omit<PolicyIssue, "pointer">): ParsedPolicy {
  return { ok: false, issues: [{ ...issue, pointer: "" }] };
}

function cut(text: string): string {
  return text.length > MAX_EVIDENCE_LENGTH ? `${text.slice(0, MAX_EVIDENCE_LENGTH)}…` : text;
}

/** True where the text takes more than so many bytes as UTF-8. */
function isLongerThan(text: string, bytes: number): boolean {
  if (text.length > bytes) return true;
  if (text.length * 3 <= bytes) return false;
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Each half of a surrogate pair counts two: four bytes together.
    size += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return size > bytes;
}

/** Says in our codes what the schema library found; unknown fields are left out, because it stops at the first. */
function reportShape(issue: BaseIssue<unknown>, keys: Keys, report: Report): void {
  const found = issue.input;
  if (issue.type === "union" && isRecord(found)) {
    // What is wrong with an entry tells more than that it is neither a string nor a good entry.
    const entry = safeParse(OriginEntrySchema, found);
    for (const inner of entry.issues ?? []) reportShape(inner, [...keys, ...keysOf(inner)], report);
    return;
  }
  if (issue.kind === "schema" && issue.type === "strict_object") {
    if (issue.expected === "Object") report("wrong-type", keys, { expected: "object" });
    else if (issue.expected !== "never") {
      report("field-missing", keys.slice(0, -1), { expected: String(keys.at(-1)) });
    }
    return;
  }
  const expected = String(issue.expected);
  if (issue.type === "picklist") report("value-unknown", keys, { found, expected });
  else if (issue.type === "min_length") report("list-empty", keys);
  else if (issue.type === "regex") report("rule-name-invalid", keys, { found, expected: "[a-z][a-z0-9-]{0,63}" });
  else if (issue.type === "integer") report("number-out-of-range", keys, { found, expected: "a whole number" });
  else if (issue.kind === "validation") report("number-out-of-range", keys, { found, expected });
  else report("wrong-type", keys, { found, expected: expected.toLowerCase() });
}

function keysOf(issue: BaseIssue<unknown>): Keys {
  return (issue.path ?? []).map(({ key }) => key as string | number);
}

function reportUnknownFields(json: unknown, report: Report): void {
  if (Array.isArray(json)) report("wrong-type", [], { expected: "object" });
  if (!isRecord(json)) return;
  reportFields(json, [], DOCUMENT_FIELDS, report);
  if (!Array.isArray(json.rules)) return;
  json.rules.forEach((rule: unknown, index) => {
    if (!isRecord(rule)) return;
    reportFields(rule, ["rules", index], RULE_FIELDS, report);
    if (!Array.isArray(rule.allowOrigins)) return;
    rule.allowOrigins.forEach((entry: unknown, place) => {
      if (isRecord(entry)) reportFields(entry, ["rules", index, "allowOrigins", place], ORIGIN_ENTRY_FIELDS, report);
    });
  });
}

function reportFields(object: object, keys: Keys, known: readonly string[], report: Report): void {
  for (const field of Object.keys(object)) {
    if (known.includes(field)) continue;
    report("field-unknown", [...keys, field], {
      found: field,
      suggestion: known.find((name) => skeleton(name) === skeleton(field)),
    });
  }
}

/** What is left of a field's name without the ways in which people vary it. */
function skeleton(field: string): string {
  return field
    .toLowerCase()
    .replace(/[^a-z]/g, "")
    .replace(/ed(?=[a-z])|s$/g, "");
}

function compareInDocument(json: unknown, a: Keys, b: Keys): number {
  let place: unknown = json;
  for (let depth = 0; depth < Math.min(a.length, b.length); depth++) {
    const [left, right] = [a[depth], b[depth]];
    if (left !== right) {
      if (typeof left === "number" && typeof right === "number") return left - right;
      const fields = Object.keys(place as object);
      return fields.indexOf(String(left)) - fields.indexOf(String(right));
    }
    place = (place as Record<string | number, unknown>)[left as string | number];
  }
  return a.length - b.length;
}
