/** What an operator probably meant. For people: the Worker has no use for it, and does not carry it. */

import { isTooLongToQuote, type PolicyIssue } from "../issue.ts";
import { defaultPort, isLoopback } from "../origin.ts";
import { parseOriginPattern } from "../origin-pattern.ts";
import { parsePathPattern } from "../path-pattern.ts";
import { takeApart } from "./diagnose.ts";

/**
 * What to write instead of what an issue found, where that can be told.
 * @example suggest({ code: "method-lower-case", pointer: "/rules/0/allowMethods/0", found: "get" }) // "GET"
 */
export function suggest({ code, found, expected = "" }: PolicyIssue): string | undefined {
  if (typeof found !== "string") return undefined;
  // Of what was cut off the end is not known; of an origin only the tail that it must not have may be.
  if (isTooLongToQuote(found) && !(code.startsWith("origin-") && takeApart(found).hasTail)) return undefined;
  switch (code) {
    case "field-unknown":
      return expected.split(" ").find((name) => skeleton(name) === skeleton(found));
    case "method-lower-case":
      return found.toUpperCase();
    case "origin-insecure": {
      const secure = found.replace(/^http:/, "https:");
      return parseOriginPattern(secure) !== undefined ? secure : respellOrigin(secure);
    }
    case "upstream-insecure":
      return found.startsWith("…") ? undefined : found.replace(/^http:/i, "https:");
    case "upstream-invalid":
      return found.startsWith("…") || found.includes(":/")
        ? undefined
        : URL.parse(`https://${found.replace(/^\/+/, "")}`)?.href.replace(/\/$/, "");
    default:
      // What is spelled right is wrong for another reason.
      if (code.startsWith("origin-")) return parseOriginPattern(found) === undefined ? respellOrigin(found) : undefined;
      return code.startsWith("path-") ? respellPath(found) : undefined;
  }
}

/** What is left of a field's name without the ways in which people vary it. */
function skeleton(field: string): string {
  return field
    .toLowerCase()
    .replace(/[^a-z]/g, "")
    .replace(/ed(?=[a-z])|s$/g, "");
}

/** The origin pattern that was probably meant, if one can be told that is accepted. */
function respellOrigin(text: string): string | undefined {
  if (text.trim().toLowerCase() === "null") return "null";
  const { scheme: written, host: looseHost, port } = takeApart(text);
  const host = URL.parse(`http://${looseHost.replace(/\.$/, "")}/`)?.hostname;
  if (host === undefined) return undefined;
  const scheme = written ?? (isLoopback(host) ? "http" : "https");
  const digits = port === "*" ? port : port?.replace(/^0+/, "");
  const suffix = digits === undefined || digits === "" || digits === defaultPort(scheme) ? "" : `:${digits}`;
  const candidate = `${scheme}://${host}${suffix}`;
  return candidate !== text && parseOriginPattern(candidate) !== undefined ? candidate : undefined;
}

/** The path pattern that was probably meant: without what patterns do not say, so it may be for more than was written. */
function respellPath(text: string): string | undefined {
  const path = text
    .trim()
    .replace(/(?<=:[A-Za-z0-9_-]+)\{[^{}/]*\}/g, "")
    .replace(/\/\*\*$/, "/*")
    .replace(/[?#].*$/s, "");
  if (/[{}]/.test(path) || path.split("/").some((segment) => segment.includes("*") && segment !== "*"))
    return undefined;
  const resolved = URL.parse(`http://h/${path}`)?.pathname.replace(/\/{2,}/g, "/") ?? "";
  const named = resolved.replace(/\/:([A-Za-z0-9_-]+)[^/]*/g, "/:$1");
  const candidate = named.endsWith("/") && named !== "/" ? `${named}*` : named;
  return candidate !== text && parsePathPattern(candidate) !== undefined ? candidate : undefined;
}
