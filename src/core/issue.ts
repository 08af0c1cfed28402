/** What is wrong with a policy document: data for machines; the sentences are in describe-issue.ts. */

/** Stable codes of policy issues. */
export type IssueCode =
  // the document as a whole
  | "document-too-large"
  | "document-not-json"
  // its shape
  | "wrong-type"
  | "field-missing"
  | "field-unknown"
  | "list-empty"
  | "value-unknown"
  | "number-out-of-range"
  // rules
  | "name-invalid"
  | "rule-name-duplicate"
  | "rule-unreachable"
  // paths; the Worker says path-invalid of all
  | "path-invalid"
  | "path-without-leading-slash"
  | "path-with-regexp"
  | "path-with-question-mark"
  | "path-with-double-star"
  | "path-with-empty-segment"
  | "path-with-dot-segment"
  | "path-wildcard-misplaced"
  | "path-parameter-invalid"
  | "path-not-serialized"
  // origins; the Worker says origin-invalid of all that are spelled wrong
  | "origin-invalid"
  | "origin-without-scheme"
  | "origin-file"
  | "origin-with-user-info"
  | "origin-with-path"
  | "origin-not-ascii"
  | "origin-upper-case"
  | "origin-default-port"
  | "origin-port-invalid"
  | "origin-too-long"
  | "origin-trailing-dot"
  | "origin-wildcard-misplaced"
  | "origin-ip-invalid"
  | "date-invalid"
  | "origin-any-beside-others"
  | "origin-any-with-credentials"
  | "origin-null-with-credentials"
  | "origin-null"
  | "origin-insecure"
  /** Found by the CLI alone. */
  | "origin-public-suffix"
  // methods and headers
  | "method-invalid"
  | "method-lower-case"
  | "method-forbidden"
  | "header-invalid"
  | "header-forbidden"
  | "header-of-response"
  | "header-not-exposable"
  | "header-any-beside-names"
  // upstreams
  | "upstream-invalid"
  | "upstream-with-user-info"
  | "upstream-with-query"
  | "upstream-with-fragment"
  | "upstream-insecure"
  // expectations
  | "expectation-unclear"
  | "expectation-request-invalid"
  | "expectation-header-any";

/** One fault of a policy document. */
export interface PolicyIssue {
  readonly code: IssueCode;
  /**
   * Where it is; for a missing field, the object that lacks it.
   * @see https://www.rfc-editor.org/rfc/rfc6901
   */
  readonly pointer: string;
  /** What stands there, if it is a string or number; a text as {@link quote} leaves it. */
  readonly found?: string | number;
  /** What would be right: a type, a field's name, a range, the danger to acknowledge, or the covering rule. */
  readonly expected?: string;
}

/** Longer than an origin can be, so that every one that could be right but for a little is quoted whole. */
const MAX_QUOTED_LENGTH = 400;

/** True for a text of which {@link quote} would leave, or has left, a part only. */
export function isTooLongToQuote(text: string): boolean {
  return text.length > MAX_QUOTED_LENGTH;
}

/** A text that was found, as an issue quotes it: at most 400 characters of it, and `…` in place of the rest. */
export function quote(text: string): string {
  return isTooLongToQuote(text) ? `${text.slice(0, MAX_QUOTED_LENGTH)}…` : text;
}

/** Keys that lead to a place in a JSON document. */
export type Keys = readonly (string | number)[];

/** Takes down one fault of the place at `keys`. */
export type Report = (
  code: IssueCode,
  keys: Keys,
  details?: { readonly found?: unknown; readonly expected?: string | undefined },
) => void;

/** A JSON pointer to the place that these keys lead to. */
export function jsonPointer(keys: Keys): string {
  return keys.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
