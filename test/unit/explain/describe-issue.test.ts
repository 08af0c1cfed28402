import { describe, expect, it } from "vitest";
import { describeIssue } from "../../../src/core/explain/describe-issue.ts";
import { diagnose } from "../../../src/core/explain/diagnose.ts";
import type { PolicyIssue } from "../../../src/core/issue.ts";
import { type ParsedPolicy, parsePolicy } from "../../../src/core/parse-policy.ts";
import { APP, documentWith } from "../../support/policies.ts";

function sentencesOf(parsed: ParsedPolicy): string[] {
  return parsed.ok ? [] : parsed.issues.map(describeIssue);
}

describe("describeIssue", () => {
  it("quotes what was found and says what to write instead", () => {
    const [sentence = ""] = sentencesOf(parsePolicy(JSON.stringify(documentWith({ allowMethods: ["get"] }))));
    expect(sentence).toContain('"get"');
    expect(sentence.endsWith('; write "GET"')).toBe(true);
  });

  it("names a byte order mark, which cannot be seen, and says how to save the file", () => {
    const [sentence = ""] = sentencesOf(parsePolicy(`\uFEFF${JSON.stringify(documentWith({}))}`));
    expect(sentence).toBe(
      "the document is not JSON: it begins with a byte order mark (U+FEFF); save it as UTF-8 without one",
    );
  });

  it("suggests nothing where there is nothing to suggest", () => {
    const [sentence = ""] = sentencesOf(parsePolicy(JSON.stringify(documentWith({ allowMethods: ["TRACE"] }))));
    expect(sentence).toContain('"TRACE"');
    expect(sentence).not.toContain("; write");
  });

  it("names the covering rule, and the danger that may be acknowledged", () => {
    const document = documentWith({ name: "first" }, { allowOrigins: ["null"] });
    const [unreachable, opaque] = sentencesOf(parsePolicy(JSON.stringify(document)));
    expect(unreachable).toContain('"first"');
    expect(opaque).toContain("null-origin");
  });

  it("keeps what a document says on one line, so that no log line can be forged with it", () => {
    const document = documentWith({
      allowMethods: ["A\nB"],
      "x\r\ny": 1,
      allowOrigins: ["https://a\n.com"],
      paths: ["\n"],
    });
    for (const sentence of sentencesOf(parsePolicy(JSON.stringify(document)))) expect(sentence).not.toMatch(/[\r\n]/);
  });

  it("diagnoses nothing that was cut off", () => {
    const long = "a".repeat(500);
    const document = documentWith({
      allowOrigins: [`https://${long}.example`, `https://a.example/${long}`],
      paths: [`/${long}/é`, `v1/${long}`],
      allowMethods: [long],
      upstream: `http://${long.slice(0, 50)}.example/${long}`,
      [`${long}`]: 1,
    });
    const found = sentencesOf(parsePolicy(JSON.stringify(document)));
    expect(found.map((sentence) => sentence.replace(/"[^"]{300,}…"/, "…"))).toEqual([
      "the origin … is too long: the host has at most 253 bytes, the scheme 64",
      'the origin … has a path or a trailing slash, which an origin never has; write "https://a.example"',
      "the path … is no path pattern",
      "the path … does not start with a slash",
      "the method … has lower-case letters, and methods are case-sensitive",
      'the upstream … is plain http to another machine; if that is meant, add "insecure-upstream" to the document\'s dangerouslyAllow',
      "the field … is not known here",
    ]);
  });

  it.each<[string, object, string]>([
    ["wrong-type", { maxAge: "600" }, 'what is "600" must be of type number'],
    ["wrong-type", { maxAge: null }, "what is here must be of type number"],
    ["field-unknown", { allowedOrigins: [] }, 'the field "allowedOrigins" is not known here; write "allowOrigins"'],
    ["list-empty", { paths: [] }, "this list must not be empty"],
    ["value-unknown", { onDenied: "allow" }, 'the value "allow" is not known; possible: "block" or "forward"'],
    ["number-out-of-range", { maxAge: 86401 }, "86401 is not possible here: a whole number, 0 to 86400"],
    ["name-invalid", { name: "API" }, 'the name "API" does not match ^[a-z][a-z0-9-]{0,63}$'],
    ["path-without-leading-slash", { paths: ["v1"] }, 'the path "v1" does not start with a slash; write "/v1"'],
    ["path-with-regexp", { paths: ["/a{b}"] }, 'the path "/a{b}" has braces; there are no regular expressions'],
    [
      "path-with-question-mark",
      { paths: ["/a?"] },
      'the path "/a?" has a question mark; write two paths for an optional part; write "/a"',
    ],
    ["path-with-double-star", { paths: ["/a/**"] }, 'the path "/a/**" has **; a final /* is any rest; write "/a/*"'],
    ["path-with-empty-segment", { paths: ["/a/"] }, 'the path "/a/" has an empty segment; write "/a/*"'],
    [
      "path-with-dot-segment",
      { paths: ["/a/../b"] },
      'the path "/a/../b" has a . or .. segment, which never arrives; write "/b"',
    ],
    [
      "path-wildcard-misplaced",
      { paths: ["/a*"] },
      'the path "/a*" has * beside other characters; * is a whole segment',
    ],
    ["path-parameter-invalid", { paths: ["/:"] }, 'the path "/:" has a parameter that is no name'],
    [
      "path-not-serialized",
      { paths: ["/é"] },
      'the path "/é" is not written as the URL parser serializes it; write "/%C3%A9"',
    ],
    ["origin-without-scheme", { allowOrigins: ["app"] }, 'the origin "app" has no scheme; write "https://app"'],
    [
      "origin-file",
      { allowOrigins: ["file:///x"] },
      'the origin "file:///x" is never sent: pages from files send null',
    ],
    [
      "origin-with-user-info",
      { allowOrigins: ["https://u@a.example"] },
      'the origin "https://u@a.example" has user info, which an origin never has; write "https://a.example"',
    ],
    [
      "origin-with-path",
      { allowOrigins: ["https://a.example/"] },
      'the origin "https://a.example/" has a path or a trailing slash, which an origin never has; write "https://a.example"',
    ],
    [
      "origin-not-ascii",
      { allowOrigins: ["https://ä.example"] },
      'the origin "https://ä.example" is not ASCII; browsers send punycode; write "https://xn--4ca.example"',
    ],
    [
      "origin-upper-case",
      { allowOrigins: ["https://A.example"] },
      'the origin "https://A.example" has upper-case letters, which an origin never has; write "https://a.example"',
    ],
    [
      "origin-default-port",
      { allowOrigins: ["https://a.example:443"] },
      'the origin "https://a.example:443" has its scheme\'s default port, which browsers leave out; write "https://a.example"',
    ],
    [
      "origin-port-invalid",
      { allowOrigins: ["https://a.example:08"] },
      'the origin "https://a.example:08" has a port with a leading zero, 0, or over 65535; write "https://a.example:8"',
    ],
    [
      "origin-trailing-dot",
      { allowOrigins: ["https://a.example."] },
      'the origin "https://a.example." has a trailing dot; write "https://a.example"',
    ],
    [
      "origin-wildcard-misplaced",
      { allowOrigins: ["https://a.*.example"] },
      'the origin "https://a.*.example" has * in a place where it may not be: only as or in the leftmost label of a domain, once, and as the whole port',
    ],
    [
      "origin-ip-invalid",
      { allowOrigins: ["https://127.1"] },
      'the origin "https://127.1" has an IP address that is not in its serialized form; write "https://127.0.0.1"',
    ],
    ["origin-invalid", { allowOrigins: ["https://a b"] }, 'the origin "https://a b" is none that a browser sends'],
    [
      "date-invalid",
      { allowOrigins: [{ origin: APP, expires: "soon" }] },
      '"soon" is no date; write a day as 2027-01-31',
    ],
    ["origin-any-beside-others", { allowOrigins: ["*", APP] }, '"*" already allows every origin: it must stand alone'],
    [
      "origin-any-with-credentials",
      { allowOrigins: ["*"], allowCredentials: true },
      '"*" with allowCredentials would let every page act as the logged-in user; list the origins',
    ],
    [
      "origin-null-with-credentials",
      { allowOrigins: ["null"], allowCredentials: true, dangerouslyAllow: ["null-origin"] },
      '"null" with allowCredentials would let any sandboxed page act as the logged-in user; serve the page from an origin',
    ],
    [
      "origin-null",
      { allowOrigins: ["null"] },
      '"null" is what every sandboxed page sends; if that is meant, add "null-origin" to the rule\'s dangerouslyAllow',
    ],
    [
      "origin-insecure",
      { allowOrigins: ["http://a.example"], allowCredentials: true },
      'the origin "http://a.example" is plain http with credentials: whoever is on the network can act as the user; if that is meant, add "insecure-origin" to the rule\'s dangerouslyAllow; write "https://a.example"',
    ],
    ["method-invalid", { allowMethods: ["A B"] }, 'the method "A B" is not a token'],
    [
      "method-lower-case",
      { allowMethods: ["get"] },
      'the method "get" has lower-case letters, and methods are case-sensitive; write "GET"',
    ],
    ["method-forbidden", { allowMethods: ["TRACE"] }, 'the method "TRACE" cannot be sent by any page; remove it'],
    ["header-invalid", { allowHeaders: ["x y"] }, 'the header name "x y" is not a token'],
    [
      "header-forbidden",
      { allowHeaders: ["cookie"] },
      'the request header "cookie" is set by the browser alone; remove it',
    ],
    [
      "header-of-response",
      { allowHeaders: ["access-control-max-age"] },
      'the header "access-control-max-age" belongs to responses; remove it from allowHeaders',
    ],
    [
      "header-not-exposable",
      { exposeHeaders: ["set-cookie"] },
      'the response header "set-cookie" can never be read by a page; remove it',
    ],
    [
      "header-any-beside-names",
      { exposeHeaders: ["*", "etag"] },
      '"*" already exposes every header: it must stand alone',
    ],
    [
      "upstream-invalid",
      { upstream: "origin.example.net" },
      'the upstream "origin.example.net" is not an absolute http(s) URL; write "https://origin.example.net"',
    ],
    [
      "upstream-with-user-info",
      { upstream: "https://u:p@origin.example.net" },
      'the upstream "…@origin.example.net" has user info; credentials do not belong into a policy',
    ],
    [
      "upstream-with-query",
      { upstream: "https://origin.example.net/?a" },
      'the upstream "https://origin.example.net/?a" has a query; only a path prefix is kept',
    ],
    [
      "upstream-with-fragment",
      { upstream: "https://origin.example.net/#a" },
      'the upstream "https://origin.example.net/#a" has a fragment; only a path prefix is kept',
    ],
    [
      "upstream-insecure",
      { upstream: "http://origin.example.net" },
      'the upstream "http://origin.example.net" is plain http to another machine; if that is meant, add "insecure-upstream" to the document\'s dangerouslyAllow; write "https://origin.example.net"',
    ],
  ])("of %s reads: %s", (code, rule, sentence) => {
    const parsed = parsePolicy(JSON.stringify(documentWith(rule)));
    expect(sentencesOf(parsed)).toEqual([sentence]);
    expect(parsed.ok ? [] : parsed.issues.map((issue) => diagnose(issue).code)).toEqual([code]);
  });

  it.each<[string, object, string[]]>([
    ["field-missing", {}, ['the field "rules" is missing']],
    [
      "rule-name-duplicate",
      documentWith({ name: "a", paths: ["/a"] }, { name: "a" }),
      ['the rule name "a" is taken by an earlier rule; write another'],
    ],
    [
      "rule-unreachable",
      documentWith({ name: "a" }, { name: "b" }),
      ['the rule "b" can never match: the earlier rule "a" covers all its paths; move it up, or remove it'],
    ],
  ])("of %s reads: %s", (_, document, sentences) => {
    expect(sentencesOf(parsePolicy(JSON.stringify(document)))).toEqual(sentences);
  });

  it.each<[PolicyIssue, string]>([
    [
      { code: "document-too-large", pointer: "", expected: "at most 8388608 bytes" },
      "the document is too large: at most 8388608 bytes",
    ],
    [
      { code: "document-not-json", pointer: "", found: "Unexpected end of JSON input" },
      "the document is not JSON: Unexpected end of JSON input",
    ],
    [
      {
        code: "origin-public-suffix",
        pointer: "",
        found: "https://*.github.io",
        expected: "public-suffix-wildcard",
      },
      'the wildcard "https://*.github.io" is over a domain under which anybody can register a name, with credentials; list the origins, or, if that is meant, add "public-suffix-wildcard" to the rule\'s dangerouslyAllow',
    ],
    [
      { code: "expectation-unclear", pointer: "" },
      'an expectation is one of { "origin", "can" }, { "origin", "cannot" }, and { "nobody" } with or without "except"; "with" and "credentials" need a method, as in "GET /admin/*"',
    ],
    [
      { code: "expectation-request-invalid", pointer: "", found: "/", expected: "a method and a path" },
      'what is "/" must be a method and a path',
    ],
  ])("of %j reads: %s", (issue, sentence) => {
    expect(describeIssue(issue)).toBe(sentence);
  });

  it.each<[string, unknown]>([
    ["no JSON", "{"],
    ["no object", []],
    ["no rules", {}],
    [
      "wrong types at the top",
      { mode: {}, upstream: [], upstreamTimeout: null, dangerouslyAllow: [[]], rules: [null] },
    ],
    [
      "wrong types in a rule",
      documentWith({ onDenied: {}, resourcePolicy: null, maxAge: [], paths: {}, allowOrigins: [APP, {}] }),
    ],
    ["an unreachable rule without a name", documentWith({}, { name: undefined })],
  ])("finds words for %s", (_, document) => {
    const parsed = parsePolicy(typeof document === "string" ? document : JSON.stringify(document));
    const sentences = sentencesOf(parsed);
    expect(sentences.length).toBeGreaterThan(0);
    for (const sentence of sentences) expect(sentence).not.toMatch(/\bundefined\b|\[object/);
  });
});
