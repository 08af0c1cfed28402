/** Policy issues in words. Codes are stable, sentences are not. */

import type { IssueCode, PolicyIssue } from "../issue.ts";
import { diagnose } from "./diagnose.ts";
import { suggest } from "./suggest.ts";

/**
 * One sentence that says what is wrong and what to write instead.
 * @example describeIssue({ code: "method-lower-case", pointer: "…", found: "get" })
 * // 'the method "get" has lower-case letters, and methods are case-sensitive; write "GET"'
 */
export function describeIssue(issue: PolicyIssue): string {
  const sentence = SENTENCES[diagnose(issue).code](issue);
  const suggestion = suggest(issue);
  return suggestion === undefined ? sentence : `${sentence}; write ${JSON.stringify(suggestion)}`;
}

type Sentence = (issue: PolicyIssue) => string;

/** A sentence about what was found. */
function about(kind: string, fault: string): Sentence {
  return (issue) => `the ${kind} ${quoted(issue)} ${fault}`;
}

/** What was found, where it can be shown. */
function quoted({ found }: PolicyIssue): string {
  return found === undefined ? "here" : JSON.stringify(found);
}

/** A byte order mark cannot be seen, so the parser's own words about it say nothing. */
function describeSyntaxError(message: string): string {
  if (!message.startsWith("Unexpected token '\uFEFF'")) return message;
  return "it begins with a byte order mark (U+FEFF); save it as UTF-8 without one";
}

const SENTENCES: Readonly<Record<IssueCode, Sentence>> = {
  "document-too-large": ({ expected }) => `the document is too large: ${expected}`,
  "document-not-json": ({ found }) => `the document is not JSON: ${describeSyntaxError(String(found))}`,
  "wrong-type": (issue) => `what is ${quoted(issue)} must be of type ${issue.expected}`,
  "field-missing": ({ expected }) => `the field "${expected}" is missing`,
  "field-unknown": about("field", "is not known here"),
  "list-empty": () => "this list must not be empty",
  "value-unknown": (issue) => `the value ${quoted(issue)} is not known; possible: ${issue.expected}`,
  "number-out-of-range": ({ found, expected }) => `${found} is not possible here: ${expected}`,
  "name-invalid": ({ found, expected }) => `the name ${JSON.stringify(found)} does not match ${expected}`,
  "rule-name-duplicate": about("rule name", "is taken by an earlier rule; write another"),
  "rule-unreachable": (issue) =>
    `the rule ${quoted(issue)} can never match: the earlier rule "${issue.expected}" covers all its paths; move it up, or remove it`,
  "path-invalid": about("path", "is no path pattern"),
  "path-without-leading-slash": about("path", "does not start with a slash"),
  "path-with-regexp": about("path", "has braces; there are no regular expressions"),
  "path-with-question-mark": about("path", "has a question mark; write two paths for an optional part"),
  "path-with-double-star": about("path", "has **; a final /* is any rest"),
  "path-with-empty-segment": about("path", "has an empty segment"),
  "path-with-dot-segment": about("path", "has a . or .. segment, which never arrives"),
  "path-wildcard-misplaced": about("path", "has * beside other characters; * is a whole segment"),
  "path-parameter-invalid": about("path", "has a parameter that is no name"),
  "path-not-serialized": about("path", "is not written as the URL parser serializes it"),
  "origin-invalid": about("origin", "is none that a browser sends"),
  "origin-without-scheme": about("origin", "has no scheme"),
  "origin-file": about("origin", "is never sent: pages from files send null"),
  "origin-with-user-info": about("origin", "has user info, which an origin never has"),
  "origin-with-path": about("origin", "has a path or a trailing slash, which an origin never has"),
  "origin-not-ascii": about("origin", "is not ASCII; browsers send punycode"),
  "origin-upper-case": about("origin", "has upper-case letters, which an origin never has"),
  "origin-default-port": about("origin", "has its scheme's default port, which browsers leave out"),
  "origin-port-invalid": about("origin", "has a port with a leading zero, 0, or over 65535"),
  "origin-too-long": about("origin", "is too long: the host has at most 253 bytes, the scheme 64"),
  "origin-trailing-dot": about("origin", "has a trailing dot"),
  "origin-wildcard-misplaced": about(
    "origin",
    "has * in a place where it may not be: only as or in the leftmost label of a domain, once, and as the whole port",
  ),
  "origin-ip-invalid": about("origin", "has an IP address that is not in its serialized form"),
  "date-invalid": ({ found, expected }) => `${JSON.stringify(found)} is no date; write ${expected}`,
  "origin-any-beside-others": () => '"*" already allows every origin: it must stand alone',
  "origin-any-with-credentials": () =>
    '"*" with allowCredentials would let every page act as the logged-in user; list the origins',
  "origin-null-with-credentials": () =>
    '"null" with allowCredentials would let any sandboxed page act as the logged-in user; serve the page from an origin',
  "origin-null": ({ expected }) =>
    `"null" is what every sandboxed page sends; if that is meant, add "${expected}" to the rule's dangerouslyAllow`,
  "origin-insecure": ({ found, expected }) =>
    `the origin ${JSON.stringify(found)} is plain http with credentials: whoever is on the network can act as the user; if that is meant, add "${expected}" to the rule's dangerouslyAllow`,
  "origin-public-suffix": ({ found, expected }) =>
    `the wildcard ${JSON.stringify(found)} is over a domain under which anybody can register a name, with credentials; list the origins, or, if that is meant, add "${expected}" to the rule's dangerouslyAllow`,
  "method-invalid": about("method", "is not a token"),
  "method-lower-case": about("method", "has lower-case letters, and methods are case-sensitive"),
  "method-forbidden": about("method", "cannot be sent by any page; remove it"),
  "header-invalid": about("header name", "is not a token"),
  "header-forbidden": about("request header", "is set by the browser alone; remove it"),
  "header-of-response": about("header", "belongs to responses; remove it from allowHeaders"),
  "header-not-exposable": about("response header", "can never be read by a page; remove it"),
  "header-any-beside-names": () => '"*" already exposes every header: it must stand alone',
  "upstream-invalid": about("upstream", "is not an absolute http(s) URL"),
  "upstream-with-user-info": about("upstream", "has user info; credentials do not belong into a policy"),
  "upstream-with-query": about("upstream", "has a query; only a path prefix is kept"),
  "upstream-with-fragment": about("upstream", "has a fragment; only a path prefix is kept"),
  "upstream-insecure": ({ found, expected }) =>
    `the upstream ${JSON.stringify(found)} is plain http to another machine; if that is meant, add "${expected}" to the document's dangerouslyAllow`,
  "expectation-unclear": () =>
    'an expectation is one of { "origin", "can" }, { "origin", "cannot" }, and { "nobody" } with or without "except"; "with" and "credentials" need a method, as in "GET /admin/*"',
  "expectation-header-any": () => '"*" stands for no header that a page sends; name those that it sends',
  "expectation-request-invalid": (issue) => `what is ${quoted(issue)} must be ${issue.expected}`,
};
