/** Where in a file a JSON pointer leads. */

import { findNodeAtLocation, type Node, type ParseError, parse, parseTree } from "jsonc-parser";

/** A place in a text; lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** From a place up to, and without, another. */
export interface Span extends Position {
  readonly endLine: number;
  readonly endColumn: number;
}

/** Finds places in one JSON text, however broken it is. */
export function createLocator(text: string): (pointer: string) => Position {
  const locate = createSpanLocator(text);
  return (pointer) => {
    const { line, column } = locate(pointer);
    return { line, column };
  };
}

/** Finds places in one JSON text, and where they end. */
export function createSpanLocator(text: string): (pointer: string) => Span {
  let tree: Node | undefined;
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return (pointer) => {
    tree ??= parseTree(text);
    const { offset = 0, length = 0 } = (tree && nodeAt(tree, pointer)) ?? {};
    const end = positionAt(lineStarts, offset + length);
    return { ...positionAt(lineStarts, offset), endLine: end.line, endColumn: end.column };
  };
}

/** The node that a pointer names; for a field the field's name, where it stands apart from its value. */
function nodeAt(tree: Node, pointer: string): Node | undefined {
  const keys = pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  let node: Node | undefined = tree;
  for (const key of keys) {
    node = node && findNodeAtLocation(node, [node.type === "array" ? Number(key) : key]);
  }
  const property = node?.parent;
  return property?.type === "property" ? property : node;
}

function positionAt(lineStarts: readonly number[], offset: number): Position {
  let line = lineStarts.length;
  while (line > 1 && (lineStarts[line - 1] ?? 0) > offset) line--;
  return { line, column: offset - (lineStarts[line - 1] ?? 0) + 1 };
}

/** Where a text ceases to be JSON; the start where that cannot be told. */
export function positionOfSyntaxError(text: string): Position {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true });
  const lines = text.slice(0, errors[0]?.offset ?? 0).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
