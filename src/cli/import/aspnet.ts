/** The policy of ASP.NET Core CORS, in JSON: the properties of `CorsPolicy`. */

import { array, boolean, nullable, optional, pipe, regex, strictObject, string, unknown } from "valibot";
import { UsageError } from "../usage-error.ts";
import type { Draft, Remarks } from "./draft.ts";
import { defineFramework } from "./framework.ts";
import { carryMaxAge } from "./max-age.ts";
import { ANY_REQUEST_HEADER, completeExposed, completeMethods, readNames, withoutLiteralStar } from "./name-lists.ts";
import { collapseOrigins, readExactOrigin } from "./origin-list.ts";

const texts = optional(array(string("a string"), "a list of strings"));
const flag = optional(boolean("true or false"));

const TIME_SPAN = /^(?:([0-9]{1,8})\.)?([01]?[0-9]|2[0-3]):([0-5]?[0-9]):([0-5]?[0-9])(?:\.[0-9]{1,7})?$/;
const TIME_SPAN_WORDS = 'a TimeSpan such as "00:10:00"';

/** ASP.NET Core CORS. */
export const ASPNET = defineFramework({
  title: "CorsPolicy of ASP.NET Core",
  schema: strictObject({
    Origins: texts,
    Methods: texts,
    Headers: texts,
    ExposedHeaders: texts,
    SupportsCredentials: flag,
    PreflightMaxAge: optional(nullable(pipe(string(TIME_SPAN_WORDS), regex(TIME_SPAN, TIME_SPAN_WORDS)))),
    IsOriginAllowed: optional(unknown()),
    AllowAnyOrigin: flag,
    AllowAnyMethod: flag,
    AllowAnyHeader: flag,
  }),
  draft(policy, remarks): Draft {
    const hasCredentials = policy.SupportsCredentials === true;
    const isAnyMethod = isAny(policy.AllowAnyMethod, policy.Methods, "AllowAnyMethod", "Methods");
    const isAnyHeader = isAny(policy.AllowAnyHeader, policy.Headers, "AllowAnyHeader", "Headers");
    const isAnyOrigin = isAny(policy.AllowAnyOrigin, policy.Origins, "AllowAnyOrigin", "Origins");
    const read = (list: readonly string[] = [], option: string) =>
      withoutLiteralStar(readNames(list, option), hasCredentials, option, remarks);
    return {
      optionNames: {
        allowOrigins: "Origins",
        allowMethods: "Methods",
        allowHeaders: "Headers",
        exposeHeaders: "ExposedHeaders",
      },
      rules: [
        {
          name: "api",
          paths: ["/*"],
          allowOrigins: isAnyOrigin ? ["*"] : readOrigins(policy.Origins ?? [], policy.IsOriginAllowed, remarks),
          // Both are answered with what was asked for, so credentials change nothing.
          allowMethods: isAnyMethod ? ["*"] : completeMethods(read(policy.Methods, "Methods"), "Methods", remarks),
          allowHeaders: isAnyHeader ? ANY_REQUEST_HEADER : read(policy.Headers, "Headers"),
          exposeHeaders: completeExposed(read(policy.ExposedHeaders, "ExposedHeaders")),
          allowCredentials: hasCredentials,
          maxAge: carryMaxAge(readSeconds(policy.PreflightMaxAge ?? undefined), "PreflightMaxAge", remarks),
        },
      ],
    };
  },
});

/** The flags are worked out from the lists, so they may say the same or be absent, but not differ. */
function isAny(flagged: boolean | undefined, list: readonly string[] | undefined, flagName: string, listName: string) {
  const isListed = list?.length === 1 && list[0] === "*";
  if (flagged === undefined || flagged === isListed || (flagged && (list === undefined || list.length === 0))) {
    return flagged ?? isListed;
  }
  throw new UsageError(`${flagName} is ${flagged}, and ${listName} says otherwise; leave out one of them`);
}

function readOrigins(origins: readonly string[], isOriginAllowed: unknown, remarks: Remarks): readonly string[] {
  if (isOriginAllowed !== undefined && isOriginAllowed !== null) {
    remarks.refuse(
      "IsOriginAllowed",
      "a policy has no functions, and this one decides instead of Origins; list in Origins what it allows, and leave it out",
    );
    return [];
  }
  if (origins.length === 0) remarks.refuse("Origins", "no origin is allowed; list those that may call the API");
  return collapseOrigins(origins.flatMap((text, index) => readExactOrigin(text, `Origins[${index}]`, remarks)));
}

/** Whole seconds of a time span, rounded down. */
function readSeconds(span: string | undefined): number | undefined {
  if (span === undefined) return undefined;
  const [, days = "0", hours = "0", minutes = "0", seconds = "0"] = TIME_SPAN.exec(span) ?? [];
  return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
}
