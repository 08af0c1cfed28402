/** From the text of a policy document to a document that may be used, or to all that is wrong with it. */

import { DOCUMENT_SHAPE, type PolicyDocument } from "./document-schema.ts";
import { jsonPointer, type Keys, type PolicyIssue, quote, type Report } from "./issue.ts";
import { checkMeaning } from "./policy-checks.ts";
import { checkShape, type Shape } from "./shape.ts";

/** Longest document that is parsed, in bytes of UTF-8. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** A document that may be used, or every issue it has, in document order. */
export type Parsed<Document> =
  | { readonly ok: true; readonly document: Document }
  | { readonly ok: false; readonly issues: readonly PolicyIssue[] };

/** A document that may be compiled, or what is wrong with it. */
export type ParsedPolicy = Parsed<PolicyDocument>;

/**
 * Parses a policy document and reports every issue at once. Never throws, whatever the text.
 * Security: a document with any issue is not usable; there is no way to get half of one.
 * @example parsePolicy('{"rules":[{"name":"api","allowOrigins":["https://app.example.com"]}]}').ok // true
 */
export function parsePolicy(text: string): ParsedPolicy {
  return parseChecked<PolicyDocument>(text, DOCUMENT_SHAPE, checkMeaning);
}

/** Parses a document of a shape; `check` reports what the shape cannot say, on any JSON. Never throws. */
export function parseChecked<Document>(
  text: string,
  shape: Shape,
  check: (json: unknown, report: Report) => void,
): Parsed<Document> {
  if (isLongerThan(text, MAX_DOCUMENT_BYTES)) {
    return refuse({ code: "document-too-large", expected: `at most ${MAX_DOCUMENT_BYTES} bytes` });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse({ code: "document-not-json", found: quote(String(error instanceof Error ? error.message : error)) });
  }
  const found: Found[] = [];
  const report: Report = (code, keys, { found: value, expected } = {}) => {
    const evidence = typeof value === "string" ? quote(value) : value;
    found.push({
      keys,
      issue: {
        code,
        pointer: jsonPointer(keys),
        ...((typeof evidence === "string" || typeof evidence === "number") && { found: evidence }),
        ...(expected !== undefined && { expected }),
      },
    });
  };
  const document = checkShape(shape, json, [], report);
  check(json, report);
  if (found.length === 0) return { ok: true, document: document as Document };
  return { ok: false, issues: inDocumentOrder(json, found) };
}

function refuse(issue: Omit<PolicyIssue, "pointer">): { ok: false; issues: readonly PolicyIssue[] } {
  return { ok: false, issues: [{ ...issue, pointer: "" }] };
}

/** True where the text takes more than so many bytes as UTF-8: one for each UTF-16 unit at least, and three at most. */
function isLongerThan(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes);
}

interface Found {
  readonly keys: Keys;
  readonly issue: PolicyIssue;
}

/** Issues in the order of their places; linear but for the sort, however many fields an object has. */
function inDocumentOrder(json: unknown, found: readonly Found[]): PolicyIssue[] {
  const fieldPlaces = new Map<unknown, Map<string, number>>();
  const placeOf = ({ keys }: Found): number[] => {
    let value = json;
    return keys.map((key) => {
      const object = value as Record<string | number, unknown>;
      value = object[key];
      if (typeof key === "number") return key;
      const places = fieldPlaces.get(object) ?? new Map(Object.keys(object).map((field, index) => [field, index]));
      fieldPlaces.set(object, places);
      return places.get(key) ?? 0;
    });
  };
  return found
    .map((fault) => ({ issue: fault.issue, place: placeOf(fault) }))
    .sort((a, b) => comparePlaces(a.place, b.place))
    .map(({ issue }) => issue);
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((index, depth) => index !== b[depth]);
  return differing < 0 ? a.length - b.length : (a[differing] ?? 0) - (b[differing] ?? -1);
}
