/** What a policy document looks like, as it is stored in KV and in policies/. What a shape cannot say is in policy-checks.ts. */

import type { Field, Shape } from "./shape.ts";

/** An origin with an end or an owner. */
export interface DatedOrigin {
  readonly origin: string;
  /** The last day on which it is allowed, UTC: `2027-01-31`. */
  readonly expires?: string;
  readonly owner?: string;
  readonly note?: string;
}

/** A huge list of exact origins, kept apart in KV. */
export interface ListReference {
  readonly list: string;
}

/** An entry of `allowOrigins`. */
export type OriginEntry = string | DatedOrigin | ListReference;

/** A rule of a policy document, defaults filled in. */
export interface RuleDocument {
  readonly name: string;
  readonly paths: readonly string[];
  readonly allowOrigins: readonly OriginEntry[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** Seconds. */
  readonly maxAge: number;
  readonly onDenied: "block" | "forward";
  readonly upstream?: string;
  readonly timingAllowOrigin: boolean;
  readonly resourcePolicy?: "same-origin" | "same-site" | "cross-origin";
  /** Name of a rate-limit binding. */
  readonly rateLimit?: string;
  readonly isolation: boolean;
  readonly dangerouslyAllow: readonly ("insecure-origin" | "public-suffix-wildcard" | "null-origin")[];
}

/** A policy document whose shape is right, defaults filled in. */
export interface PolicyDocument {
  readonly $schema?: string;
  readonly mode: "enforce" | "report-only";
  readonly upstream?: string;
  /** Seconds. */
  readonly upstreamTimeout: number;
  readonly dangerouslyAllow: readonly "insecure-upstream"[];
  readonly rules: readonly RuleDocument[];
}

/** Every field of a type, and no other. */
type FieldsOf<Document> = { readonly [Name in keyof Required<Document>]: Field };

const TEXT: Shape = { type: "string" };
const TEXTS: Shape = { type: "list", of: TEXT, mayBeEmpty: true };
/** How rules and lists may be called. */
const NAME: Shape = { type: "string", pattern: /^[a-z][a-z0-9-]{0,63}$/ };
/** How bindings may be called: as in script. */
const BINDING: Shape = { type: "string", pattern: /^[A-Za-z_]\w{0,63}$/ };
const FLAG: Field = { shape: { type: "boolean" }, usual: false };
const OPTIONAL_TEXT: Field = { shape: TEXT };

const DATED_ORIGIN = {
  origin: { shape: TEXT, isRequired: true },
  expires: OPTIONAL_TEXT,
  owner: OPTIONAL_TEXT,
  note: OPTIONAL_TEXT,
} as const satisfies FieldsOf<DatedOrigin>;

const LIST_REFERENCE = { list: { shape: NAME, isRequired: true } } as const satisfies FieldsOf<ListReference>;

const ORIGIN: Shape = {
  type: "string-or-object",
  objects: [
    { type: "object", fields: DATED_ORIGIN },
    { type: "object", fields: LIST_REFERENCE },
  ],
};

const RULE = {
  name: { shape: NAME, isRequired: true },
  paths: { shape: { type: "list", of: TEXT, mayBeEmpty: false }, usual: ["/*"] },
  allowOrigins: { shape: { type: "list", of: ORIGIN, mayBeEmpty: false }, isRequired: true },
  allowMethods: { shape: TEXTS, usual: ["GET", "HEAD", "POST"] },
  allowHeaders: { shape: TEXTS, usual: [] },
  exposeHeaders: { shape: TEXTS, usual: [] },
  allowCredentials: FLAG,
  maxAge: { shape: { type: "number", least: 0, most: 86400, isWhole: true }, usual: 7200 },
  onDenied: { shape: { type: "enum", values: ["block", "forward"] }, usual: "block" },
  upstream: OPTIONAL_TEXT,
  timingAllowOrigin: FLAG,
  resourcePolicy: { shape: { type: "enum", values: ["same-origin", "same-site", "cross-origin"] } },
  rateLimit: { shape: BINDING },
  isolation: FLAG,
  dangerouslyAllow: {
    shape: {
      type: "list",
      of: { type: "enum", values: ["insecure-origin", "public-suffix-wildcard", "null-origin"] },
      mayBeEmpty: true,
    },
    usual: [],
  },
} as const satisfies FieldsOf<RuleDocument>;

const DOCUMENT = {
  $schema: OPTIONAL_TEXT,
  mode: { shape: { type: "enum", values: ["enforce", "report-only"] }, usual: "enforce" },
  upstream: OPTIONAL_TEXT,
  upstreamTimeout: { shape: { type: "number", least: 1, most: 300, isWhole: false }, usual: 30 },
  dangerouslyAllow: {
    shape: { type: "list", of: { type: "enum", values: ["insecure-upstream"] }, mayBeEmpty: true },
    usual: [],
  },
  rules: {
    shape: { type: "list", of: { type: "object", fields: RULE }, mayBeEmpty: false },
    isRequired: true,
  },
} as const satisfies FieldsOf<PolicyDocument>;

/** The shape of a policy document. */
export const DOCUMENT_SHAPE: Shape = { type: "object", fields: DOCUMENT };
