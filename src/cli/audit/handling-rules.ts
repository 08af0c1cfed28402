/** What is unwise about where requests go, what becomes of denied ones, and which dangers are meant. */

import { listsNamedBy } from "../../core/compare/named-lists.ts";
import type { PolicyDocument, RuleDocument } from "../../core/document-schema.ts";
import type { Keys } from "../../core/issue.ts";
import { isLoopback } from "../../core/origin.ts";
import { isPublicSuffixWildcard } from "../public-suffix.ts";
import { allowedOrigins, allowsAnyOrigin, isInsecureOrigin } from "./allowed-origins.ts";
import { type AuditRule, type Hit, listed } from "./audit-rule.ts";

interface NamedUpstream {
  readonly keys: Keys;
  readonly text: string;
  readonly url: URL;
}

function upstreamsOf({ upstream, rules }: PolicyDocument): NamedUpstream[] {
  const named: { keys: Keys; text: string | undefined }[] = [
    { keys: ["upstream"], text: upstream },
    ...rules.map((rule, index) => ({ keys: ["rules", index, "upstream"], text: rule.upstream })),
  ];
  return named.flatMap(({ keys, text }) => (text === undefined ? [] : [{ keys, text, url: new URL(text) }]));
}

function isPlainHttp({ url }: NamedUpstream): boolean {
  return url.protocol === "http:" && !isLoopback(url.hostname);
}

const HTTP_UPSTREAM: AuditRule = {
  code: "http-upstream",
  severity: "high",
  title: "Plain http to the upstream",
  why: "Whoever is on the way reads and changes requests and answers, cookies and tokens included",
  advice: "Write `https://`; give the upstream a certificate, or reach it through a tunnel",
  find: ({ document }) =>
    upstreamsOf(document)
      .filter(isPlainHttp)
      .map(({ keys, text }) => ({
        keys,
        message: `requests travel to "${text}" in clear text`,
        fix: JSON.stringify(text.replace(/^http:/i, "https:")),
      })),
};

const LOOPBACK_UPSTREAM: AuditRule = {
  code: "loopback-upstream",
  severity: "medium",
  title: "An upstream on the gateway's own machine",
  why: "At the edge nothing listens there: every request ends with 502",
  advice: "Write the upstream's public URL; keep loopback for the policy of a hostname for development",
  find: ({ hostname, document }) =>
    upstreamsOf(document)
      .filter(({ url }) => !isLoopback(hostname) && isLoopback(url.hostname))
      .map(({ keys, text }) => ({
        keys,
        message: `${hostname} sends requests to "${text}", which is the gateway's own machine`,
        fix: '"https://origin.example.net"',
      })),
};

/** Words of a path that receives what other sites post: sign-in, payment, learning platforms. */
const CALLBACK = /(?:^|[^a-z0-9])(?:callback|acs|saml2?|sso|oidc|postback|3ds|lti)(?:$|[^a-z0-9])/i;

function callbacksIn({ paths }: RuleDocument): { path: string; index: number }[] {
  return paths.map((path, index) => ({ path, index })).filter(({ path }) => CALLBACK.test(path));
}

const CALLBACK_BLOCKED: AuditRule = {
  code: "callback-blocked",
  severity: "medium",
  title: "Cross-site POSTs are blocked where they are due",
  why: "Single sign-on and payment providers send the user back by a form POST with their own `Origin`; it gets 403, and the sign-in fails",
  advice:
    'Give the path a rule of its own, before the others, with `"onDenied": "forward"`; the API must tell a forged POST from a real one',
  find: ({ document }) =>
    document.rules.flatMap((rule, ruleIndex) => {
      const letsPostsIn = allowsAnyOrigin(rule) && rule.allowMethods.some((method) => /^(?:POST|\*)$/.test(method));
      if (rule.onDenied === "forward" || letsPostsIn || document.mode === "report-only") return [];
      return callbacksIn(rule).map(({ path, index }) => ({
        keys: ["rules", ruleIndex, "paths", index],
        message: `"${path}" looks like a path that other sites post to, and the rule "${rule.name}" blocks them`,
        fix: `a rule of its own before this one: "paths": ["${path}"], "onDenied": "forward"`,
      }));
    }),
};

const FORWARD_UNNEEDED: AuditRule = {
  code: "forward-unneeded",
  severity: "medium",
  title: "Denied requests are forwarded without need",
  why: "The page cannot read the answer, but what the request does at the upstream is done: a forged POST gets through",
  advice: 'Write `"onDenied": "block"`; keep `forward` for a rule whose paths receive other sites\' POSTs alone',
  find: ({ document }) =>
    document.rules.flatMap((rule, index): Hit[] =>
      rule.onDenied === "forward" && callbacksIn(rule).length === 0
        ? [
            {
              keys: ["rules", index, "onDenied"],
              message: `the rule "${rule.name}" forwards denied requests, and none of its paths looks like one that other sites post to`,
              fix: '"onDenied": "block"',
            },
          ]
        : [],
    ),
};

const NOT_ENFORCED: AuditRule = {
  code: "not-enforced",
  severity: "medium",
  title: "The policy is not enforced",
  why: "Decisions are only said and logged; the upstream's own CORS is in force",
  advice: 'When the log shows no surprise any more: `"mode": "enforce"`',
  find: ({ document }) =>
    document.mode === "report-only"
      ? [{ keys: ["mode"], message: "the policy only reports, and enforces nothing", fix: '"mode": "enforce"' }]
      : [],
};

type Danger = (PolicyDocument | RuleDocument)["dangerouslyAllow"][number];

interface Acknowledgement {
  readonly keys: Keys;
  readonly danger: Danger;
  /** What is let in by it; empty where nothing needs it. */
  readonly uses: readonly string[];
}

function acknowledgementsOf(document: PolicyDocument): Acknowledgement[] {
  const insecure = upstreamsOf(document).filter(isPlainHttp);
  return [
    ...document.dangerouslyAllow.map((danger, index) => ({
      keys: ["dangerouslyAllow", index],
      danger,
      uses: insecure.map(({ text }) => text),
    })),
    ...document.rules.flatMap((rule, ruleIndex) =>
      rule.dangerouslyAllow.map((danger, index) => ({
        keys: ["rules", ruleIndex, "dangerouslyAllow", index],
        danger,
        uses: usesOf(danger, rule, document),
      })),
    ),
  ];
}

function usesOf(danger: RuleDocument["dangerouslyAllow"][number], rule: RuleDocument, document: PolicyDocument) {
  const origins = allowedOrigins({ ...document, rules: [rule] });
  switch (danger) {
    case "null-origin":
      return origins.filter(({ pattern }) => pattern.kind === "opaque").map(({ origin }) => origin);
    case "public-suffix-wildcard":
      return origins
        .filter(({ pattern }) => rule.allowCredentials && isPublicSuffixWildcard(pattern))
        .map(({ origin }) => origin);
    case "insecure-origin": {
      if (!rule.allowCredentials) return [];
      const lists = [...listsNamedBy([rule])].map((name) => `http: origins of the list "${name}"`);
      return [...origins.filter(({ pattern }) => isInsecureOrigin(pattern)).map(({ origin }) => origin), ...lists];
    }
  }
}

/** What comes of each danger. */
const DANGERS: Readonly<Record<Danger, string>> = {
  "insecure-origin": "a page over plain http acts as the logged-in user, and whoever is on the network can write it",
  "public-suffix-wildcard": "anybody can register a name there, and act as the logged-in user",
  "null-origin": "every sandboxed frame on any site sends it",
  "insecure-upstream": "requests travel in clear text",
};

const DANGER_ACKNOWLEDGED: AuditRule = {
  code: "danger-acknowledged",
  severity: "high",
  title: "A danger that somebody took on",
  why: "What is refused by default was allowed on purpose; the reason may be gone, and the danger is not",
  advice:
    "Remove what needs it, then the word in `dangerouslyAllow`; as long as it is needed, say why in the entry's `note`",
  find: ({ document }) =>
    acknowledgementsOf(document)
      .filter(({ uses }) => uses.length > 0)
      .map(({ keys, danger, uses }) => ({
        keys,
        message: `"${danger}" lets in ${listed(uses)}: ${DANGERS[danger]}`,
        fix: `remove ${listed(uses)}, then "${danger}"`,
      })),
};

const DANGER_UNNEEDED: AuditRule = {
  code: "danger-unneeded",
  severity: "low",
  title: "A danger that nothing needs",
  why: "The next dangerous entry is let in without anybody being asked",
  advice: "Remove the word from `dangerouslyAllow`",
  find: ({ document }) =>
    acknowledgementsOf(document)
      .filter(({ uses }) => uses.length === 0)
      .map(({ keys, danger }) => ({
        keys,
        message: `"${danger}" is acknowledged, and nothing here needs it`,
        fix: `remove "${danger}"`,
      })),
};

export const HANDLING_RULES: readonly AuditRule[] = [
  DANGER_ACKNOWLEDGED,
  HTTP_UPSTREAM,
  LOOPBACK_UPSTREAM,
  NOT_ENFORCED,
  FORWARD_UNNEEDED,
  CALLBACK_BLOCKED,
  DANGER_UNNEEDED,
];
