/**
 * Regular expressions over origins, and the patterns that mean the same.
 * "The same" is judged over origins whose hosts are names that can exist: labels of `[a-z0-9_-]`, none of them empty.
 * Security: what is not understood to the last character is never equal.
 */

import { parseOriginPattern } from "../../core/origin-pattern.ts";

/** How the source's language applies an expression. */
export interface RegexpDialect {
  /** True where matching begins at the first character, `^` or not. */
  readonly startsAtFirst: boolean;
  readonly ignoresCase: boolean;
}

/** What an expression means in patterns. */
export type OriginRegexp =
  | { readonly kind: "equal"; readonly patterns: readonly string[] }
  /** `why` goes on after the expression: "is not anchored …"; `nearest` may be wider or narrower, and may be empty. */
  | { readonly kind: "different"; readonly why: string; readonly nearest: readonly string[] };

const MOST_ALTERNATIVES = 64;
const UNKNOWN = "is more than origin patterns can say";

// One character each, in place of a group that means just this; no source that is read has them.
const ANY_PORT_OR_NONE = "§";
const LABELS = "¶";

/**
 * Reads an expression over whole origins.
 * @example readOriginRegexp("^https://(.+\\.)?example\\.com$", …)
 * // { kind: "equal", patterns: ["https://example.com", "https://*.example.com"] }
 */
export function readOriginRegexp(source: string, dialect: RegexpDialect): OriginRegexp {
  if (/^\^?\.[*+]\$?$/.test(source)) return { kind: "equal", patterns: ["*"] };
  const isReadable = /^[ -~]*$/.test(source) && !CLASS_WITH_SYNTAX.test(source);
  const alternatives = !isReadable ? undefined : expand(simplify(source), dialect);
  if (alternatives === undefined) return { kind: "different", why: UNKNOWN, nearest: [] };
  const read = alternatives.map((alternative) => readAlternative(alternative, dialect));
  const faults = new Set(read.flatMap((piece) => piece.faults));
  const patterns = [...new Set(read.flatMap(({ pattern }) => pattern ?? []))];
  if (faults.size === 0) return { kind: "equal", patterns };
  return { kind: "different", why: [...faults].join(", and it "), nearest: patterns };
}

/** Characters that mean something outside of a class, inside of one. */
const CLASS_WITH_SYNTAX = /\[[^\]]*[()|?{}][^\]]*\]/;

/** The same expression without the ways in which people write it differently. */
function simplify(source: string): string {
  return source
    .replaceAll("\\/", "/")
    .replaceAll("[.]", "\\.")
    .replace(/(?<!\\)([*+}])\?/g, "$1");
}

/** The expression as alternatives without groups; undefined where that cannot be done. */
function expand(source: string, dialect: RegexpDialect): string[] | undefined {
  const done: string[] = [];
  const open = [source];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    if (open.length + done.length > MOST_ALTERNATIVES) return undefined;
    const variants = expandOnce(text, dialect);
    if (variants === undefined) return undefined;
    if (variants.length === 1 && variants[0] === text) done.push(...text.split("|"));
    else open.push(...variants.reverse());
  }
  return done;
}

/** The text with its first group or optional character written out; the text itself where it has none. */
function expandOnce(text: string, dialect: RegexpDialect): string[] | undefined {
  const group = /(?<!\\)\((?:\?:)?([^()]*)\)([?*+{]?)/.exec(text);
  if (group !== null) {
    const [whole, inner = "", quantifier = ""] = group;
    // Look-around, flags, names: none of it is understood here.
    if (inner.startsWith("?")) return undefined;
    const contents = readGroup(inner, quantifier, dialect);
    const after = group.index + whole.length;
    return contents?.map((content) => text.slice(0, group.index) + content + text.slice(after));
  }
  if (/(?<!\\)[()]/.test(text)) return undefined;
  const optional = /(?<!\\)[a-z0-9]\?/i.exec(text);
  if (optional === null) return [text];
  const [before, after] = [text.slice(0, optional.index), text.slice(optional.index + 2)];
  return [before + after, before + text.charAt(optional.index) + after];
}

function readGroup(inner: string, quantifier: string, dialect: RegexpDialect): string[] | undefined {
  const contents = inner.split("|");
  const isLabel = contents.length === 1 && isLabelOfAnyName(inner, dialect);
  switch (quantifier) {
    case "":
      return contents;
    case "?":
      return /^:(?:\\d|\[0-9\])(?:[+*]|\{1,5\})$/.test(inner) ? [ANY_PORT_OR_NONE] : ["", ...contents];
    case "+":
      return isLabel ? [LABELS] : undefined;
    case "*":
      return isLabel ? ["", LABELS] : undefined;
    default:
      return undefined;
  }
}

/** True for one label or more of any name, and the dot after it. */
function isLabelOfAnyName(inner: string, dialect: RegexpDialect): boolean {
  const [, chars = ""] = /^(.+)[+*]\\\.$/.exec(inner) ?? [];
  return isAtom(chars) && coversNames(chars, dialect);
}

interface Alternative {
  readonly pattern: string | undefined;
  readonly faults: readonly string[];
}

function readAlternative(alternative: string, dialect: RegexpDialect): Alternative {
  const faults: string[] = [];
  let text = alternative;
  if (text.startsWith("^")) text = text.slice(1);
  else if (!dialect.startsAtFirst) faults.push("is not anchored at its start: anything may come before");
  if (/(?<!\\)\$$|\\Z$/.test(text)) text = text.replace(/\$$|\\Z$/, "");
  else faults.push("is not anchored at its end: https://app.example.com.evil.example may match as well");
  const [prefix = "", scheme = ""] = /^([a-z][a-z0-9+.-]*):\/\//.exec(text) ?? [];
  if (scheme === "") faults.push("leaves the scheme open, so plain http matches as well");
  const host = readHost(
    prefix === "" ? text.replace(/^\\\.|^\.[*+]\\\.(?=[^*+])/, LABELS) : text.slice(prefix.length),
    dialect,
  );
  if (host === undefined) return { pattern: undefined, faults: [...faults, UNKNOWN] };
  const pattern = `${scheme || "https"}://${host.text}`;
  if (parseOriginPattern(pattern) === undefined)
    return { pattern: undefined, faults: [...faults, ...host.faults, UNKNOWN] };
  return { pattern, faults: [...faults, ...host.faults] };
}

const TOKEN =
  /(?<marker>[§¶])|\\(?<escaped>[.:-])|(?<chars>\.|\\[a-zA-Z]|\[[^\]]+\])(?<quantifier>[*+]|\{[^}]*\})|(?<literal>[a-zA-Z0-9_:-])|(?<dot>\.)/y;

interface Host {
  readonly text: string;
  readonly faults: readonly string[];
}

/** Host and port in the syntax of patterns; undefined where a part of them is not understood. */
function readHost(source: string, dialect: RegexpDialect): Host | undefined {
  const faults: string[] = [];
  let text = "";
  const tokens = new RegExp(TOKEN);
  while (tokens.lastIndex < source.length) {
    const { marker, escaped, chars, quantifier = "", literal, dot } = tokens.exec(source)?.groups ?? {};
    if (marker === LABELS) {
      if (text !== "") faults.push("leaves any number of labels open after its beginning, and a pattern only one");
      text += "*.";
    } else if (marker !== undefined) text += ":*";
    else if (chars !== undefined) {
      const gap = readGap(chars, quantifier, text, source.slice(tokens.lastIndex), dialect);
      text += gap.text;
      faults.push(...gap.faults);
    } else if (dot !== undefined) {
      faults.push(
        "has a dot that is not escaped and so is any character: a host with a letter in its place matches as well",
      );
      text += ".";
    } else {
      const character = escaped ?? literal;
      // A sticky expression that fails starts again at 0: nothing was understood here.
      if (character === undefined) return undefined;
      if (character !== character.toLowerCase() && !dialect.ignoresCase) {
        faults.push("has upper-case letters, which no browser sends");
      }
      text += character.toLowerCase();
    }
  }
  return { text, faults };
}

/** What a repeated class of characters leaves open, as `*`, and how that differs. */
function readGap(chars: string, quantifier: string, before: string, after: string, dialect: RegexpDialect): Host {
  if (/:$/.test(before)) {
    return { text: "*", faults: ["asks for a port, and the pattern's :* is no port as well"] };
  }
  const covers = coversNames(chars, dialect);
  const hasDot = matches(chars, ".", dialect);
  if (before === "" && after.startsWith("\\.")) {
    if (covers && hasDot && quantifier.length === 1) return { text: "*", faults: [] };
    return {
      text: "*",
      faults: [`takes one label of ${chars}, and the pattern's *. any number of labels of [a-z0-9_-]`],
    };
  }
  if (before === "" && hasDot) {
    return {
      text: "*.",
      faults: ["has no dot before the domain: https://evilexample.com matches where example.com is meant"],
    };
  }
  if (covers && !hasDot && quantifier === "+") return { text: "*", faults: [] };
  return {
    text: "*",
    faults: [`has ${chars}${quantifier}, and a pattern's * is one or more of [a-z0-9_-], never a dot`],
  };
}

const NAME_CHARACTERS = [..."abcdefghijklmnopqrstuvwxyz0123456789_-"];

/** True for one character or class. */
function isAtom(text: string): boolean {
  return /^(?:\.|\\[a-zA-Z]|\[[^\]]+\])$/.test(text);
}

function coversNames(chars: string, dialect: RegexpDialect): boolean {
  return NAME_CHARACTERS.every((character) => matches(chars, character, dialect));
}

function matches(chars: string, character: string, { ignoresCase }: RegexpDialect): boolean {
  try {
    return new RegExp(`^${chars}$`, ignoresCase ? "i" : "").test(character);
  } catch {
    return false;
  }
}
