/** The JSON schemas that give editors completion and validation: `npm run schema` writes them into policies/. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { DOCUMENT_SHAPE } from "../core/document-schema.ts";
import { EXPECTATIONS_SHAPE } from "../core/expect/expectations.ts";
import type { Field, Shape } from "../core/shape.ts";

/** A generated file. */
export interface SchemaFile {
  readonly path: string;
  readonly text: string;
}

/** What editors show for a field; kept out of the schema itself, because that one is in the Worker. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  $schema: "Gives editors completion and validation.",
  mode: "enforce: as the rules say. report-only: decide, say and log, but change nothing.",
  upstream: "Where requests go: an absolute http(s) URL; a path prefix is kept. A rule's own comes first.",
  upstreamTimeout: "Seconds until the upstream's response headers, 1 to 300.",
  rules: "The first rule whose path matches, wins; nothing is merged.",
  name: "Unique; what CORS-Decision and the log call the rule.",
  paths:
    "Segments are literals, :name or * (exactly one segment); a final /* is any rest, and also the path without it.",
  allowOrigins:
    "Exactly what a browser sends in Origin; * as or in the leftmost label, :* for any port, * alone for any origin.",
  allowMethods: 'Upper case; GET implies HEAD; "*" is any method.',
  allowHeaders: 'Request headers that pages may set; "*" is any but authorization, which must be named.',
  exposeHeaders: 'Response headers that page script may read; "*" is all.',
  allowCredentials: "Cookies and other credentials. Without it, cookies are not forwarded either.",
  maxAge: "Seconds a browser may keep a preflight's answer, 0 to 86400.",
  onDenied: "block: 403. forward: denied actual requests are proxied without CORS headers.",
  timingAllowOrigin: "Allowed origins may read detailed timings.",
  resourcePolicy: "Cross-Origin-Resource-Policy on every response under the rule.",
  rateLimit:
    "A rate-limit binding of wrangler.toml: what is proxied for other origins counts by origin and address; 429.",
  isolation: "Other sites may load with CORS or navigate, nothing else: no images, scripts and no-cors requests.",
  dangerouslyAllow: "Dangers that are meant.",
  origin: "An origin or a pattern, as in a plain entry.",
  expires: "The last day (UTC) on which the origin is allowed, as 2027-01-31.",
  owner: "Who wants this origin allowed.",
  note: "Why.",
  list: "A huge list of exact origins, kept apart in KV: cors-gateway list push NAME FILE.",
  expect: "What must stay true: check says what does not, and push refuses then.",
  can: 'What the origin can do: a method and the paths, as "PUT /v1/orders/*".',
  cannot: 'What the origin cannot do: as "GET /admin/*", or "/admin/*" for any method.',
  nobody: "What no origin can do, but those of except; as for cannot.",
  with: "Names of request headers that the page sets.",
  credentials: "The page sends cookies or other credentials.",
  except: "Origins, patterns and lists that may, although nobody may.",
};

/** The generated files, as they lie in policies/. */
export const SCHEMA_FILES: readonly SchemaFile[] = [
  schemaFile("policy.schema.json", "A policy of cors-gateway", DOCUMENT_SHAPE),
  schemaFile("expect/expectations.schema.json", "Expectations about a policy of cors-gateway", EXPECTATIONS_SHAPE),
];

function schemaFile(name: string, title: string, shape: Shape): SchemaFile {
  const schema = { $schema: "http://json-schema.org/draft-07/schema#", title, ...toJsonSchema(shape) };
  return {
    path: fileURLToPath(new URL(`../../policies/${name}`, import.meta.url)),
    text: `${JSON.stringify(schema, null, 2)}\n`,
  };
}

/** @see https://json-schema.org/draft-07/json-schema-validation */
function toJsonSchema(shape: Shape): object {
  switch (shape.type) {
    case "boolean":
      return { type: "boolean" };
    case "string":
      return { type: "string", ...(shape.pattern && { pattern: shape.pattern.source }) };
    case "number":
      return { type: shape.isWhole ? "integer" : "number", minimum: shape.least, maximum: shape.most };
    case "enum":
      return { enum: shape.values };
    case "list":
      return { type: "array", items: toJsonSchema(shape.of), ...(!shape.mayBeEmpty && { minItems: 1 }) };
    case "string-or-object":
      return { anyOf: [{ type: "string" }, ...shape.objects.map(toJsonSchema)] };
    case "object":
      return {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(shape.fields).map(([name, field]) => [name, fieldSchema(name, field)]),
        ),
        required: Object.keys(shape.fields).filter((name) => shape.fields[name]?.isRequired),
        additionalProperties: false,
      };
  }
}

function fieldSchema(name: string, { shape, usual }: Field): object {
  return { description: DESCRIPTIONS[name], ...toJsonSchema(shape), ...(usual !== undefined && { default: usual }) };
}

if (import.meta.main) {
  for (const { path, text } of SCHEMA_FILES) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
