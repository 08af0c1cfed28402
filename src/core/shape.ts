/**
 * Shapes of JSON, as data: what a value must be, and what is taken where it is absent.
 * Small on purpose, because it is in the Worker; the editors' JSON schema is generated from the same data.
 */

import type { Keys, Report } from "./issue.ts";

/** What a JSON value must be. */
export type Shape =
  | { readonly type: "string"; readonly pattern?: RegExp }
  | { readonly type: "boolean" }
  | { readonly type: "number"; readonly least: number; readonly most: number; readonly isWhole: boolean }
  | { readonly type: "enum"; readonly values: readonly string[] }
  | { readonly type: "list"; readonly of: Shape; readonly mayBeEmpty: boolean }
  | { readonly type: "object"; readonly fields: Readonly<Record<string, Field>> }
  /** A string, or an object of the shape that the object's first field tells. */
  | { readonly type: "string-or-object"; readonly objects: readonly (Shape & { type: "object" })[] };

/** A field of an object. */
export interface Field {
  readonly shape: Shape;
  readonly isRequired?: true;
  /** What is taken where the field is absent. */
  readonly usual?: unknown;
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reports everything about a value that is not of the shape, and gives the value back with what is usual filled in.
 * The result is of the shape only where nothing was reported.
 */
export function checkShape(shape: Shape, value: unknown, keys: Keys, report: Report): unknown {
  const mustBe = (expected: string) => {
    report("wrong-type", keys, { found: value, expected });
    return value;
  };
  switch (shape.type) {
    case "boolean":
      return typeof value === "boolean" ? value : mustBe("boolean");
    case "string":
      if (typeof value !== "string") return mustBe("string");
      if (shape.pattern?.test(value) === false) {
        report("name-invalid", keys, { found: value, expected: shape.pattern.source });
      }
      return value;
    case "number": {
      if (typeof value !== "number") return mustBe("number");
      const { least, most, isWhole } = shape;
      if (!(value >= least && value <= most) || (isWhole && !Number.isInteger(value))) {
        const expected = `${isWhole ? "a whole number, " : ""}${least} to ${most}`;
        report("number-out-of-range", keys, { found: value, expected });
      }
      return value;
    }
    case "enum":
      if (!shape.values.includes(value as string)) {
        report("value-unknown", keys, {
          found: value,
          expected: shape.values.map((known) => `"${known}"`).join(" or "),
        });
      }
      return value;
    case "list":
      if (!Array.isArray(value)) return mustBe("array");
      if (value.length === 0 && !shape.mayBeEmpty) report("list-empty", keys);
      return value.map((item: unknown, index) => checkShape(shape.of, item, [...keys, index], report));
    case "string-or-object": {
      if (typeof value === "string") return value;
      if (!isRecord(value)) return mustBe("string or object");
      const told = shape.objects.find(({ fields }) => (Object.keys(fields)[0] ?? "") in value);
      return checkShape(told ?? (shape.objects[0] as Shape), value, keys, report);
    }
    case "object":
      return isRecord(value) ? checkFields(shape.fields, value, keys, report) : mustBe("object");
  }
}

function checkFields(
  fields: Readonly<Record<string, Field>>,
  value: Record<string, unknown>,
  keys: Keys,
  report: Report,
): Record<string, unknown> {
  const names = Object.keys(fields);
  for (const found of Object.keys(value)) {
    if (!names.includes(found)) report("field-unknown", [...keys, found], { found, expected: names.join(" ") });
  }
  const result: Record<string, unknown> = {};
  for (const [name, { shape, isRequired, usual }] of Object.entries(fields)) {
    if (Object.hasOwn(value, name)) result[name] = checkShape(shape, value[name], [...keys, name], report);
    else if (isRequired) report("field-missing", keys, { expected: name });
    else if (usual !== undefined) result[name] = usual;
  }
  return result;
}
