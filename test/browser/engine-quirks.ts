/**
 * Where engines depart from the Fetch standard, as far as the replay of the model met it. docs/browsers.md tells of each;
 * none of them lets a page read what a policy does not allow.
 */

import { type Answer, getHeader, type Verdict } from "../support/browser-model/checks.ts";
import type { HeaderLines } from "../support/browser-model/names.ts";
import type { ScriptedCase } from "../support/scripted-answers.ts";

/** A way in which an engine is not as the model. */
export interface EngineQuirk {
  /** As docs/browsers.md has it. */
  readonly name: string;
  /** True for a case that may come out otherwise because of it. */
  touches(script: ScriptedCase, verdicts: readonly Verdict[]): boolean;
}

const isRedirect = ({ status }: Answer) => status >= 300 && status < 400;
const sendsAuthorization = ({ fetches }: ScriptedCase) =>
  fetches.some(({ headers }) => headers.some(([name]) => name === "authorization"));

const WILDCARD_COVERS_AUTHORIZATION: EngineQuirk = {
  name: "`Access-Control-Allow-Headers: *` covers `Authorization`.",
  touches: (script) =>
    sendsAuthorization(script) && getHeader(script.preflight, "access-control-allow-headers") === "*",
};

const PREFLIGHT_NOT_TAINTED: EngineQuirk = {
  name: "A preflight after a redirect between foreign origins says the page's origin, not `null`.",
  touches: ({ actual, fetches }) => isRedirect(actual) && fetches.some(({ mode }) => mode === "cors"),
};

const FAILED_PREFLIGHT_KEPT: EngineQuirk = {
  name: "A preflight that failed for a method or header name is kept, too.",
  touches: ({ fetches }, verdicts) =>
    fetches.length > 1 &&
    verdicts.some((verdict) => verdict.kind === "error" && /^preflight-(?:method|header)$/.test(verdict.step)),
};

const AUTHORIZATION_ASKED_ELSEWHERE: EngineQuirk = {
  name: "A preflight after a redirect to another origin asks for `Authorization`, which is not sent.",
  touches: (script) => isRedirect(script.actual) && sendsAuthorization(script),
};

const QUIRKS: Readonly<Record<string, readonly EngineQuirk[]>> = {
  Chromium: [WILDCARD_COVERS_AUTHORIZATION],
  Firefox: [WILDCARD_COVERS_AUTHORIZATION, PREFLIGHT_NOT_TAINTED],
  WebKit: [WILDCARD_COVERS_AUTHORIZATION, AUTHORIZATION_ASKED_ELSEWHERE, FAILED_PREFLIGHT_KEPT],
};

/** WebKitGTK's network library decodes what needs no percent-encoding before it sends a path. */
export const REWRITTEN_BY_WEBKIT = /%61/;

/** What an engine does in its own way. */
export function quirksOf(engine: string): readonly EngineQuirk[] {
  return QUIRKS[engine] ?? [];
}

/** A case for each quirk, so that none is on the list that no engine has. */
export function quirkyCases(origin: string, location: string): readonly ScriptedCase[] {
  const open: HeaderLines = [["access-control-allow-origin", origin]];
  const plain = { mode: "cors", credentials: "omit" } as const;
  const put = { ...plain, method: "PUT", headers: [] };
  const authorized: ScriptedCase["fetches"] = [{ ...plain, method: "GET", headers: [["authorization", "Bearer t"]] }];
  const answer = (status: number, ...headers: HeaderLines): Answer => ({ status, headers: [...open, ...headers] });
  const tainted: Answer = { status: 200, headers: [["access-control-allow-origin", "null"]] };
  const putAllowed = answer(204, ["access-control-allow-methods", "PUT"], ["access-control-max-age", "600"]);
  const redirect = answer(307, ["location", location]);
  return [
    {
      fetches: authorized,
      preflight: answer(204, ["access-control-allow-headers", "*"], ["access-control-max-age", "0"]),
      actual: answer(200),
      redirected: tainted,
    },
    { fetches: [put], preflight: putAllowed, actual: redirect, redirected: tainted },
    {
      fetches: [{ ...plain, method: "PUT", headers: [["x-a", "1"]] }, put],
      preflight: putAllowed,
      actual: answer(200),
      redirected: tainted,
    },
    {
      fetches: [
        {
          ...plain,
          method: "GET",
          headers: [
            ["authorization", "Bearer t"],
            ["x-a", "1"],
          ],
        },
      ],
      preflight: answer(204, ["access-control-allow-headers", "*, Authorization"], ["access-control-max-age", "0"]),
      actual: redirect,
      redirected: tainted,
    },
  ];
}
