/** The options of Express `cors`, in JSON: the object given to `cors()`. */

import {
  array,
  boolean,
  integer,
  maxValue,
  minValue,
  number,
  optional,
  pipe,
  strictObject,
  string,
  union,
} from "valibot";
import type { Draft, Remarks } from "./draft.ts";
import { defineFramework } from "./framework.ts";
import { carryMaxAge, SECONDS_OR_TEXT } from "./max-age.ts";
import { ANY_REQUEST_HEADER, completeExposed, completeMethods, readNames, withoutLiteralStar } from "./name-lists.ts";
import { collapseOrigins, readExactOrigin, readRegexpOrigins } from "./origin-list.ts";

const TEXT = string();
const NAMES = "a string with commas, or a list of strings";
const names = union([TEXT, array(TEXT)], NAMES);
const flag = boolean("true or false");
const STATUS = "a status from 200 to 299: browsers take no other for a preflight";

/** What stands for a RegExp, as `String(/…/)` writes it; no origin starts with a slash. */
const REGEXP = /^\/(.+)\/([a-z]*)$/s;

const DEFAULT_METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE";

type Origin = boolean | string | readonly string[] | undefined;

/** Express `cors`. */
export const EXPRESS = defineFramework({
  title: "Express cors",
  schema: strictObject({
    origin: optional(
      union(
        [boolean(), TEXT, array(TEXT)],
        'true, false, a string, or a list of strings (a RegExp as a string: "/^…$/")',
      ),
    ),
    methods: optional(names),
    allowedHeaders: optional(names),
    exposedHeaders: optional(names),
    credentials: optional(flag),
    maxAge: optional(SECONDS_OR_TEXT),
    preflightContinue: optional(flag),
    optionsSuccessStatus: optional(pipe(number(STATUS), integer(STATUS), minValue(200, STATUS), maxValue(299, STATUS))),
  }),
  draft(options, remarks): Draft {
    const hasCredentials = options.credentials === true;
    const read = (list: string | readonly string[], option: string) =>
      withoutLiteralStar(readNames(list, option), hasCredentials, option, remarks);
    if (options.preflightContinue === true) {
      remarks.leave("preflightContinue", "the gateway answers preflights itself; what the next handler did is lost");
    }
    if (options.optionsSuccessStatus !== undefined && options.optionsSuccessStatus !== 204) {
      remarks.leave("optionsSuccessStatus", "preflights are answered with 204, which every browser takes");
    }
    return {
      optionNames: {
        allowOrigins: "origin",
        allowMethods: "methods",
        allowHeaders: "allowedHeaders",
        exposeHeaders: "exposedHeaders",
      },
      rules: [
        {
          name: "api",
          paths: ["/*"],
          allowOrigins: readOrigins(options.origin, hasCredentials, remarks),
          allowMethods: completeMethods(read(options.methods ?? DEFAULT_METHODS, "methods"), "methods", remarks),
          // An empty text counts as none, an empty list does not.
          allowHeaders: options.allowedHeaders ? read(options.allowedHeaders, "allowedHeaders") : ANY_REQUEST_HEADER,
          exposeHeaders: completeExposed(read(options.exposedHeaders ?? [], "exposedHeaders")),
          allowCredentials: hasCredentials,
          maxAge: carryMaxAge(readMaxAge(options.maxAge), "maxAge", remarks),
        },
      ],
    };
  },
});

function readMaxAge(maxAge: number | string | undefined): number | undefined {
  return maxAge === undefined ? undefined : Number(maxAge);
}

function readOrigins(origin: Origin, hasCredentials: boolean, remarks: Remarks): readonly string[] {
  if (origin === undefined) {
    remarks.leave(
      "origin",
      "it is absent, which means any (a function is lost in JSON: if it was one, list its origins)",
    );
    return ["*"];
  }
  if (origin === false || origin === "") {
    remarks.refuse("origin", "CORS is turned off, so no origin is allowed; list those that may call the API");
    return [];
  }
  if (origin === true && hasCredentials) {
    remarks.refuse(
      "origin",
      "every origin is reflected with credentials: any page can act as the logged-in user; list the origins",
    );
    return [];
  }
  if (origin === true) {
    remarks.leave("origin", 'every origin is reflected; without credentials that is "*"');
    return ["*"];
  }
  if (origin === "*") return ["*"];
  if (typeof origin === "string") return readOrigin(origin, "origin", remarks);
  return collapseOrigins(origin.flatMap((text, index) => readOrigin(text, `origin[${index}]`, remarks)));
}

function readOrigin(text: string, option: string, remarks: Remarks): readonly string[] {
  const [, source, flags = ""] = REGEXP.exec(text) ?? [];
  if (source === undefined) return readExactOrigin(text, option, remarks);
  if (/^[iu]*$/.test(flags)) {
    return readRegexpOrigins(source, { startsAtFirst: false, ignoresCase: flags.includes("i") }, option, remarks);
  }
  remarks.refuse(option, `the flags "${flags}" of a regular expression are not carried over; leave out all but i`);
  return [];
}
