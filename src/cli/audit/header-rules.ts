/** What is unwise about the methods and headers that a policy lets pass, and about how long it is remembered. */

import type { RuleDocument } from "../../core/document-schema.ts";
import type { AuditRule, Hit } from "./audit-rule.ts";

type ListField = "allowMethods" | "allowHeaders" | "exposeHeaders";

/** Finds the names of one list field that a test picks. */
function findNames(
  field: ListField,
  isFound: (name: string) => boolean,
  describe: (name: string, rule: RuleDocument) => Omit<Hit, "keys">,
): AuditRule["find"] {
  return ({ document }) =>
    document.rules.flatMap((rule, ruleIndex) =>
      rule[field].flatMap((name, index) =>
        isFound(name) ? [{ keys: ["rules", ruleIndex, field, index], ...describe(name, rule) }] : [],
      ),
    );
}

const isWildcard = (name: string) => name === "*";

const METHODS_WILDCARD: AuditRule = {
  code: "methods-wildcard",
  severity: "medium",
  title: "Any method",
  why: "A method that the API learns next year is open to other origins the same day, and nobody decides it",
  advice: 'Name the methods: `"allowMethods": ["GET", "PUT"]`',
  find: findNames("allowMethods", isWildcard, (_, { name }) => ({
    message: `the rule "${name}" allows every method`,
    fix: 'the methods that are called: "allowMethods": ["GET", "POST", "PUT"]',
  })),
};

const HEADERS_WILDCARD: AuditRule = {
  code: "headers-wildcard",
  severity: "low",
  title: "Any request header",
  why: "Pages may set whatever header the upstream happens to trust, such as `x-http-method-override` or `x-user-id`",
  advice: 'Name the headers: `"allowHeaders": ["content-type"]`',
  find: findNames("allowHeaders", isWildcard, (_, { name }) => ({
    message: `the rule "${name}" allows every request header`,
    fix: 'the headers that pages set: "allowHeaders": ["content-type"]',
  })),
};

const EXPOSED_WILDCARD: AuditRule = {
  code: "exposed-wildcard",
  severity: "low",
  title: "Every response header can be read",
  why: "Page script reads whatever the upstream sends, now and after its next update: versions, internal names, tokens",
  advice: 'Name the headers: `"exposeHeaders": ["etag"]`',
  find: findNames("exposeHeaders", isWildcard, (_, { name }) => ({
    message: `the rule "${name}" exposes every response header`,
    fix: 'the headers that script reads: "exposeHeaders": ["etag"]',
  })),
};

/** Whole words of a header name that say that its value lets its bearer in. */
const SECRET =
  /(?:^|-)(?:authorization|(?<!page-|continuation-)token|jwt|csrf|xsrf|secret|session|sessionid|password|api-?key)(?:-|$)/i;

const EXPOSED_SECRET: AuditRule = {
  code: "exposed-secret",
  severity: "medium",
  title: "A token that page script can read",
  why: "Script that is injected into any one of the allowed pages can carry the token away and use it elsewhere",
  advice:
    "Leave it out of `exposeHeaders`; send tokens in the body of the one response that needs them, or as an HttpOnly cookie",
  find: findNames(
    "exposeHeaders",
    (name) => SECRET.test(name),
    (name) => ({
      message: `page script can read "${name}", which looks like a token`,
      fix: "remove it from exposeHeaders, unless script needs the very value",
    }),
  ),
};

/** Headers by which servers say what they are made of. */
const INTERNALS =
  /^(?:server|via|x-powered-by|x-aspnet(?:mvc)?-version|x-runtime|x-generator|x-debug(?:-.*)?|x-backend(?:-.*)?|x-upstream(?:-.*)?|x-served-by|x-server(?:-.*)?|x-host|x-envoy-.*|x-varnish|x-amz-(?!meta-|version-id|request-id|checksum-).*|x-amzn-remapped-.*)$/i;

const EXPOSED_INTERNALS: AuditRule = {
  code: "exposed-internals",
  severity: "low",
  title: "What servers say about themselves",
  why: "Names and versions of servers spare an attacker the search for what they are vulnerable to; no page needs them",
  advice: "Leave it out of `exposeHeaders`",
  find: findNames(
    "exposeHeaders",
    (name) => INTERNALS.test(name),
    (name) => ({
      message: `page script can read "${name}", which is about the servers behind the API`,
      fix: "remove it from exposeHeaders",
    }),
  ),
};

/** What Chromium keeps a preflight's answer for, at most; Firefox goes to 86,400, WebKit to 600. Seconds. */
const MAX_HONOURED_AGE = 7200;

const MAX_AGE: AuditRule = {
  code: "max-age-too-long",
  severity: "low",
  title: "A preflight is to be remembered longer than browsers do",
  why: "Chromium keeps it for 7200 s at most, WebKit for 600; Firefox alone goes to 86400, and there a revoked method lives on",
  advice: 'Write at most 7200, the default: `"maxAge": 7200`',
  find: ({ document }) =>
    document.rules.flatMap(({ name, maxAge }, index) =>
      maxAge > MAX_HONOURED_AGE
        ? [
            {
              keys: ["rules", index, "maxAge"],
              message: `the rule "${name}" asks for ${maxAge} s, and Chromium keeps a preflight's answer for ${MAX_HONOURED_AGE} s`,
              fix: `"maxAge": ${MAX_HONOURED_AGE}`,
            },
          ]
        : [],
    ),
};

export const HEADER_RULES: readonly AuditRule[] = [
  METHODS_WILDCARD,
  HEADERS_WILDCARD,
  EXPOSED_WILDCARD,
  EXPOSED_SECRET,
  EXPOSED_INTERNALS,
  MAX_AGE,
];
