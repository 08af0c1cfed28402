/** Expectations: what must stay true of a policy, as policies/expect/<hostname>.json says it. */

import { LIST_REFERENCE, type ListReference } from "../document-schema.ts";
import type { Keys, Report } from "../issue.ts";
import { describeEntry } from "../origin-entry.ts";
import { parseOriginPattern } from "../origin-pattern.ts";
import { type Parsed, parseChecked } from "../parse-policy.ts";
import { parsePathPattern } from "../path-pattern.ts";
import { checkMethods, checkRequestHeaders } from "../policy-checks.ts";
import { type Field, isRecord, type Shape } from "../shape.ts";

/** One expectation, as it is written. */
export interface Expectation {
  /** Who: an origin, or a pattern for all that it matches. */
  readonly origin?: string;
  /** A method and the paths, as `PUT /v1/orders/*`. Exactly one of the three is there. */
  readonly can?: string;
  /** Without a method: by any. */
  readonly cannot?: string;
  readonly nobody?: string;
  /** Names of request headers. */
  readonly with?: readonly string[];
  readonly credentials?: boolean;
  /** Who may, although nobody may. */
  readonly except?: readonly (string | ListReference)[];
}

/** The document of expectations about a hostname. */
export interface ExpectationDocument {
  readonly $schema?: string;
  readonly expect: readonly Expectation[];
}

const TEXT: Shape = { type: "string" };

const EXPECTATION = {
  origin: { shape: TEXT },
  can: { shape: TEXT },
  cannot: { shape: TEXT },
  nobody: { shape: TEXT },
  with: { shape: { type: "list", of: TEXT, mayBeEmpty: false } },
  credentials: { shape: { type: "boolean" } },
  except: {
    shape: {
      type: "list",
      of: { type: "string-or-object", objects: [{ type: "object", fields: LIST_REFERENCE }] },
      mayBeEmpty: false,
    },
  },
} as const satisfies { readonly [Name in keyof Required<Expectation>]: Field };

/** The shape of a document of expectations. */
export const EXPECTATIONS_SHAPE: Shape = {
  type: "object",
  fields: {
    $schema: { shape: TEXT },
    expect: {
      shape: { type: "list", of: { type: "object", fields: EXPECTATION }, mayBeEmpty: false },
      isRequired: true,
    },
  },
};

/** A method, absent for any, and a path pattern. */
export interface ExpectedRequest {
  readonly method: string | undefined;
  readonly path: string;
}

/** Parses `METHOD /path` or `/path`; undefined where it is neither. The path is not looked at. */
export function parseExpectedRequest(text: string): ExpectedRequest | undefined {
  const [, method, path] = /^(?:(\S+) +)?(\/\S*)$/.exec(text) ?? [];
  return path === undefined ? undefined : { method, path };
}

/** Parses a document of expectations, and reports every issue at once. Never throws. */
export function parseExpectations(text: string): Parsed<ExpectationDocument> {
  return parseChecked<ExpectationDocument>(text, EXPECTATIONS_SHAPE, (json, report) => {
    if (!isRecord(json) || !Array.isArray(json.expect)) return;
    json.expect.forEach((expectation: unknown, index) => {
      if (isRecord(expectation)) checkExpectation(expectation, ["expect", index], report);
    });
  });
}

const VERBS = ["can", "cannot", "nobody"];

function checkExpectation(expectation: Record<string, unknown>, at: Keys, report: Report): void {
  const verbs = VERBS.filter((verb) => Object.hasOwn(expectation, verb));
  const isAboutNobody = verbs[0] === "nobody";
  const isByAnyMethod = verbs.some((verb) => {
    const request = expectation[verb];
    return verb !== "can" && typeof request === "string" && request.startsWith("/");
  });
  const sendsMore = Object.hasOwn(expectation, "with") || expectation.credentials === true;
  const isClear =
    verbs.length === 1 &&
    Object.hasOwn(expectation, "origin") !== isAboutNobody &&
    (isAboutNobody || !Object.hasOwn(expectation, "except")) &&
    // By any method is also by a WebSocket, which takes no header fields and always has its cookies.
    !(isByAnyMethod && sendsMore);
  if (!isClear) report("expectation-unclear", at);
  for (const verb of verbs) checkRequest(expectation[verb], verb !== "can", [...at, verb], report);
  checkOrigin(expectation.origin, [...at, "origin"], report);
  checkSentHeaders(expectation.with, [...at, "with"], report);
  if (!Array.isArray(expectation.except)) return;
  for (const [index, entry] of expectation.except.entries()) checkOrigin(entry, [...at, "except", index], report);
}

function checkRequest(text: unknown, mayLackMethod: boolean, at: Keys, report: Report): void {
  if (typeof text !== "string") return;
  const request = parseExpectedRequest(text);
  // `*` would be asked for literally, and is no word for any method: that one is left out.
  if (request === undefined || request.method === "*" || (request.method === undefined && !mayLackMethod)) {
    const expected = `a method and a path, as "PUT /v1/orders/*"${mayLackMethod ? ", or a path for any method" : ""}`;
    report("expectation-request-invalid", at, { found: text, expected });
    return;
  }
  // Each issue names the place as a whole: a part of a text has no pointer.
  const here: Report = (code, _, details) => report(code, at, details);
  if (request.method !== undefined) checkMethods([request.method], [], here);
  if (parsePathPattern(request.path) === undefined) report("path-invalid", at, { found: request.path });
}

function checkSentHeaders(names: unknown, at: Keys, report: Report): void {
  checkRequestHeaders(names, at, report);
  if (Array.isArray(names) && names.includes("*")) report("expectation-header-any", at);
}

function checkOrigin(text: unknown, at: Keys, report: Report): void {
  if (typeof text === "string" && parseOriginPattern(text) === undefined) report("origin-invalid", at, { found: text });
}

/**
 * An expectation as a sentence.
 * @example describeExpectation({ nobody: "GET /admin/*" }) // "nobody can GET /admin/*"
 */
export function describeExpectation(expectation: Expectation): string {
  const { origin, can, cannot, nobody, with: names = [], credentials, except = [] } = expectation;
  const who = nobody === undefined ? (origin === "*" ? "any origin" : origin) : "nobody";
  const what = can ?? cannot ?? nobody ?? "";
  const request = what.startsWith("/") ? `use any method on ${what}` : what;
  const sends = [...names, ...(credentials === true ? ["credentials"] : [])];
  const withWhat = sends.length === 0 ? "" : ` with ${sends.join(", ")}`;
  const but = except.map(describeEntry).join(", ");
  return `${who} ${cannot === undefined ? "can" : "cannot"} ${request}${withWhat}${but === "" ? "" : `, but ${but}`}`;
}
