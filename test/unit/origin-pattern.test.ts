import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diagnoseOrigin } from "../../src/core/explain/diagnose.ts";
import { suggest } from "../../src/core/explain/suggest.ts";
import type { IssueCode } from "../../src/core/issue.ts";
import { MAX_HOST_LENGTH, parseOrigin } from "../../src/core/origin.ts";
import { isLoopbackHost, type OriginPattern, parseOriginPattern } from "../../src/core/origin-pattern.ts";
import { patternTexts } from "../support/arbitraries.ts";

const HOST_253 = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}`;
const SCHEME_64 = "s".repeat(64);

function exact(scheme: string, host: string, port = ""): OriginPattern {
  return { kind: "tuple", scheme, host: { kind: "exact", host }, port };
}

function subdomains(scheme: string, parent: string, port = ""): OriginPattern {
  return { kind: "tuple", scheme, host: { kind: "subdomains", parent }, port };
}

function label(before: string, after: string, parent: string, port = ""): OriginPattern {
  return { kind: "tuple", scheme: "https", host: { kind: "label", before, after, parent }, port };
}

describe("parseOriginPattern accepts", () => {
  it.each<[string, OriginPattern]>([
    ["*", { kind: "any" }],
    ["null", { kind: "opaque" }],
    ["https://app.example.com", exact("https", "app.example.com")],
    ["http://localhost:3000", exact("http", "localhost", "3000")],
    ["https://[::1]:8443", exact("https", "[::1]", "8443")],
    ["http://127.0.0.1", exact("http", "127.0.0.1")],
    ["capacitor://localhost", exact("capacitor", "localhost")],
    ["chrome-extension://mhjfbmdgcfjbbpae", exact("chrome-extension", "mhjfbmdgcfjbbpae")],
    ["https://xn--mnchen-3ya.example", exact("https", "xn--mnchen-3ya.example")],
    ["https://exa_mple.example", exact("https", "exa_mple.example")],
    ["https://example.com:65535", exact("https", "example.com", "65535")],
    ["http://localhost:*", exact("http", "localhost", "*")],
    ["http://[::1]:*", exact("http", "[::1]", "*")],
    ["http://127.0.0.1:*", exact("http", "127.0.0.1", "*")],
    ["https://*.example.com", subdomains("https", "example.com")],
    ["https://*.example.com:8443", subdomains("https", "example.com", "8443")],
    ["https://*.example.com:*", subdomains("https", "example.com", "*")],
    ["http://*.localhost", subdomains("http", "localhost")],
    ["https://*.xn--mnchen-3ya.example", subdomains("https", "xn--mnchen-3ya.example")],
    ["https://*.com", subdomains("https", "com")],
    ["https://pr-*.preview.example.com", label("pr-", "", "preview.example.com")],
    ["https://*-preview.example.com", label("", "-preview", "example.com")],
    ["https://app-*-eu.example.com", label("app-", "-eu", "example.com")],
    ["https://pr-*.example.com:8443", label("pr-", "", "example.com", "8443")],
    ["https://pr-*.example.com:*", label("pr-", "", "example.com", "*")],
    ["https://build-*", label("build-", "", "")],
  ])("%s", (text, pattern) => {
    expect(parseOriginPattern(text)).toEqual(pattern);
  });

  it.each([
    ["an exact host of 253 bytes", `https://${HOST_253}`],
    ["a wildcard host of 253 bytes", `https://*.${HOST_253.slice(2)}`],
    ["a scheme of 64 bytes", `${SCHEME_64}://localhost`],
    ["the longest pattern", `${SCHEME_64}://${HOST_253}:65535`],
  ])("%s", (_, text) => {
    expect(parseOriginPattern(text)).toBeDefined();
  });
});

describe("parseOriginPattern refuses, with the right spelling,", () => {
  it.each([
    ["an upper-case host", "https://App.Example.com", "origin-upper-case", "https://app.example.com"],
    ["an upper-case scheme", "HTTPS://app.example.com", "origin-upper-case", "https://app.example.com"],
    ["an upper-case wildcard", "https://PR-*.example.com", "origin-upper-case", "https://pr-*.example.com"],
    ["an upper-case IPv6", "https://[::ABCD]", "origin-upper-case", "https://[::abcd]"],
    ["upper case under another scheme", "capacitor://LOCALHOST", "origin-upper-case", "capacitor://localhost"],
    ["a Unicode host", "https://münchen.example", "origin-not-ascii", "https://xn--mnchen-3ya.example"],
    ["a Unicode wildcard", "https://*.münchen.example", "origin-not-ascii", "https://*.xn--mnchen-3ya.example"],
    ["a Unicode parent", "https://pr-*.münchen.example", "origin-not-ascii", "https://pr-*.xn--mnchen-3ya.example"],
    ["an ideographic full stop", "https://app。example", "origin-not-ascii", "https://app.example"],
    ["the default port of https", "https://example.com:443", "origin-default-port", "https://example.com"],
    ["the default port of http", "http://example.com:80", "origin-default-port", "http://example.com"],
    ["the default port after `*`", "https://*.example.com:443", "origin-default-port", "https://*.example.com"],
    ["a trailing slash", "https://example.com/", "origin-with-path", "https://example.com"],
    ["a path", "https://example.com/app", "origin-with-path", "https://example.com"],
    ["a path of `*`", "https://example.com/*", "origin-with-path", "https://example.com"],
    ["a path after a port", "https://example.com:8443/", "origin-with-path", "https://example.com:8443"],
    ["a path after a wildcard", "https://*.example.com/", "origin-with-path", "https://*.example.com"],
    ["a query", "https://example.com?x", "origin-with-path", "https://example.com"],
    ["a fragment", "https://example.com#x", "origin-with-path", "https://example.com"],
    ["a trailing dot", "https://example.com.", "origin-trailing-dot", "https://example.com"],
    ["a trailing dot before a port", "https://example.com.:8443", "origin-trailing-dot", "https://example.com:8443"],
    ["a trailing dot after a wildcard", "https://*.example.com.", "origin-trailing-dot", "https://*.example.com"],
    ["a missing scheme", "example.com", "origin-without-scheme", "https://example.com"],
    ["a missing scheme before a wildcard", "*.example.com", "origin-without-scheme", "https://*.example.com"],
    ["a missing scheme before a port", "example.com:8443", "origin-without-scheme", "https://example.com:8443"],
    ["a missing scheme of localhost", "localhost:3000", "origin-without-scheme", "http://localhost:3000"],
    ["a scheme-relative text", "//example.com", "origin-without-scheme", "https://example.com"],
    ["port 0", "https://example.com:0", "origin-port-invalid", "https://example.com"],
    ["a leading zero", "https://example.com:08443", "origin-port-invalid", "https://example.com:8443"],
    ["a leading zero before the default port", "http://example.com:080", "origin-port-invalid", "http://example.com"],
    ["an IPv4 of one number", "http://2130706433", "origin-ip-invalid", "http://127.0.0.1"],
    ["an IPv4 of two parts", "http://127.1", "origin-ip-invalid", "http://127.0.0.1"],
    ["an IPv4 with leading zeros", "http://127.000.000.001", "origin-ip-invalid", "http://127.0.0.1"],
    ["an IPv4 in hexadecimal", "http://0x7f000001", "origin-ip-invalid", "http://127.0.0.1"],
    ["an IPv4 of hexadecimal parts", "http://0x7f.0.0.0x1", "origin-ip-invalid", "http://127.0.0.1"],
    ["an IPv6 that is not compressed", "http://[0:0:0:0:0:0:0:1]:3000", "origin-ip-invalid", "http://[::1]:3000"],
    ["an IPv6 with leading zeros", "http://[::0001]", "origin-ip-invalid", "http://[::1]"],
    ["an IPv6 with an IPv4", "http://[::ffff:127.0.0.1]", "origin-ip-invalid", "http://[::ffff:7f00:1]"],
    ["user info", "https://user@example.com", "origin-with-user-info", "https://example.com"],
    ["a password", "https://user:secret@example.com:8443", "origin-with-user-info", "https://example.com:8443"],
    ["white space around", " https://example.com ", "origin-invalid", "https://example.com"],
    ["a single slash", "https:/example.com", "origin-invalid", "https://example.com"],
    ["an empty port", "https://example.com:", "origin-invalid", "https://example.com"],
    ["percent-encoding", "https://%65xample.com", "origin-invalid", "https://example.com"],
    ["several faults at once", "HTTPS://Example.com:443/", "origin-with-path", "https://example.com"],
  ])("%s: %s", (_, text, code, suggestion) => {
    expect(parseOriginPattern(text)).toBeUndefined();
    expect(diagnoseOrigin(text)).toBe(code);
    expect(suggest({ code: code as IssueCode, pointer: "", found: text })).toBe(suggestion);
  });
});

describe("parseOriginPattern refuses, without a guess,", () => {
  it.each([
    ["nothing", "", "origin-without-scheme"],
    ["a regular expression", "/^https:.*$/", "origin-without-scheme"],
    ["file: without a host", "file://", "origin-file"],
    ["file: with a path", "file:///index.html", "origin-file"],
    ["file: with a host", "file://localhost", "origin-file"],
    ["file: in upper case", "FILE://", "origin-file"],
    ["`*` under a bare scheme", "https://*", "origin-wildcard-misplaced"],
    ["`*` under a bare scheme of an app", "capacitor://*", "origin-wildcard-misplaced"],
    ["`*` before a port alone", "http://*:3000", "origin-wildcard-misplaced"],
    ["`*` before any port alone", "http://*:*", "origin-wildcard-misplaced"],
    ["`*` as a label in the middle", "https://app.*.example.com", "origin-wildcard-misplaced"],
    ["`*` as the last label", "https://example.*", "origin-wildcard-misplaced"],
    ["`*` inside a later label", "https://app.pr-*.example.com", "origin-wildcard-misplaced"],
    ["two `*` as labels", "https://*.*.example.com", "origin-wildcard-misplaced"],
    ["two `*` in one label", "https://a*b*.example.com", "origin-wildcard-misplaced"],
    ["`**` as a label", "https://**.example.com", "origin-wildcard-misplaced"],
    ["a `*` in each of two labels", "https://pr-*.*.example.com", "origin-wildcard-misplaced"],
    ["`*` within a port", "https://example.com:8*", "origin-wildcard-misplaced"],
    ["`**` as a port", "https://example.com:**", "origin-wildcard-misplaced"],
    ["`*` over an IPv4", "http://*.0.0.1", "origin-wildcard-misplaced"],
    ["`*` over a whole IPv4", "http://*.127.0.0.1", "origin-wildcard-misplaced"],
    ["`*` inside an IPv4", "http://12*.0.0.1", "origin-wildcard-misplaced"],
    ["`*` at the end of an IPv4", "http://127.0.0.*", "origin-wildcard-misplaced"],
    ["`*` inside an IPv6", "http://[::*]", "origin-wildcard-misplaced"],
    ["`*` before an IPv6", "http://*.[::1]", "origin-wildcard-misplaced"],
    ["`*` as a scheme", "*://example.com", "origin-wildcard-misplaced"],
    ["`*` within a scheme", "http*://example.com", "origin-wildcard-misplaced"],
    ["`*` within a scheme and as a label", "*s://*.example.com", "origin-wildcard-misplaced"],
    ["a port over 65535", "https://example.com:65536", "origin-port-invalid"],
    ["a port of many digits", "https://example.com:99999999999", "origin-port-invalid"],
    ["a port that is no number", "https://example.com:https", "origin-invalid"],
    ["a space inside", "https://exa mple.com", "origin-invalid"],
    ["a scheme alone", "https://", "origin-invalid"],
    ["an IPv4 out of range", "http://256.0.0.1", "origin-ip-invalid"],
    ["an IPv4 of five parts", "http://1.2.3.4.5", "origin-ip-invalid"],
    ["a host that ends in a number", "http://example.1", "origin-ip-invalid"],
    ["half an IPv6", "http://[::1", "origin-ip-invalid"],
    ["a host of 254 bytes", `https://${HOST_253}d`, "origin-too-long"],
    ["a wildcard host of 254 bytes", `https://*.${HOST_253.slice(1)}`, "origin-too-long"],
    ["a scheme of 65 bytes", `${SCHEME_64}s://localhost`, "origin-too-long"],
    ["a megabyte", `https://${"a".repeat(1_000_000)}`, "origin-too-long"],
  ])("%s", (_, text, code) => {
    expect(parseOriginPattern(text)).toBeUndefined();
    expect(diagnoseOrigin(text)).toBe(code);
    expect(suggest({ code: code as IssueCode, pointer: "", found: text })).toBeUndefined();
  });
});

describe("parseOriginPattern", () => {
  /** A pattern with something put into it or taken out of it, or any text. */
  const texts = fc.oneof(
    patternTexts,
    fc
      .tuple(
        patternTexts,
        fc.nat({ max: 40 }),
        fc.constantFrom("*", ":*", "*.", ".", "/", "@", ":443", ":0", ":08", "A", "é", " ", "[", "w"),
      )
      .map(([text, place, scrap]) => text.slice(0, place) + scrap + text.slice(place)),
    fc.tuple(patternTexts, fc.nat({ max: 40 })).map(([text, place]) => text.slice(0, place) + text.slice(place + 1)),
    fc.string(),
    fc.webUrl(),
    fc.tuple(fc.string(), fc.string()).map((parts) => parts.join("://")),
  );

  it("loses nothing: to parse and then to serialize is the identity", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseOriginPattern(text);
        if (result !== undefined) expect(serialize(result)).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });

  it("accepts every pattern of the syntax", () => {
    fc.assert(
      fc.property(patternTexts, (text) => {
        expect(parseOriginPattern(text)).toBeDefined();
      }),
      { numRuns: 1000 },
    );
  });

  it("accepts as an exact origin nothing that parseOrigin refuses, and reads it alike", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseOriginPattern(text);
        if (result?.kind !== "tuple" || result.host.kind !== "exact") return;
        const { scheme, host, port } = result;
        const origin = port === "*" ? text.slice(0, -":*".length) : text;
        expect(parseOrigin(origin)).toEqual({ scheme, host: host.host, port: port === "*" ? "" : port });
      }),
      { numRuns: 3000 },
    );
  });

  it("suggests nothing that it would refuse", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseOriginPattern(text);
        const suggestion =
          result === undefined ? suggest({ code: diagnoseOrigin(text), pointer: "", found: text }) : undefined;
        if (suggestion !== undefined) expect(parseOriginPattern(suggestion)).toBeDefined();
      }),
      { numRuns: 3000 },
    );
  });

  it("accepts nothing longer than an origin can be", () => {
    expect(parseOriginPattern(`${SCHEME_64}://*.${HOST_253.slice(2)}:65535`)).toBeDefined();
    expect(parseOriginPattern(`${SCHEME_64}://*.${HOST_253.slice(1)}:65535`)).toBeUndefined();
    expect(HOST_253.length).toBe(MAX_HOST_LENGTH);
  });
});

/** What the pattern was parsed from, put together again from its parts. */
function serialize(pattern: OriginPattern): string {
  if (pattern.kind === "any") return "*";
  if (pattern.kind === "opaque") return "null";
  const { scheme, host, port } = pattern;
  const suffix = port === "" ? "" : `:${port}`;
  if (host.kind === "exact") return `${scheme}://${host.host}${suffix}`;
  if (host.kind === "subdomains") return `${scheme}://*.${host.parent}${suffix}`;
  const parent = host.parent === "" ? "" : `.${host.parent}`;
  return `${scheme}://${host.before}*${host.after}${parent}${suffix}`;
}

describe("isLoopbackHost", () => {
  it.each([
    ["http://localhost", true],
    ["http://localhost:*", true],
    ["http://app.localhost:3000", true],
    ["http://127.0.0.1", true],
    ["http://127.9.8.7:*", true],
    ["http://[::1]", true],
    ["http://*.localhost", true],
    ["http://*.app.localhost", true],
    ["http://pr-*.localhost", true],
    ["http://example.com", false],
    ["http://localhost.example.com", false],
    ["http://notlocalhost", false],
    ["http://*.example.com", false],
    ["http://*.notlocalhost", false],
    ["http://*localhost", false],
    ["http://localhost*", false],
    ["http://128.0.0.1", false],
    ["http://[::2]", false],
  ])("of %s is %s", (text, expected) => {
    const result = parseOriginPattern(text);
    if (result?.kind !== "tuple") throw new Error(`not a tuple pattern: ${text}`);
    expect(isLoopbackHost(result.host)).toBe(expected);
  });
});
