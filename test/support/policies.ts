/** Policies, requests and decisions, as short as a test can say them. */

import type { RequestView } from "../../src/core/classify.ts";
import { type CompiledPolicy, compilePolicy } from "../../src/core/compile-policy.ts";
import type { Decision } from "../../src/core/decision.ts";
import type { PolicyDocument, RuleDocument } from "../../src/core/document-schema.ts";
import { diagnose } from "../../src/core/explain/diagnose.ts";
import { suggest } from "../../src/core/explain/suggest.ts";
import type { PolicyIssue } from "../../src/core/issue.ts";
import { parsePolicy } from "../../src/core/parse-policy.ts";

/** The origin that the rules of tests allow unless they say otherwise. */
export const APP = "https://app.example.com";

/** A document with these rules; what a rule leaves out is filled in: the name, and {@link APP} as the only origin. */
export function documentWith(...rules: object[]): { rules: object[] } {
  return {
    rules: rules.map((rule, index) => ({
      name: index === 0 ? "api" : `api-${index}`,
      allowOrigins: [APP],
      ...rule,
    })),
  };
}

/** The compiled policy of a document, which must be usable. */
export function policyFrom(document: object): CompiledPolicy {
  return compilePolicy(parsed(document));
}

/** The parsed document of {@link documentWith}. */
export function documentOf(...rules: Partial<RuleDocument>[]): PolicyDocument {
  return parsed(documentWith(...rules));
}

function parsed(document: object): PolicyDocument {
  const result = parsePolicy(JSON.stringify(document));
  if (!result.ok) throw new Error(`not a usable policy: ${JSON.stringify(result.issues)}`);
  return result.document;
}

/** The compiled policy of {@link documentWith}. */
export function policyWith(...rules: Partial<RuleDocument>[]): CompiledPolicy {
  return policyFrom(documentWith(...rules));
}

/** A request to a URL, or to a path of api.example.com. Header names are byte-lowercase. */
export function requestOf(method: string, url: string, headers: Readonly<Record<string, string>> = {}): RequestView {
  const { origin, pathname } = new URL(url.startsWith("/") ? `https://api.example.com${url}` : url);
  return {
    method,
    urlOrigin: origin,
    pathname,
    header: (name) => (Object.hasOwn(headers, name) ? (headers[name] ?? null) : null),
  };
}

/** All of a decision, with the rule by its name and header fields by theirs, in no order. */
export function outcomeOf({ rule, response, ...decision }: Decision) {
  const fields = Object.fromEntries(response.fields);
  if (Object.keys(fields).length < response.fields.length) {
    throw new Error(`a header field is named twice: ${JSON.stringify(response.fields)}`);
  }
  const { staleSeconds, ownResponse, routedBy, ...rest } = decision;
  return { ...rest, ...(staleSeconds > 0 && { staleSeconds }), ...response, rule: rule?.name, fields };
}

/** An issue with what to write instead. */
export type SuggestedIssue = PolicyIssue & { readonly suggestion?: string };

/** An issue as a person sees it: with what to write instead, and without the list of all fields there are. */
export function suggested(raw: PolicyIssue): SuggestedIssue {
  const issue = diagnose(raw);
  const suggestion = suggest(issue);
  const { expected, ...rest } = issue;
  return {
    ...rest,
    ...(suggestion !== undefined && { suggestion }),
    ...(expected !== undefined && issue.code !== "field-unknown" && { expected }),
  };
}
