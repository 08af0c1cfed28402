/**
 * The shape of a policy document, as it is stored in KV and in policies/.
 * The editors' JSON schema is generated from it; what a shape cannot say is in parse-policy.ts.
 */

import * as v from "valibot";

const text = v.string();
const texts = v.array(text);

/** An origin with an end or an owner. */
export const OriginEntrySchema = v.strictObject({
  origin: text,
  expires: v.optional(text),
  owner: v.optional(text),
  note: v.optional(text),
});

const RuleSchema = v.strictObject({
  name: v.pipe(text, v.regex(/^[a-z][a-z0-9-]{0,63}$/)),
  paths: v.optional(v.pipe(texts, v.minLength(1)), () => ["/*"]),
  allowOrigins: v.pipe(v.array(v.union([text, OriginEntrySchema])), v.minLength(1)),
  allowMethods: v.optional(texts, () => ["GET", "HEAD", "POST"]),
  allowHeaders: v.optional(texts, () => []),
  exposeHeaders: v.optional(texts, () => []),
  allowCredentials: v.optional(v.boolean(), false),
  maxAge: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86400)), 7200),
  onDenied: v.optional(v.picklist(["block", "forward"]), "block"),
  upstream: v.optional(text),
  timingAllowOrigin: v.optional(v.boolean(), false),
  resourcePolicy: v.optional(v.picklist(["same-origin", "same-site", "cross-origin"])),
  dangerouslyAllow: v.optional(
    v.array(v.picklist(["insecure-origin", "public-suffix-wildcard", "null-origin"])),
    () => [],
  ),
});

/** The schema of a policy document; its output has every default filled in. */
export const DocumentSchema = v.strictObject({
  $schema: v.optional(text),
  mode: v.optional(v.picklist(["enforce", "report-only"]), "enforce"),
  upstream: v.optional(text),
  upstreamTimeout: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(300)), 30),
  dangerouslyAllow: v.optional(v.array(v.picklist(["insecure-upstream"])), () => []),
  rules: v.pipe(v.array(RuleSchema), v.minLength(1)),
});

/** A policy document whose shape is right, defaults filled in. */
export type PolicyDocument = v.InferOutput<typeof DocumentSchema>;

/** A rule of a policy document, defaults filled in. */
export type RuleDocument = PolicyDocument["rules"][number];

/** An entry of `allowOrigins`. */
export type OriginEntry = RuleDocument["allowOrigins"][number];

/** The names of the fields that a document, a rule and an entry of `allowOrigins` may have. */
export const DOCUMENT_FIELDS: readonly string[] = Object.keys(DocumentSchema.entries);
export const RULE_FIELDS: readonly string[] = Object.keys(RuleSchema.entries);
export const ORIGIN_ENTRY_FIELDS: readonly string[] = Object.keys(OriginEntrySchema.entries);
