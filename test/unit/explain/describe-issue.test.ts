import { describe, expect, it } from "vitest";
import { describeIssue } from "../../../src/core/explain/describe-issue.ts";
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
