/** Whatever works on input whose size a stranger or an operator chooses: each size there is, doubled. */

import { classify } from "../../src/core/classify.ts";
import { compilePolicy } from "../../src/core/compile-policy.ts";
import { decide } from "../../src/core/decide.ts";
import { describeIssue } from "../../src/core/explain/describe-issue.ts";
import { nearestMiss } from "../../src/core/nearest-miss.ts";
import { parseOrigin } from "../../src/core/origin.ts";
import { parseManifest, shardHas } from "../../src/core/origin-list.ts";
import { AllowedOrigins } from "../../src/core/origin-matcher.ts";
import { parsePolicy } from "../../src/core/parse-policy.ts";
import { parsePathPattern } from "../../src/core/path-pattern.ts";
import { otherReadings } from "../../src/core/path-readings.ts";
import { PathRules } from "../../src/core/path-rules.ts";
import { parseRequestUrl } from "../../src/core/request-url.ts";
import { parseRequestedHeaders } from "../../src/core/requested-headers.ts";
import { createLog } from "../../src/worker/log.ts";
import type { GrowthSubject } from "./measure-growth.ts";

const NOW = 0;
const RULE = { name: "r", allowOrigins: ["https://app.example.com"] };

const range = <Item>(size: number, item: (index: number) => Item): Item[] =>
  Array.from({ length: size }, (_, i) => item(i));

/** Parses a document and compiles it, where it is usable. */
function judge(document: unknown): () => unknown {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return () => {
    const parsed = parsePolicy(text);
    return parsed.ok ? compilePolicy(parsed.document) : parsed.issues.map(describeIssue);
  };
}

const rule = (fields: object) => ({ rules: [{ ...RULE, ...fields }] });

/** The policy of a document, asked about a request; the origin is not allowed unless it is listed. */
function ask(document: object, pathname: string, headers: Readonly<Record<string, string>>): () => unknown {
  const parsed = parsePolicy(JSON.stringify(document));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues.slice(0, 3)));
  const policy = compilePolicy(parsed.document);
  const view = {
    method: "OPTIONS",
    urlOrigin: "https://api.example.com",
    pathname,
    header: (name: string) => headers[name] ?? null,
  };
  return () => [classify(view), decide({ kind: "found", policy }, view, NOW)];
}

const PREFLIGHT = { origin: "https://app.example.com", "access-control-request-method": "PUT" };

const DOCUMENTS: readonly GrowthSubject[] = [
  {
    name: "a policy with exact origins",
    unit: "origins",
    from: 200,
    prepare: (size) => judge(rule({ allowOrigins: range(size, (i) => `https://a${i}.example.com`) })),
  },
  {
    name: "a policy with wildcards",
    unit: "wildcards",
    from: 200,
    prepare: (size) =>
      judge(rule({ allowOrigins: range(size, (i) => `https://${i % 2 === 0 ? "*" : "pr-*"}.a${i}.example.com:*`) })),
  },
  {
    name: "a policy with origins that end",
    unit: "origins",
    from: 100,
    prepare: (size) =>
      judge(rule({ allowOrigins: range(size, (i) => ({ origin: `https://a${i}.com`, expires: "2027-01-31" })) })),
  },
  {
    name: "a policy with rules",
    unit: "rules",
    from: 50,
    prepare: (size) => judge({ rules: range(size, (i) => ({ ...RULE, name: `r${i}`, paths: [`/v1/a${i}/*`] })) }),
  },
  {
    name: "a policy whose rules cover each other",
    unit: "rules",
    from: 50,
    prepare: (size) => judge({ rules: range(size, (i) => ({ ...RULE, name: `r${i}`, paths: ["/a/*", `/b/${i}`] })) }),
  },
  {
    name: "a policy of unreachable rules",
    unit: "rules",
    from: 100,
    prepare: (size) =>
      judge({
        rules: range(size, (i) => ({ ...RULE, name: `r${i}`, paths: i < size / 2 ? ["/a", `/b/${i}`] : ["/a"] })),
      }),
  },
  {
    name: "a policy with a rule of many paths",
    unit: "paths",
    from: 50,
    prepare: (size) => judge(rule({ paths: range(size, (i) => `/:x/a${i}/*/b`) })),
  },
  {
    name: "a policy with header and method names",
    unit: "names",
    from: 100,
    prepare: (size) =>
      judge(
        rule({
          allowHeaders: range(size, (i) => `x-${i}`),
          exposeHeaders: range(size, (i) => `y-${i}`),
          allowMethods: range(size, (i) => `M${i}`),
        }),
      ),
  },
  {
    name: "a document full of issues",
    unit: "issues",
    from: 100,
    prepare: (size) =>
      judge(rule({ allowOrigins: range(size, (i) => `HTTPS://a${i}.com/`), paths: range(size, () => "x") })),
  },
  {
    name: "a document full of unknown fields",
    unit: "fields",
    from: 100,
    prepare: (size) => judge({ ...rule({}), ...Object.fromEntries(range(size, (i) => [`f${i}`, i])) }),
  },
  {
    name: "a document nested deeply",
    unit: "levels",
    from: 500,
    prepare: (size) => judge(`${'{"rules":['.repeat(size)}${"]}".repeat(size)}`),
  },
  {
    name: "a document that is no JSON",
    unit: "characters",
    from: 2000,
    prepare: (size) => judge("{".padEnd(size)),
  },
];

const REQUESTS: readonly GrowthSubject[] = [
  {
    name: "an origin of one long label",
    unit: "characters",
    from: 100,
    prepare: (size) => () => parseOrigin(`https://${"a".repeat(size)}`),
  },
  {
    name: "an origin of labels, against wildcards",
    unit: "labels",
    from: 2,
    prepare: (size) => {
      const patterns = ["https://*.b.a.com", "https://x*.a.com:*"];
      const allowed = new AllowedOrigins(patterns.map((pattern) => ({ pattern, endsAt: undefined })));
      const origin = `https://${"a.".repeat(size)}com`;
      return () => allowed.judge(origin, NOW);
    },
  },
  {
    name: "an origin against gaps under one parent",
    unit: "gaps",
    from: 50,
    prepare: (size) =>
      ask(rule({ allowOrigins: range(size, (i) => `https://pr${i}-*.a.com`) }), "/", {
        ...PREFLIGHT,
        origin: "https://pr-7.a.com",
      }),
  },
  {
    name: "an origin beside others' last days",
    unit: "days",
    from: 100,
    prepare: (size) => {
      const patterns = range(size, (i) => ({ pattern: `https://a${i}.com`, endsAt: i + 1 }));
      const allowed = new AllowedOrigins(patterns);
      return () => allowed.judge("https://b.example.com", NOW);
    },
  },
  {
    name: "the nearest miss of an origin",
    unit: "patterns",
    from: 15,
    prepare: (size) => {
      const patterns = range(size, (i) => ({ pattern: `https://a${i}.example.com`, endsAt: undefined }));
      return () => nearestMiss(patterns, "https://b.example.com", NOW);
    },
  },
  {
    name: "requested headers of one long name",
    unit: "characters",
    from: 120,
    prepare: (size) => () => parseRequestedHeaders("a".repeat(size)),
  },
  {
    name: "requested headers of white space",
    unit: "characters",
    from: 120,
    prepare: (size) => () => parseRequestedHeaders(`a${" ".repeat(size)}b`),
  },
  {
    name: "requested headers, judged",
    unit: "names",
    from: 2,
    prepare: (size) =>
      ask(rule({ allowHeaders: ["*"], allowCredentials: true }), "/", {
        ...PREFLIGHT,
        "access-control-request-headers": range(size, (i) => `x-${i}`).join(","),
      }),
  },
  {
    name: "a path of segments, against wildcards",
    unit: "segments",
    from: 20,
    prepare: (size) => {
      const rules = new PathRules();
      const patterns = range(64, (i) => `/${range(12, (bit) => ((i >> bit) & 1 ? "a" : ":x")).join("/")}/*`);
      patterns.forEach((text, index) => {
        const pattern = parsePathPattern(text);
        if (pattern !== undefined) rules.add(pattern, index);
      });
      return () => rules.match("/a".repeat(size));
    },
  },
  {
    name: "a path of wildcards, against a path of letters",
    unit: "wildcards",
    from: 10,
    prepare: (size) => {
      const policy = rule({ paths: range(8, (i) => `/${range(size, (j) => (j % 8 === i ? "a" : ":x")).join("/")}`) });
      return ask(policy, "/a".repeat(size), PREFLIGHT);
    },
  },
  {
    name: "the readings of an encoded path",
    unit: "segments",
    from: 100,
    prepare: (size) => () => otherReadings("/%2e%2e%2f%5c//a".repeat(size)),
  },
  {
    name: "the readings of a path of slashes",
    unit: "slashes",
    from: 500,
    prepare: (size) => () => otherReadings(`${"/".repeat(size)}%61`),
  },
  {
    name: "a URL with a long path and query",
    unit: "characters",
    from: 500,
    prepare: (size) => () => parseRequestUrl(`https://api.example.com${"/a".repeat(size / 2)}?${"b".repeat(size)}`),
  },
  {
    name: "a URL with a long host",
    unit: "labels",
    from: 50,
    prepare: (size) => () => parseRequestUrl(`https://${"a.".repeat(size)}1/`),
  },
  {
    name: "a log line",
    unit: "characters",
    from: 500,
    prepare: (size) => {
      const log = createLog(
        () => NOW,
        () => undefined,
      );
      return () => log({ event: "denial", origin: "\u00fc".repeat(size), path: "\n".repeat(size) });
    },
  },
];

const LISTS: readonly GrowthSubject[] = [
  {
    name: "a shard, asked for an origin",
    unit: "origins",
    from: 100,
    prepare: (size) => {
      const text = `${range(size, (i) => `https://c${String(i).padStart(9, "0")}.example.com`).join("\n")}\n`;
      return () => shardHas(text, "https://c000000099.example.com");
    },
  },
  {
    name: "a damaged shard without line ends",
    unit: "characters",
    from: 2000,
    prepare: (size) => {
      const text = "a".repeat(size);
      return () => shardHas(text, "https://a.example.com");
    },
  },
  {
    name: "a damaged shard of line ends",
    unit: "characters",
    from: 2000,
    prepare: (size) => {
      const text = "\n".repeat(size);
      return () => shardHas(text, "https://a.example.com");
    },
  },
  {
    name: "a manifest",
    unit: "shards",
    from: 100,
    prepare: (size) => {
      const text = JSON.stringify({ version: 1, count: size, shards: range(size, (i) => String(i).padStart(32, "0")) });
      return () => parseManifest(text);
    },
  },
];

/** Everything whose cost must not grow faster than its input. */
export const GROWTH_SUBJECTS: readonly GrowthSubject[] = [...DOCUMENTS, ...REQUESTS, ...LISTS];
