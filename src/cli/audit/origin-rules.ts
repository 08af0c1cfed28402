/** What is unwise about the origins that a policy allows. */

import type { RuleDocument } from "../../core/document-schema.ts";
import { NON_WILDCARD_REQUEST_HEADER, SAFELISTED_METHODS } from "../../core/http-names.ts";
import { isLoopback } from "../../core/origin.ts";
import type { OriginPattern } from "../../core/origin-pattern.ts";
import { expiryOf } from "../check-policies.ts";
import { count } from "../count.ts";
import { isPublicSuffixWildcard } from "../public-suffix.ts";
import { allowedOrigins, allowsAnyOrigin, isLoopbackOrigin } from "./allowed-origins.ts";
import { type AuditedPolicy, type AuditRule, type Hit, listed } from "./audit-rule.ts";
import { findLookAlikes } from "./look-alikes.ts";

const ANY_ORIGIN: AuditRule = {
  code: "any-origin",
  severity: "medium",
  title: "Any origin where a list would do",
  why: "Every page on the web may send what changes data, or a token; few APIs are meant for pages that nobody knows",
  advice: 'List the origins; or keep `"*"` for GET, HEAD and POST without `authorization`',
  find: ({ document }) =>
    document.rules.flatMap((rule, index): Hit[] => {
      const powers = powersOf(rule);
      if (!allowsAnyOrigin(rule) || powers.length === 0) return [];
      return [
        {
          keys: ["rules", index, "allowOrigins", 0],
          message: `any page may send ${listed(powers)} under the rule "${rule.name}"`,
          fix: 'list the origins: "allowOrigins": ["https://app.example.com"]',
        },
      ];
    }),
};

/** What a public read-only API has no use for. */
function powersOf({ allowMethods, allowHeaders }: RuleDocument): string[] {
  const methods = allowMethods
    .filter((method) => !SAFELISTED_METHODS.has(method))
    .map((method) => (method === "*" ? "every method" : method));
  const sendsTokens = allowHeaders.some((name) => name.toLowerCase() === NON_WILDCARD_REQUEST_HEADER);
  return sendsTokens ? [...methods, "authorization"] : methods;
}

const OPEN_WILDCARD: AuditRule = {
  code: "public-suffix-wildcard",
  severity: "medium",
  title: "A wildcard over a domain that is open to all",
  why: "Anybody can register a name there within minutes, so the wildcard is as good as any origin",
  advice: "List the names that are yours, or put them under a domain of your own",
  find: ({ document }) =>
    allowedOrigins(document)
      // With credentials it is refused, or acknowledged and said so.
      .filter(({ rule, pattern }) => !rule.allowCredentials && isPublicSuffixWildcard(pattern))
      .map(({ keys, origin }) => ({
        keys,
        message: `anybody can register a name that "${origin}" allows`,
        fix: `the names that are yours: "${origin.replace("*", "my-name")}"`,
      })),
};

const LOOK_ALIKE: AuditRule = {
  code: "look-alike-host",
  severity: "medium",
  title: "Hosts that are easily taken for one another",
  why: "One of the two may be a slip of the pen, or a domain that somebody registered to be overlooked; it reads all that the other may read",
  advice: "Remove the one that is not yours; if both are, say in `owner` and `note` whose they are",
  find: ({ document }) => {
    const origins = allowedOrigins(document).flatMap((allowed) => {
      const host = hostOf(allowed.pattern);
      return host === undefined ? [] : [{ ...allowed, host }];
    });
    const firstOf = new Map(origins.toReversed().map((allowed) => [allowed.host, allowed]));
    return findLookAlikes(origins.map(({ host }) => host)).flatMap(({ host, resembles, shownAs, how }) => {
      const allowed = firstOf.get(host);
      if (allowed === undefined) return [];
      const what = shownAs === undefined ? `"${allowed.origin}"` : `"${allowed.origin}" (${shownAs})`;
      return [
        {
          keys: allowed.keys,
          message:
            how === "looks the same"
              ? `${what} looks like ${resembles}, which is allowed too`
              : `${what} is one letter from ${resembles}, which is allowed too`,
          fix: "remove the one that is not yours",
        },
      ];
    });
  },
};

/** The host that a pattern names, or the domain that its wildcard is under. */
function hostOf(pattern: OriginPattern): string | undefined {
  if (pattern.kind !== "tuple") return undefined;
  return pattern.host.kind === "exact" ? pattern.host.host : pattern.host.parent;
}

const LOOPBACK_ORIGIN: AuditRule = {
  code: "loopback-origin",
  severity: "medium",
  title: "A developer's machine in a production policy",
  why: "Whatever runs on that port of anybody's machine, a forgotten tool included, may call the production API as its user",
  advice: "Leave it out; allow it in the policy of a hostname for development",
  find: ({ hostname, document }) =>
    allowedOrigins(document)
      .filter(({ pattern }) => !isLoopback(hostname) && isLoopbackOrigin(pattern))
      .map(({ keys, rule, origin }) => ({
        keys,
        message: `"${origin}" may call ${hostname}${rule.allowCredentials ? " with credentials" : ""}`,
        fix: `remove it here; for development: cors-gateway init localhost --origin '${origin}'`,
      })),
};

/** The entries whose last day has come, or is near. */
function entriesThat(state: "origin-expired" | "origin-expiring", { document, now }: AuditedPolicy) {
  return allowedOrigins(document).flatMap(({ keys, origin, owner, expires }) =>
    expires !== undefined && expiryOf(expires, now) === state ? [{ keys, origin, owner, expires }] : [],
  );
}

const EXPIRING: AuditRule = {
  code: "origin-expiring",
  severity: "medium",
  title: "An origin that is soon denied",
  why: "Within 30 days its pages stop working, and whoever owns them may not know",
  advice: "Ask the owner: move `expires`, or let it end and remove the entry",
  find: (policy) =>
    entriesThat("origin-expiring", policy).map(({ keys, origin, expires, owner }) => ({
      keys,
      message: `"${origin}" is denied after ${expires}`,
      fix: `ask ${owner === undefined ? "whoever owns it" : `its owner, ${owner}`}: a later "expires", or no entry`,
    })),
};

const EXPIRED: AuditRule = {
  code: "origin-expired",
  severity: "low",
  title: "An origin that is no longer allowed",
  why: "The entry does nothing but come back to life by a careless edit of its date",
  advice: "Remove the entry",
  find: (policy) =>
    entriesThat("origin-expired", policy).map(({ keys, origin, expires }) => ({
      keys,
      message: `"${origin}" is denied since the end of ${expires}`,
      fix: "remove the entry",
    })),
};

const OWNER_MISSING: AuditRule = {
  code: "owner-missing",
  severity: "low",
  title: "Origins that nobody owns",
  why: "Nobody can be asked whether the origin is still needed, so it is never removed",
  advice: 'Write the entry as an object, with `"owner": "team-web"` beside `"origin"`',
  find: ({ document }) =>
    document.rules.flatMap((rule, index): Hit[] => {
      const owned = allowedOrigins({ ...document, rules: [rule] }).filter(
        ({ pattern }) => pattern.kind === "tuple" && !isLoopbackOrigin(pattern),
      );
      const [first, ...more] = owned.filter(({ owner }) => owner === undefined);
      if (first === undefined) return [];
      return [
        {
          keys: ["rules", index, "allowOrigins"],
          message: `${(more.length + 1).toLocaleString("en-US")} of ${count(owned.length, "origin")} of the rule "${rule.name}" ${more.length === 0 ? "has" : "have"} no owner`,
          fix: `"owner": "team-web" beside "origin": "${first.origin}"`,
        },
      ];
    }),
};

export const ORIGIN_RULES: readonly AuditRule[] = [
  ANY_ORIGIN,
  OPEN_WILDCARD,
  LOOK_ALIKE,
  LOOPBACK_ORIGIN,
  EXPIRING,
  EXPIRED,
  OWNER_MISSING,
];
