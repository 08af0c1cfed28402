/** The settings of django-cors-headers, in JSON: their names as keys. */

import { array, boolean, optional, strictObject, string } from "valibot";
import { UsageError } from "../usage-error.ts";
import type { Draft, Remarks } from "./draft.ts";
import { defineFramework } from "./framework.ts";
import { carryMaxAge, SECONDS } from "./max-age.ts";
import { completeExposed, completeMethods, readNames, withoutLiteralStar } from "./name-lists.ts";
import { collapseOrigins, readExactOrigin, readRegexpOrigins } from "./origin-list.ts";
import { describeUncovered, readPathRegexp } from "./path-regexp.ts";

const text = string("a string");
const texts = optional(array(text, "a list of strings"));
const flag = optional(boolean("true or false"));

const DEFAULT_METHODS = ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"];
const DEFAULT_HEADERS = ["accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with"];
const DEFAULT_MAX_AGE = 86_400;

const DIALECT = { startsAtFirst: true, ignoresCase: false };

/** django-cors-headers. */
export const DJANGO = defineFramework({
  title: "django-cors-headers",
  schema: strictObject({
    CORS_ALLOWED_ORIGINS: texts,
    CORS_ALLOWED_ORIGIN_REGEXES: texts,
    CORS_ALLOW_ALL_ORIGINS: flag,
    CORS_URLS_REGEX: optional(text),
    CORS_ALLOW_METHODS: texts,
    CORS_ALLOW_HEADERS: texts,
    CORS_EXPOSE_HEADERS: texts,
    CORS_PREFLIGHT_MAX_AGE: optional(SECONDS),
    CORS_ALLOW_CREDENTIALS: flag,
    CORS_ALLOW_PRIVATE_NETWORK: flag,
    // The names of older versions, which still count where the new one is absent.
    CORS_ORIGIN_WHITELIST: texts,
    CORS_ORIGIN_REGEX_WHITELIST: texts,
    CORS_ORIGIN_ALLOW_ALL: flag,
  }),
  draft(settings, remarks): Draft {
    const hasCredentials = settings.CORS_ALLOW_CREDENTIALS === true;
    const read = (list: readonly string[], option: string) =>
      withoutLiteralStar(readNames(list, option), hasCredentials, option, remarks);
    if (settings.CORS_ALLOW_PRIVATE_NETWORK === true) {
      remarks.leave(
        "CORS_ALLOW_PRIVATE_NETWORK",
        "it is no part of the Fetch standard, and the gateway does not answer it",
      );
    }
    const methods = read(settings.CORS_ALLOW_METHODS ?? DEFAULT_METHODS, "CORS_ALLOW_METHODS");
    const isAnyAllowed = settings.CORS_ALLOW_ALL_ORIGINS ?? settings.CORS_ORIGIN_ALLOW_ALL ?? false;
    const listed = {
      origins: settings.CORS_ALLOWED_ORIGINS ?? settings.CORS_ORIGIN_WHITELIST ?? [],
      regexps: settings.CORS_ALLOWED_ORIGIN_REGEXES ?? settings.CORS_ORIGIN_REGEX_WHITELIST ?? [],
    };
    return {
      optionNames: {
        allowOrigins: isAnyAllowed ? "CORS_ALLOW_ALL_ORIGINS" : "CORS_ALLOWED_ORIGINS",
        allowMethods: "CORS_ALLOW_METHODS",
        allowHeaders: "CORS_ALLOW_HEADERS",
        exposeHeaders: "CORS_EXPOSE_HEADERS",
      },
      rules: [
        {
          name: "api",
          paths: [readPath(settings.CORS_URLS_REGEX, remarks)],
          allowOrigins: isAnyAllowed ? ["*"] : readOrigins(listed, remarks),
          allowMethods: completeMethods(methods, "CORS_ALLOW_METHODS", remarks),
          allowHeaders: read(settings.CORS_ALLOW_HEADERS ?? DEFAULT_HEADERS, "CORS_ALLOW_HEADERS"),
          exposeHeaders: completeExposed(read(settings.CORS_EXPOSE_HEADERS ?? [], "CORS_EXPOSE_HEADERS")),
          allowCredentials: hasCredentials,
          // A 0 is not sent.
          maxAge: carryMaxAge(
            (settings.CORS_PREFLIGHT_MAX_AGE ?? DEFAULT_MAX_AGE) || undefined,
            "CORS_PREFLIGHT_MAX_AGE",
            remarks,
          ),
        },
      ],
    };
  },
});

interface ListedOrigins {
  readonly origins: readonly string[];
  readonly regexps: readonly string[];
}

function readOrigins({ origins, regexps }: ListedOrigins, remarks: Remarks): readonly string[] {
  if (origins.length + regexps.length === 0) {
    remarks.refuse("CORS_ALLOWED_ORIGINS", "no origin is allowed; list those that may call the API");
  }
  return collapseOrigins([
    ...origins.flatMap((origin, index) => readExactOrigin(origin, `CORS_ALLOWED_ORIGINS[${index}]`, remarks)),
    ...regexps.flatMap((source, index) =>
      readRegexpOrigins(source, DIALECT, `CORS_ALLOWED_ORIGIN_REGEXES[${index}]`, remarks),
    ),
  ]);
}

function readPath(source: string | undefined, remarks: Remarks): string {
  if (source === undefined) return "/*";
  const read = readPathRegexp(source);
  if (read === undefined) {
    throw new UsageError(
      `CORS_URLS_REGEX: ${JSON.stringify(source)} is more than path patterns can say; write a beginning and any rest, such as "^/api/.*$", and the rest of the rules by hand`,
    );
  }
  const left = describeUncovered(read);
  if (left !== undefined) remarks.leave("CORS_URLS_REGEX", left);
  return read.pattern;
}
