/** The options of Flask-CORS, in JSON: the keyword arguments of `CORS()`, or the `CORS_*` names of the app's config. */

import {
  array,
  boolean,
  type InferOutput,
  nullable,
  optional,
  record,
  strictObject,
  string,
  union,
  unknown,
} from "valibot";
import { isToken } from "../../core/http-names.ts";
import { parseOriginPattern } from "../../core/origin-pattern.ts";
import { parsePathPattern } from "../../core/path-pattern.ts";
import { isRecord } from "../../core/shape.ts";
import type { Draft, DraftRule, Remarks } from "./draft.ts";
import { defineFramework, type Framework, readOptions } from "./framework.ts";
import { carryMaxAge, SECONDS_OR_TEXT } from "./max-age.ts";
import { ANY_REQUEST_HEADER, completeExposed, completeMethods, readNames, withoutLiteralStar } from "./name-lists.ts";
import { collapseOrigins, readExactOrigin, readRegexpOrigins } from "./origin-list.ts";
import { describeUncovered, type PathRegexp, readPathRegexp } from "./path-regexp.ts";

const text = string();
const texts = union([text, array(text)], "a string, or a list of strings");
const flag = optional(boolean("true or false"));

const RESOURCE = {
  origins: optional(texts),
  methods: optional(texts),
  allow_headers: optional(texts),
  expose_headers: optional(nullable(texts)),
  supports_credentials: flag,
  max_age: optional(nullable(SECONDS_OR_TEXT)),
  send_wildcard: flag,
  vary_header: flag,
  automatic_options: flag,
  intercept_exceptions: flag,
  always_send: flag,
  allow_private_network: flag,
};
const RESOURCE_SCHEMA = strictObject(RESOURCE);

type ResourceOptions = InferOutput<typeof RESOURCE_SCHEMA>;

const DEFAULT_METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"];

const DIALECT = { startsAtFirst: true, ignoresCase: true };

/** What has no counterpart, with the value that needs no word. */
const WITHOUT_COUNTERPART: readonly (readonly [keyof ResourceOptions, usual: boolean, message: string])[] = [
  ["send_wildcard", false, 'a rule for "*" always answers "*", and no other rule does'],
  ["vary_header", true, "the gateway always sends the Vary that caches need"],
  ["automatic_options", true, "the gateway answers preflights itself, and forwards every other OPTIONS"],
  ["intercept_exceptions", true, "the gateway writes its headers on errors, too"],
  ["always_send", true, 'requests without Origin get no CORS headers, but for public answers of a rule for "*"'],
  ["allow_private_network", false, "it is no part of the Fetch standard, and the gateway does not answer it"],
];

const FLASK_BY_KEYWORD = defineFramework({
  title: "Flask-CORS",
  schema: strictObject({
    ...RESOURCE,
    resources: optional(
      union(
        [text, array(text), record(text, unknown())],
        "a string, a list of strings, or an object of options by path",
      ),
    ),
  }),
  draft({ resources = "/*", ...options }, remarks): Draft {
    for (const [option, usual, message] of WITHOUT_COUNTERPART) {
      if (options[option] !== undefined && options[option] !== usual) remarks.leave(option, message);
    }
    return {
      optionNames: {
        allowOrigins: "origins",
        allowMethods: "methods",
        allowHeaders: "allow_headers",
        exposeHeaders: "expose_headers",
      },
      rules:
        typeof resources === "string" || Array.isArray(resources)
          ? draftTogether([resources].flat(), options, remarks)
          : draftEach(resources as Readonly<Record<string, unknown>>, options, remarks),
    };
  },
});

/** Flask-CORS. Both ways of naming an option are read; a keyword counts before the config. */
export const FLASK: Framework = {
  ...FLASK_BY_KEYWORD,
  read: (json, remarks) => FLASK_BY_KEYWORD.read(isRecord(json) ? withKeywords(json) : json, remarks),
};

function withKeywords(config: Record<string, unknown>): Record<string, unknown> {
  const renamed = Object.entries(config).map(([name, value]) => {
    const keyword = /^CORS_([A-Z_]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
    return FLASK_BY_KEYWORD.options.includes(keyword)
      ? ([keyword, value, true] as const)
      : ([name, value, false] as const);
  });
  const counted = renamed.filter(([, value, isConfig]) => !(isConfig && value === null));
  return Object.fromEntries(counted.sort((a, b) => Number(b[2]) - Number(a[2])).map(([name, value]) => [name, value]));
}

/** One rule for all resources, since they have the same options. */
function draftTogether(resources: readonly string[], options: ResourceOptions, remarks: Remarks): DraftRule[] {
  const paths = resources.flatMap((source) => readPath(source, "resources", remarks)?.pattern ?? []);
  return paths.length === 0 ? [] : [{ ...draftRule(options, "", remarks), name: "api", paths: [...new Set(paths)] }];
}

function draftEach(
  resources: Readonly<Record<string, unknown>>,
  options: ResourceOptions,
  remarks: Remarks,
): DraftRule[] {
  const taken = new Set<string>();
  return Object.entries(resources)
    .sort(([a], [b]) => compareResources(a, b))
    .map(([source, json]) => {
      const at = `resources[${JSON.stringify(source)}]`;
      const path = readPath(source, at, remarks);
      const own = readOptions(RESOURCE_SCHEMA, at, json);
      const rule = draftRule({ ...options, ...own }, `${at}.`, remarks);
      const name = nameOf(source, taken);
      if (path === undefined) return { ...rule, name, paths: [], uncovered: beginningOf(source) };
      const { pattern, uncovered } = path;
      return { ...rule, name, paths: [pattern], ...(uncovered !== undefined && { uncovered }) };
    });
}

/** A rule's name after its path, unlike those taken. */
function nameOf(source: string, taken: Set<string>): string {
  const words = source.toLowerCase().match(/[a-z0-9]+/g) ?? ["all"];
  const base = words
    .join("-")
    .replace(/^(?=[0-9])/, "path-")
    .slice(0, 50);
  let name = base;
  for (let count = 2; taken.has(name); count++) name = `${base}-${count}`;
  taken.add(name);
  return name;
}

/** The order in which Flask-CORS tries them: literal paths first, then the more slashes, then the longer. */
function compareResources(a: string, b: string): number {
  const slashes = (source: string) => source.split("/").length;
  return Number(isRegexp(a)) - Number(isRegexp(b)) || slashes(b) - slashes(a) || b.length - a.length;
}

function readPath(source: string, option: string, remarks: Remarks): PathRegexp | undefined {
  if (source === "*") return { pattern: "/*" };
  const read = isRegexp(source) ? readPathRegexp(source) : readLiteralPath(source);
  if (read === undefined) {
    remarks.refuse(
      option,
      `${JSON.stringify(source)} is more than path patterns can say; write a rule with "paths" for it`,
    );
    return undefined;
  }
  const left = describeUncovered(read);
  if (left !== undefined) remarks.leave(option, left);
  return read;
}

function readLiteralPath(source: string): PathRegexp | undefined {
  return /^\/[\w.~/-]*$/.test(source) && parsePathPattern(source) !== undefined ? { pattern: source } : undefined;
}

/** The literal text that every path begins with which the expression matches. */
function beginningOf(source: string): string {
  if (source.includes("|")) return "";
  return /^\^?((?:\/[A-Za-z0-9_-]+(?=\/|$))*)/.exec(source)?.[1] ?? "";
}

function draftRule(options: ResourceOptions, at: string, remarks: Remarks): Omit<DraftRule, "name" | "paths"> {
  const hasCredentials = options.supports_credentials === true;
  const methods = readMethods(options.methods ?? DEFAULT_METHODS, `${at}methods`, remarks);
  const exposed = readNames(options.expose_headers ?? [], `${at}expose_headers`);
  return {
    allowOrigins: readOrigins([options.origins ?? "*"].flat(), `${at}origins`, remarks),
    allowMethods: completeMethods(methods, `${at}methods`, remarks),
    // A preflight for a method that is not listed gets no header names either.
    allowHeaders:
      methods.length === 0 ? [] : readHeaders([options.allow_headers ?? "*"].flat(), `${at}allow_headers`, remarks),
    exposeHeaders: completeExposed(withoutLiteralStar(exposed, hasCredentials, `${at}expose_headers`, remarks)),
    allowCredentials: hasCredentials,
    maxAge: carryMaxAge(readMaxAge(options.max_age), `${at}max_age`, remarks),
  };
}

/** A number that is 0 is not sent, the text "0" is. */
function readMaxAge(maxAge: number | string | null | undefined): number | undefined {
  return maxAge === undefined || maxAge === null || maxAge === 0 ? undefined : Number(maxAge);
}

/** What Flask-CORS takes for a regular expression. */
function isRegexp(value: string): boolean {
  return /[*\\\]?$^[()]/.test(value);
}

function isAny(value: string): boolean {
  return value === "*" || value === ".*";
}

function readMethods(methods: string | readonly string[], option: string, remarks: Remarks): readonly string[] {
  const names = [...new Set(readNames(methods, option).map((name) => name.toUpperCase()))];
  if (!names.includes("*")) return names;
  remarks.refuse(option, '"*" is compared as it stands here, so it allows nothing; list the methods');
  return names.filter((name) => name !== "*");
}

function readOrigins(origins: readonly string[], option: string, remarks: Remarks): readonly string[] {
  if (origins.some(isAny)) return ["*"];
  return collapseOrigins(origins.flatMap((origin, index) => readOrigin(origin, `${option}[${index}]`, remarks)));
}

function readOrigin(origin: string, option: string, remarks: Remarks): readonly string[] {
  // Letter case does not count here, and browsers send lower case.
  if (!isRegexp(origin)) return readExactOrigin(origin.toLowerCase(), option, remarks);
  if (parseOriginPattern(origin) === undefined) return readRegexpOrigins(origin, DIALECT, option, remarks);
  remarks.refuse(
    option,
    `${JSON.stringify(origin)} is a regular expression here, open at its end and not what it looks like; if the wildcard is meant, write it into the policy`,
  );
  return [];
}

function readHeaders(headers: readonly string[], option: string, remarks: Remarks): readonly string[] {
  if (headers.some(isAny)) return ANY_REQUEST_HEADER;
  return headers.filter((name, index) => {
    if (isToken(name) && !isRegexp(name)) return true;
    remarks.refuse(`${option}[${index}]`, `${JSON.stringify(name)} is no single header name; list the names, one each`);
    return false;
  });
}
