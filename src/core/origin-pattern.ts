/** Origin patterns of `allowOrigins`: the strict parser, for what an operator wrote. */

import type { IssueCode } from "./issue.ts";
import {
  defaultPort,
  isLoopback,
  MAX_HOST_LENGTH,
  MAX_ORIGIN_LENGTH,
  MAX_SCHEME_LENGTH,
  parseOrigin,
} from "./origin.ts";

/** A host of a pattern: itself, all subdomains of a domain, or one label with a gap. */
export type HostPattern =
  | { readonly kind: "exact"; readonly host: string }
  /** One or more labels before `.parent`, never the bare parent. */
  | { readonly kind: "subdomains"; readonly parent: string }
  /** One label, `before` + at least one character + `after`, followed by `.parent` (empty for a host of one label). */
  | { readonly kind: "label"; readonly before: string; readonly after: string; readonly parent: string };

/** A parsed entry of `allowOrigins`. */
export type OriginPattern =
  | { readonly kind: "any" }
  | { readonly kind: "opaque" }
  | {
      readonly kind: "tuple";
      readonly scheme: string;
      readonly host: HostPattern;
      /** Empty for the scheme's default, `*` for any. */
      readonly port: string;
    };

type PatternResult =
  | { readonly ok: true; readonly pattern: OriginPattern }
  | { readonly ok: false; readonly code: IssueCode };

/**
 * Parses an origin pattern, or says why not.
 * A pattern without `*` matches itself alone.
 * @example parseOriginPattern("https://app.example.com/") // { ok: false, code: "origin-with-path" }
 */
export function parseOriginPattern(text: string): PatternResult {
  const pattern = readPattern(text);
  return pattern === undefined ? { ok: false, code: diagnose(text) } : { ok: true, pattern };
}

function readPattern(text: string): OriginPattern | undefined {
  if (text === "*") return { kind: "any" };
  if (text === "null") return { kind: "opaque" };
  if (text.length > MAX_ORIGIN_LENGTH) return undefined;
  const anyPort = text.endsWith(":*");
  const withoutPort = anyPort ? text.slice(0, -2) : text;
  const hostStart = withoutPort.indexOf("://") + 3;
  const star = withoutPort.indexOf("*", hostStart);
  // A letter in the gap makes an origin of it, which the parser for browsers' input can judge as a whole.
  const origin = parseOrigin(star < 0 ? withoutPort : `${withoutPort.slice(0, star)}w${withoutPort.slice(star + 1)}`);
  if (origin === undefined || (anyPort && origin.port !== "") || origin.host.endsWith(".")) return undefined;
  const host =
    star < 0
      ? ({ kind: "exact", host: origin.host } as const)
      : readHostPattern(withoutPort.slice(hostStart, hostStart + origin.host.length));
  if (host === undefined) return undefined;
  return { kind: "tuple", scheme: origin.scheme, host, port: anyPort ? "*" : origin.port };
}

function readHostPattern(host: string): HostPattern | undefined {
  const dot = host.indexOf(".");
  const label = dot < 0 ? host : host.slice(0, dot);
  const parent = dot < 0 ? "" : host.slice(dot + 1);
  const star = label.indexOf("*");
  if (star < 0 || host.indexOf("*", star + 1) >= 0) return undefined;
  if (label === "*") return parent === "" ? undefined : { kind: "subdomains", parent };
  return { kind: "label", before: label.slice(0, star), after: label.slice(star + 1), parent };
}

/** True where every origin that the pattern matches lies on this machine. */
export function isLoopbackHost(host: HostPattern): boolean {
  if (host.kind === "exact") return isLoopback(host.host);
  return host.parent === "localhost" || host.parent.endsWith(".localhost");
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

function diagnose(text: string): IssueCode {
  if (text.length > MAX_ORIGIN_LENGTH) return "origin-too-long";
  if (/^[^:/]*\*[^:/]*:\/\//.test(text)) return "origin-wildcard-misplaced";
  const { scheme, hasUserInfo, host, port, hasTail } = takeApart(text);
  if (scheme === "file" || /^file:/i.test(text)) return "origin-file";
  if (scheme === undefined) return "origin-without-scheme";
  if (hasUserInfo) return "origin-with-user-info";
  if (hasTail) return "origin-with-path";
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
