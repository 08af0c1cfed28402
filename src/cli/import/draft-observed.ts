/** From what was seen of a live API to a draft of its policy: never more than was seen to be granted. */

import { describeRefusal } from "../../core/explain/describe-refusal.ts";
import { isToken } from "../../core/http-names.ts";
import type { Draft, Remarks } from "./draft.ts";
import { carryMaxAge } from "./max-age.ts";
import type { Access, Observation, ObservedOrigin } from "./observe.ts";

/**
 * The policy that grants what every allowed one of the origins asked about was granted.
 * @param paths what the policy is for; only one of them was asked
 */
export function draftObserved({ origins }: Observation, paths: readonly string[], remarks: Remarks): Draft {
  const allowed = origins.filter((origin) => {
    if (accessOf(origin) !== "none") return true;
    const { refusal } = origin.read;
    remarks.leave(
      origin.origin,
      `it is not allowed: ${refusal === undefined ? "nothing was granted" : describeRefusal(refusal)}`,
    );
    return false;
  });
  const hasCredentials = allowed.length > 0 && allowed.every((origin) => accessOf(origin) === "with-credentials");
  if (!hasCredentials && allowed.some((origin) => accessOf(origin) === "with-credentials")) {
    remarks.refuse(
      "credentials",
      "some of the origins may send them and some may not, and a rule is for all; write two hostnames or paths",
    );
  }
  const isEnough = (access: Access) => (hasCredentials ? access === "with-credentials" : access !== "none");
  const common = (kind: "methods" | "headers", names: readonly string[]) =>
    names.filter((name) => {
      const granting = allowed.filter((origin) => isEnough(origin[kind].get(name) ?? "none"));
      if (granting.length > 0 && granting.length < allowed.length) {
        remarks.refuse(
          kind,
          `${name} is granted to ${granting.map(({ origin }) => origin).join(", ")} alone, and a rule is for all`,
        );
      }
      return granting.length === allowed.length;
    });
  const [first] = origins;
  const isReadable = allowed.every(({ read }) => isEnough(read.access));
  const headers = common("headers", [...(first?.headers.keys() ?? [])]);
  const methods = common("methods", [...(first?.methods.keys() ?? [])]).filter(
    (method) => method !== "GET" || isReadable,
  );
  // Where no header needs asking for, a GET is not asked for either.
  const isSimpleGet =
    isReadable && headers.length === 0 && !methods.includes("GET") && first?.methods.has("GET") === true;
  remarkOpenLists(allowed, isEnough, remarks);
  return {
    optionNames: {
      allowOrigins: "origins",
      allowMethods: "methods",
      allowHeaders: "headers",
      exposeHeaders: "exposed headers",
    },
    rules: [
      {
        name: "api",
        paths,
        allowOrigins: allowed.map(({ origin }) => origin),
        allowMethods: isSimpleGet ? ["GET", ...methods] : methods,
        allowHeaders: headers,
        exposeHeaders: commonExposed(allowed, hasCredentials),
        allowCredentials: hasCredentials,
        maxAge: carryMaxAge(commonMaxAge(allowed), "max-age", remarks),
      },
    ],
  };
}

/** The most that an origin was let. */
export function accessOf({ read, methods }: ObservedOrigin): Access {
  const all = [read.access, ...methods.values()];
  if (all.includes("with-credentials")) return "with-credentials";
  return all.includes("without-credentials") ? "without-credentials" : "none";
}

function remarkOpenLists(
  allowed: readonly ObservedOrigin[],
  isEnough: (access: Access) => boolean,
  remarks: Remarks,
): void {
  if (allowed.some(({ anyMethod }) => isEnough(anyMethod))) {
    remarks.refuse(
      "methods",
      'the API grants any method; the policy lists those asked for: name others by --method, or write "*"',
    );
  }
  if (allowed.some(({ anyHeader }) => isEnough(anyHeader))) {
    remarks.refuse(
      "headers",
      'the API grants any header; the policy lists those asked for: name others by --header, or write "*"',
    );
  }
}

function commonExposed(allowed: readonly ObservedOrigin[], hasCredentials: boolean): readonly string[] {
  const [first, ...others] = allowed.map(({ exposed }) => exposed);
  const common = (first ?? []).filter((name) => isToken(name) && others.every((names) => names.includes(name)));
  // With credentials a browser takes `*` for a name.
  if (!common.includes("*")) return common;
  return hasCredentials ? common.filter((name) => name !== "*") : ["*"];
}

function commonMaxAge(allowed: readonly ObservedOrigin[]): number | undefined {
  const ages = allowed.map(({ maxAge }) => maxAge);
  return ages.includes(undefined) || ages.length === 0 ? undefined : Math.min(...ages.map(Number));
}
