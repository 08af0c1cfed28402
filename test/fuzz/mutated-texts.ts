/** Texts that are nearly valid: valid ones with a few edits, so that they get deeper than the first check of a parser. */

import fc from "fast-check";

/** What the texts of a target are made from. */
export interface Corpus {
  /** Valid inputs, as different as the grammar allows. */
  readonly seeds: readonly string[];
  /** What means something to the grammar. */
  readonly words: readonly string[];
}

/** What parsers of any kind have been seen to fall over: ends of lines and texts, halves of pairs, what looks like something else. */
const ODD_WORDS = [
  ..." \t\r\n\0\f\v\u007f\u0080\u00a0\u00e9\u00ff\u2028\u3002\ufeff\uff0e\ud800\udfff",
  ..."*./\\:;,%?#@[]{}()<>\"'`^|~!$&+=-_",
  ..."aAzZ09",
  "\r\n",
  "%00",
  "%2e",
  "%2F",
  "%5c",
  "%25",
  "..",
  "//",
  "null",
  "__proto__",
  "constructor",
  "xn--",
  "\u{1f600}",
];

/** One edit; places are taken modulo the length of the text. */
export interface Edit {
  readonly kind: "insert" | "replace" | "delete" | "repeat" | "upper" | "lower" | "truncate";
  readonly at: number;
  readonly length: number;
  readonly word: string;
  readonly times: number;
}

/** Edits with these words and the odd ones. */
export function edits(words: readonly string[]): fc.Arbitrary<readonly Edit[]> {
  const edit: fc.Arbitrary<Edit> = fc.record({
    kind: fc.constantFrom("insert", "insert", "replace", "replace", "delete", "repeat", "upper", "lower", "truncate"),
    at: fc.nat({ max: 9999 }),
    length: fc.nat({ max: 8 }),
    word: fc.constantFrom(...(words.length === 0 ? ODD_WORDS : words), ...ODD_WORDS),
    times: fc.oneof({ arbitrary: fc.nat({ max: 4 }), weight: 9 }, fc.nat({ max: 2000 })),
  });
  return fc.array(edit, { maxLength: 5 });
}

/** The text after all edits. */
export function applyEdits(text: string, list: readonly Edit[]): string {
  return list.reduce(applyEdit, text);
}

function applyEdit(text: string, { kind, at, length, word, times }: Edit): string {
  const start = at % (text.length + 1);
  const [before, piece, after] = [text.slice(0, start), text.slice(start, start + length), text.slice(start + length)];
  switch (kind) {
    case "insert":
      return before + word + piece + after;
    case "replace":
      return before + word + after;
    case "delete":
      return before + after;
    case "repeat":
      return before + piece.repeat(times) + after;
    case "upper":
      return before + piece.toUpperCase() + after;
    case "lower":
      return before + piece.toLowerCase() + after;
    case "truncate":
      return before;
  }
}

/** Bytes as text, each a character of its own, or read as UTF-8. */
const rawTexts = fc
  .tuple(fc.uint8Array({ maxLength: 80 }), fc.constantFrom("latin1" as const, "utf8" as const))
  .map(([bytes, encoding]) => Buffer.from(bytes).toString(encoding));

/** Seeds with edits, two seeds cut and joined, words in a row, and raw bytes. */
export function mutatedTexts({ seeds, words }: Corpus): fc.Arbitrary<string> {
  const seed = fc.constantFrom(...seeds);
  const halves = fc
    .tuple(seed, seed, fc.nat({ max: 99 }), fc.nat({ max: 99 }))
    .map(([a, b, i, j]) => a.slice(0, i % (a.length + 1)) + b.slice(j % (b.length + 1)));
  const rows = fc.array(fc.constantFrom(...words, ...ODD_WORDS), { maxLength: 12 }).map((row) => row.join(""));
  return fc.oneof(
    { arbitrary: fc.tuple(seed, edits(words)).map(([text, list]) => applyEdits(text, list)), weight: 8 },
    { arbitrary: halves, weight: 2 },
    { arbitrary: rows, weight: 2 },
    { arbitrary: rawTexts, weight: 1 },
  );
}
