import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import type { Log } from "sarif";
import { describe, expect, it } from "vitest";
import { auditFile } from "../../../../src/cli/audit/audit-file.ts";
import { toSarif } from "../../../../src/cli/audit/sarif.ts";
import { checkPolicy } from "../../../../src/cli/check-policies.ts";

const NOW = Date.parse("2027-01-01T00:00:00Z");

const schemaPath = import.meta.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
// Its draft of JSON schema, 4, differs from ajv's in nothing that this schema uses but these two names.
const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(fileURLToPath(schemaPath), "utf8"));
const validate = new Ajv({
  strict: false,
  // One pattern, of languages, is not written for Unicode's stricter mode.
  unicodeRegExp: false,
  formats: {
    uri: (text: string) => URL.canParse(text),
    "uri-reference": (text: string) => /^[\w.~!$&'()*+,;=:@/?#%-]*$/.test(text),
    "date-time": true,
  },
}).compile(schema);

function sarifOf(text: string, path = "policies/api.example.com.json"): Log {
  const file = { path, hostname: "api.example.com", text };
  const log = toSarif([auditFile(checkPolicy(file, NOW), NOW)], "/repository");
  validate(log);
  expect(validate.errors).toBeNull();
  return log;
}

const resultsOf = (log: Log) => log.runs[0]?.results ?? [];

const TEXT = `{
  "rules": [
    { "name": "r", "allowOrigins": ["https://app.example.com"],
      "allowMethods": ["*"] }
  ]
}`;

describe("toSarif", () => {
  it("gives each finding its rule, level, place and fingerprint", () => {
    const log = sarifOf(TEXT);
    const rules = log.runs[0]?.tool.driver.rules ?? [];
    const [owner, methods, ...more] = resultsOf(log);
    expect(more).toEqual([]);
    expect(owner).toMatchObject({ ruleId: "owner-missing", level: "note" });
    expect(methods).toEqual({
      ruleId: "methods-wildcard",
      ruleIndex: rules.findIndex(({ id }) => id === "methods-wildcard"),
      level: "warning",
      message: {
        text: 'the rule "r" allows every method. Fix: the methods that are called: "allowMethods": ["GET", "POST", "PUT"]',
      },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "policies/api.example.com.json", uriBaseId: "%SRCROOT%" },
            region: { startLine: 4, startColumn: 24, endLine: 4, endColumn: 27 },
          },
        },
      ],
      partialFingerprints: { primaryLocationLineHash: expect.stringMatching(/^[0-9a-f]{16}:1$/) },
    });
  });

  it("says of every rule what code scanning shows", () => {
    const rules = sarifOf(TEXT).runs[0]?.tool.driver.rules ?? [];
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const rule of rules) {
      expect(rule).toMatchObject({
        shortDescription: { text: expect.stringMatching(/\w/) },
        fullDescription: { text: expect.stringMatching(/\w/) },
        help: { text: expect.stringMatching(/\w/), markdown: expect.stringMatching(/\w/) },
        defaultConfiguration: { level: expect.stringMatching(/^(?:error|warning|note)$/) },
        properties: { "security-severity": expect.stringMatching(/^\d\.\d$/), tags: ["security", "cors"] },
      });
    }
  });

  it("keeps a fingerprint while lines move, and counts findings that are alike", () => {
    const fingerprints = (text: string) => resultsOf(sarifOf(text)).map((result) => result.partialFingerprints);
    expect(fingerprints(TEXT.replace("[\n", "[\n\n\n"))).toEqual(fingerprints(TEXT));
    const twice = resultsOf(sarifOf(TEXT.replace('["*"]', '["*", "*"]'))).slice(1);
    const [first, second] = twice.map((result) => result.partialFingerprints?.primaryLocationLineHash ?? "");
    expect(second).toBe(first?.replace(/:1$/, ":2"));
  });

  it("reports each issue of a document that cannot be used", () => {
    const results = resultsOf(sarifOf('{\n  "rules": [{ "name": "r", "allowOrigins": ["https://a.example/"] }]\n}'));
    expect(results).toMatchObject([
      {
        ruleId: "policy-invalid",
        level: "error",
        message: { text: expect.stringContaining('write "https://a.example"') },
        locations: [{ physicalLocation: { region: { startLine: 2, startColumn: 45 } } }],
      },
    ]);
    expect(resultsOf(sarifOf("{"))).toHaveLength(1);
  });

  it("writes places as relative URIs, and doubles braces, which would be placeholders", () => {
    const uriOf = (path: string) =>
      resultsOf(sarifOf(TEXT, path))[0]?.locations?.[0]?.physicalLocation?.artifactLocation?.uri;
    expect(uriOf("/repository/my policies/a.json")).toBe("my%20policies/a.json");
    const owner = TEXT.replace(
      '"https://app.example.com"',
      '{ "origin": "https://a.example", "owner": "{0}", "expires": "2027-01-02" }',
    );
    expect(resultsOf(sarifOf(owner))[0]?.message.text).toContain("its owner, {{0}}");
  });
});
