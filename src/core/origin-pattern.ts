/** Origin patterns of `allowOrigins`: the strict parser, for what an operator wrote. */

import { isLoopback, MAX_ORIGIN_LENGTH, parseOrigin } from "./origin.ts";

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

/**
 * Parses an origin pattern; undefined where it is none, and diagnose.ts can tell why.
 * A pattern without `*` matches itself alone.
 * @example parseOriginPattern("https://app.example.com/") // undefined: no origin has a path
 */
export function parseOriginPattern(text: string): OriginPattern | undefined {
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
