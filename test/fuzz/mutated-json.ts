/** JSON that is nearly what is wanted, written so that also what `JSON.stringify` never writes comes about. */

import fc from "fast-check";

/** JSON as it is written: a scalar is its own text, and fields may repeat. */
type Tree = string | readonly Tree[] | { readonly fields: readonly (readonly [name: string, value: Tree])[] };

const ODD_SCALARS = [
  ...["null", "true", "false", "0", "-0", "-1", "0.5", "1e999", "-1e999", "1e-999", "9007199254740993", "4294967296"],
  ...['""', '"*"', '"null"', '" "', '"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"__proto__"', '"constructor"'],
  ...['"toString"', '"*, authorization"', '"https://*"', '"https://a.com/"', '"HTTPS://A.COM"', '"/%2e%2e/*"', '"get"'],
  ...['"a".', "NaN", "undefined", "'a'", "01", "1.", "\\u0031", `"${"a".repeat(5000)}"`, `"${"*.".repeat(150)}"`],
  ...["[", "]", "{", "}", '{"toString":1}', '{"valueOf":[]}', '{"length":-1}', "[[]]", "[null]", "{}", "[]"],
];

const ODD_NAMES = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "length",
  "",
  "0",
  "-1",
  "rules",
  "\ud800",
];

function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return value.map(treeOf);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return { fields: Object.entries(value).map(([name, item]) => [name, treeOf(item)] as const) };
}

function print(tree: Tree): string {
  if (typeof tree === "string") return tree;
  if ("fields" in tree) {
    return `{${tree.fields.map(([name, value]) => `${JSON.stringify(name)}:${print(value)}`).join(",")}}`;
  }
  return `[${tree.map(print).join(",")}]`;
}

interface TreeEdit {
  readonly kind: "replace" | "delete" | "twice" | "rename" | "wrap" | "nest" | "add" | "move";
  /** Which value, in the order of the text, modulo their number. */
  readonly at: number;
  readonly name: string;
  readonly scalar: string;
  readonly depth: number;
}

const treeEdits = (names: readonly string[], scalars: readonly string[]): fc.Arbitrary<readonly TreeEdit[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom<TreeEdit["kind"][]>(
        "replace",
        "replace",
        "replace",
        "delete",
        "twice",
        "rename",
        "wrap",
        "nest",
        "add",
        "add",
        "move",
      ),
      at: fc.nat({ max: 999 }),
      name: fc.constantFrom(...names, ...ODD_NAMES),
      scalar: fc.constantFrom(...scalars, ...ODD_SCALARS),
      depth: fc.oneof({ arbitrary: fc.nat({ max: 5 }), weight: 20 }, fc.nat({ max: 20_000 })),
    }),
    { maxLength: 4 },
  );

function applyTreeEdit(tree: Tree, edit: TreeEdit): Tree {
  let left = edit.at % count(tree);
  const walk = (node: Tree): readonly Tree[] => {
    if (left-- === 0) return edited(node, edit);
    if (typeof node === "string") return [node];
    if (!("fields" in node)) return [node.flatMap(walk)];
    const fields = node.fields.flatMap(([name, value]) => {
      const isMeant = left === 0;
      return walk(value).map((item) => [isMeant && edit.kind === "rename" ? edit.name : name, item] as const);
    });
    return [{ fields }];
  };
  return walk(tree)[0] ?? "null";
}

function count(tree: Tree): number {
  if (typeof tree === "string") return 1;
  const items = "fields" in tree ? tree.fields.map(([, value]) => value) : tree;
  return items.reduce((sum, item) => sum + count(item), 1);
}

/** What stands there instead: nothing, one value, or more. */
function edited(node: Tree, { kind, name, scalar, depth }: TreeEdit): readonly Tree[] {
  switch (kind) {
    case "replace":
      return [scalar];
    case "delete":
      return [];
    case "twice":
      return [node, node];
    case "rename":
      return [node];
    case "wrap":
      return [[node]];
    case "nest":
      return [`${'{"a":['.repeat(depth)}${scalar}${"]}".repeat(depth)}`];
    case "add":
    case "move": {
      const value = kind === "add" ? scalar : node;
      if (typeof node === "string") return [node, value];
      return ["fields" in node ? { fields: [...node.fields, [name, value]] } : [...node, value]];
    }
  }
}

/**
 * The texts of these values with a few edits.
 * @param names of fields, and scalars as they are written, that mean something
 */
export function mutatedJson(
  values: readonly unknown[],
  names: readonly string[],
  scalars: readonly string[],
): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...values), treeEdits(names, scalars))
    .map(([value, list]) => print(list.reduce(applyTreeEdit, treeOf(value))));
}
