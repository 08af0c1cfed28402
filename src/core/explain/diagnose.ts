/** What exactly is wrong with a pattern. For people: the Worker only needs to know that it is. */

import { type IssueCode, isTooLongToQuote, type PolicyIssue, quote } from "../issue.ts";
import { defaultPort, MAX_HOST_LENGTH, MAX_ORIGIN_LENGTH, MAX_SCHEME_LENGTH } from "../origin.ts";

/** The same issue, with the exact code where a pattern is invalid. */
export function diagnose(issue: PolicyIssue): PolicyIssue {
  const { code, found } = issue;
  if (typeof found !== "string") return issue;
  if (code === "origin-invalid") return { ...issue, code: diagnoseOrigin(found) };
  return code === "path-invalid" ? { ...issue, code: diagnosePath(found) } : issue;
}

const LOOSE = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?\/\/([^/?#\\]*)([/?#\\].*)?$/s;
const PORT = /:([0-9]+|\*)$/;

/** The parts of a text that was meant to be an origin, as far as they can be told apart. */
export function takeApart(text: string) {
  const trimmed = text.trim().replace(/^([A-Za-z][A-Za-z0-9+.-]*):\/(?!\/)/, "$1://");
  const [, scheme, authority = "", tail = ""] = LOOSE.exec(trimmed.includes("//") ? trimmed : `//${trimmed}`) ?? [];
  const at = authority.lastIndexOf("@");
  const hostAndPort = authority.slice(at + 1);
  const port = PORT.exec(hostAndPort)?.[1];
  const host = port === undefined ? hostAndPort : hostAndPort.slice(0, -port.length - 1);
  return { scheme: scheme?.toLowerCase(), hasUserInfo: at >= 0, host, port, hasTail: tail !== "" };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what is not printable ASCII is the point
const NOT_ASCII = /[^\x00-\x7f]/;
const IP_LIKE = /^[0-9.]+$|[[\]]|:.*:|(?:^|\.)(?:0x[0-9a-f]*|[0-9]+)$/i;

/** The code of what is wrong with a text that is no origin pattern. Constant above what an issue quotes. */
export function diagnoseOrigin(found: string): IssueCode {
  const text = quote(found);
  if (/^[^:/]*\*[^:/]*:\/\//.test(text)) return "origin-wildcard-misplaced";
  const { scheme, hasUserInfo, host, port, hasTail } = takeApart(text);
  if (scheme === "file" || /^file:/i.test(text)) return "origin-file";
  if (scheme === undefined) return "origin-without-scheme";
  if (hasUserInfo) return "origin-with-user-info";
  if (hasTail) return "origin-with-path";
  if (text.length > MAX_ORIGIN_LENGTH) return "origin-too-long";
  if (NOT_ASCII.test(text)) return "origin-not-ascii";
  if (/[A-Z]/.test(text)) return "origin-upper-case";
  if (port !== undefined && port !== "*") {
    if (port === defaultPort(scheme)) return "origin-default-port";
    if (port.startsWith("0") || Number(port) > 65535) return "origin-port-invalid";
  }
  if (host.length > MAX_HOST_LENGTH || scheme.length > MAX_SCHEME_LENGTH) return "origin-too-long";
  if (host.endsWith(".")) return "origin-trailing-dot";
  if (host.includes("*")) return "origin-wildcard-misplaced";
  if (IP_LIKE.test(host)) return "origin-ip-invalid";
  return "origin-invalid";
}

const PARAMETER = /^:[A-Za-z0-9_-]+$/;

/** The code of what is wrong with a text that is no path pattern. Constant above what an issue quotes. */
export function diagnosePath(found: string): IssueCode {
  const text = quote(found);
  if (!text.startsWith("/")) return "path-without-leading-slash";
  if (/[{}]/.test(text)) return "path-with-regexp";
  if (text.includes("?")) return "path-with-question-mark";
  if (text.includes("**")) return "path-with-double-star";
  // Of a segment that was cut off the end is not known.
  const segments = text
    .slice(1)
    .split("/")
    .slice(0, isTooLongToQuote(text) ? -1 : undefined);
  if (text !== "/" && segments.includes("")) return "path-with-empty-segment";
  if (segments.some(isDotSegment)) return "path-with-dot-segment";
  if (segments.some((segment) => segment.includes("*") && segment !== "*")) return "path-wildcard-misplaced";
  if (segments.some((segment) => segment.startsWith(":") && !PARAMETER.test(segment))) return "path-parameter-invalid";
  return isTooLongToQuote(text) ? "path-invalid" : "path-not-serialized";
}

/** @see https://url.spec.whatwg.org/#single-dot-path-segment */
function isDotSegment(segment: string): boolean {
  return /^(?:\.|%2e){1,2}$/i.test(segment);
}
