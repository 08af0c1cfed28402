/** Judges the CORS of an API by its answers, clause by clause, with the browser model. */

import {
  type Answer,
  extractList,
  getHeader,
  judgePreflight,
  passesCorsCheck,
} from "../support/browser-model/checks.ts";
import { normalizeMethod } from "../support/browser-model/names.ts";
import { type Expectation, type NearMiss, ODD_HEADER, type Probe, type Probes } from "./probes.ts";

/** `warn`: allowed by the standard, and unwise or not certain; `skip`: nothing to judge. */
export type Status = "pass" | "fail" | "warn" | "skip";

/** What came of a check. */
export interface Result {
  readonly status: Status;
  /** What was looked at: the header line, or what is missing. */
  readonly evidence: string;
}

/** A question to the answers of an API. */
export interface Check {
  /** Stable. */
  readonly id: string;
  /** What holds where it passes. */
  readonly title: string;
  /** The clause. */
  readonly see: string;
  readonly judge: (probes: Probes, expectation: Expectation) => Result;
}

/** A check with what came of it. */
export type Finding = Omit<Check, "judge"> & Result;

const FETCH = "https://fetch.spec.whatwg.org/";
const pass = (evidence: string): Result => ({ status: "pass", evidence });
const fail = (evidence: string): Result => ({ status: "fail", evidence });
const warn = (evidence: string): Result => ({ status: "warn", evidence });
const skip = (evidence: string): Result => ({ status: "skip", evidence });

/** Every check, in the order of a page's fetch. */
export const CHECKS: readonly Check[] = [
  {
    id: "preflight-passes",
    title: "a preflight of the allowed origin passes in a browser",
    see: `${FETCH}#cors-preflight-fetch-0`,
    judge({ preflight: { answer } }, { allowed, method, headers, isCredentialed }) {
      // A value that no clause safelists, so that each name needs to be allowed.
      const lines = headers.map((name) => [name, '"conformance"'] as const);
      const refusal = judgePreflight({ origin: allowed, isCredentialed }, normalizeMethod(method), lines, answer);
      if (refusal === undefined) return pass(`status ${answer.status}, ${originLine(answer)}`);
      const culprit = refusal.culprit === undefined ? "" : ` (${refusal.culprit})`;
      return fail(`the browser stops at ${refusal.step}${culprit}: status ${answer.status}, ${originLine(answer)}`);
    },
  },
  {
    id: "actual-passes",
    title: "a page of the allowed origin reads the response",
    see: `${FETCH}#concept-cors-check`,
    judge: ({ actual: { answer } }, { allowed, isCredentialed }) =>
      passesCorsCheck(allowed, isCredentialed, answer) ? pass(originLine(answer)) : fail(originLine(answer)),
  },
  {
    id: "preflight-of-denied",
    title: "a preflight of the denied origin does not pass",
    see: `${FETCH}#cors-preflight-fetch-0`,
    judge: ({ deniedPreflight: { answer } }, { denied }) =>
      passesCorsCheck(denied, false, answer) && answer.status < 300
        ? fail(originLine(answer))
        : pass(originLine(answer)),
  },
  {
    id: "actual-of-denied",
    title: "a page of the denied origin reads nothing",
    see: `${FETCH}#concept-cors-check`,
    judge: ({ deniedActual: { answer } }, { denied }) =>
      passesCorsCheck(denied, false, answer) ? fail(originLine(answer)) : pass(originLine(answer)),
  },
  nearMiss("suffix-origin", "suffix", "an origin that continues the allowed one reads nothing", fail),
  nearMiss("unescaped-dot-origin", "unescaped-dot", "an origin with another letter for a dot reads nothing", fail),
  nearMiss("prefix-origin", "prefix", "an origin that ends like the allowed one reads nothing", warn),
  nearMiss("downgraded-origin", "downgrade", "the allowed origin over plain http reads nothing", fail),
  nearMiss("null-origin", "null", "an opaque origin (a sandboxed frame of anybody) reads nothing", fail),
  {
    id: "allow-origin-syntax",
    title: "Access-Control-Allow-Origin is one line: an origin, null or *",
    see: `${FETCH}#http-new-header-syntax`,
    judge: (probes) =>
      first(probes, ({ answer }) => {
        const values = linesOf(answer, "access-control-allow-origin");
        if (values.length > 1) return `${values.length} lines: ${values.join(" and ")}`;
        const [value] = values;
        if (value === undefined || value === "*" || value === "null" || URL.parse(value)?.origin === value)
          return undefined;
        return /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.:[\]_-]+$/.test(value) && !/^https?:/.test(value)
          ? undefined
          : originLine(answer);
      }),
  },
  {
    id: "allow-credentials-syntax",
    title: "Access-Control-Allow-Credentials is `true` or absent",
    see: `${FETCH}#http-access-control-allow-credentials`,
    judge: (probes) =>
      first(probes, ({ answer }) => {
        const value = getHeader(answer, "access-control-allow-credentials");
        return value === null || value === "true" ? undefined : `access-control-allow-credentials: ${value}`;
      }),
  },
  {
    id: "credentials-beside-wildcard",
    title: "`*` and credentials are not answered together",
    see: `${FETCH}#cors-protocol-and-credentials`,
    judge: (probes) =>
      first(probes, ({ answer }) => {
        const hasBoth =
          getHeader(answer, "access-control-allow-origin") === "*" &&
          getHeader(answer, "access-control-allow-credentials") !== null;
        return hasBoth ? "access-control-allow-origin: * beside access-control-allow-credentials" : undefined;
      }),
  },
  {
    id: "nothing-on-denial",
    title: "a denial says nothing about credentials, methods and headers",
    see: `${FETCH}#http-responses`,
    judge({ deniedPreflight, deniedActual }, { denied }) {
      for (const { title, answer } of [deniedPreflight, deniedActual]) {
        if (passesCorsCheck(denied, false, answer)) return skip("the denied origin is let in");
        const found = answer.headers.find(([name]) => /^access-control-(?!allow-origin$)/i.test(name));
        if (found !== undefined) return warn(`${title}: ${found[0].toLowerCase()}: ${found[1]}`);
      }
      return pass("no access-control-* line beside access-control-allow-origin");
    },
  },
  {
    id: "vary-origin",
    title: "Vary names Origin on grants, denials and without an origin, unless all get the same answer",
    see: `${FETCH}#cors-protocol-and-http-caches`,
    judge({ actual, deniedActual, withoutOrigin }) {
      const probes = [actual, deniedActual, withoutOrigin];
      const values = new Set(probes.map(({ answer }) => getHeader(answer, "access-control-allow-origin")));
      if (values.size === 1) return pass(`everybody gets ${originLine(actual.answer)}`);
      const without = probes.find(({ answer }) => !variesBy(answer, "origin"));
      return without === undefined
        ? pass(`vary: ${getHeader(actual.answer, "vary")}`)
        : fail(`${without.title}: ${line(without.answer, "vary")}`);
    },
  },
  {
    id: "vary-of-preflight",
    title: "the answer to a preflight varies by what it depends on",
    see: "https://www.rfc-editor.org/rfc/rfc9110#name-vary",
    judge({ preflight, deniedPreflight, oddPreflight }) {
      const differ = (name: string, other: Probe) =>
        getHeader(preflight.answer, name) !== getHeader(other.answer, name);
      if (differ("access-control-allow-origin", deniedPreflight) && !variesBy(preflight.answer, "origin")) {
        return warn(`depends on the origin: ${line(preflight.answer, "vary")}`);
      }
      const name = "access-control-request-headers";
      return differ("access-control-allow-headers", oddPreflight) && !variesBy(preflight.answer, name)
        ? warn(`depends on ${name}: ${line(preflight.answer, "vary")}`)
        : pass(line(preflight.answer, "vary"));
    },
  },
  {
    id: "preflight-lists",
    title: "Access-Control-Allow-Methods and -Headers can be parsed",
    see: `${FETCH}#extract-header-list-values`,
    judge({ preflight: { answer } }) {
      for (const name of ["access-control-allow-methods", "access-control-allow-headers"]) {
        if (extractList(answer, name) === "failure") return fail(line(answer, name));
      }
      return pass(line(answer, "access-control-allow-methods"));
    },
  },
  {
    id: "headers-not-echoed",
    title: "a header that nobody listed is not allowed",
    see: `${FETCH}#http-access-control-allow-headers`,
    judge({ oddPreflight: { answer } }) {
      const listed = extractList(answer, "access-control-allow-headers") ?? [];
      if (!listed.includes(ODD_HEADER)) return pass(line(answer, "access-control-allow-headers"));
      return warn(`asked for ${ODD_HEADER}: ${line(answer, "access-control-allow-headers")}`);
    },
  },
  {
    id: "max-age",
    title: "Access-Control-Max-Age is a number of seconds that browsers honour",
    see: `${FETCH}#http-access-control-max-age`,
    judge({ preflight: { answer } }) {
      const found = line(answer, "access-control-max-age");
      const value = getHeader(answer, "access-control-max-age");
      if (value === null) return warn(`${found}: browsers ask again after 5 seconds`);
      if (!/^\d+$/.test(value)) return fail(`${found}: browsers take it for 5 seconds`);
      return Number(value) > 86_400 ? warn(`${found}: no browser keeps it longer than 86400`) : pass(found);
    },
  },
  {
    id: "plain-options",
    title: "OPTIONS without Access-Control-Request-Method is not taken for a preflight",
    see: `${FETCH}#cors-preflight-request`,
    judge({ plainOptions: { answer } }) {
      const name = ["access-control-allow-methods", "access-control-max-age"].find(
        (field) => getHeader(answer, field) !== null,
      );
      return name === undefined
        ? pass(`status ${answer.status}, as any request`)
        : warn(`status ${answer.status}, ${line(answer, name)}`);
    },
  },
  {
    id: "expose-headers",
    title: "Access-Control-Expose-Headers can be parsed, and is no literal * with credentials",
    see: `${FETCH}#http-access-control-expose-headers`,
    judge({ actual: { answer } }, { isCredentialed }) {
      const names = extractList(answer, "access-control-expose-headers");
      const found = line(answer, "access-control-expose-headers");
      if (names === "failure") return fail(found);
      return isCredentialed && names?.includes("*") ? warn(`${found}: taken literally with credentials`) : pass(found);
    },
  },
  {
    id: "errors-readable",
    title: "a page of the allowed origin reads the status of an error",
    see: `${FETCH}#http-responses`,
    judge({ missing: { answer } }, { allowed, isCredentialed }) {
      if (answer.status < 400) return skip(`a made-up path gets status ${answer.status}`);
      const evidence = `status ${answer.status}, ${originLine(answer)}`;
      return passesCorsCheck(allowed, isCredentialed, answer) ? pass(evidence) : warn(evidence);
    },
  },
];

/** Judges the answers by every check. */
export function judge(probes: Probes, expectation: Expectation): readonly Finding[] {
  return CHECKS.map(({ judge: ask, ...check }) => ({ ...check, ...ask(probes, expectation) }));
}

/** True where no check failed. */
export function isConformant(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status !== "fail");
}

function nearMiss(id: string, kind: NearMiss["kind"], title: string, verdict: (evidence: string) => Result): Check {
  return {
    id,
    title,
    see: `${FETCH}#concept-cors-check`,
    judge({ nearMisses, deniedActual }, { denied }) {
      const found = nearMisses.find((miss) => miss.kind === kind);
      if (found === undefined) return skip("the allowed origin has no such neighbour");
      if (getHeader(deniedActual.answer, "access-control-allow-origin") === "*")
        return skip("everybody is let in, by *");
      if (passesCorsCheck(denied, false, deniedActual.answer)) return skip("even the denied origin is let in");
      const evidence = `${found.title}: ${originLine(found.answer)}`;
      return passesCorsCheck(found.origin ?? "", false, found.answer) ? verdict(evidence) : pass(evidence);
    },
  };
}

/** Fails with the first fault among all answers. */
function first(probes: Probes, fault: (probe: Probe) => string | undefined): Result {
  const { nearMisses, ...rest } = probes;
  const all = [...Object.values(rest), ...nearMisses];
  for (const probe of all) {
    const found = fault(probe);
    if (found !== undefined) return fail(`${probe.title}: ${found}`);
  }
  return pass(`${all.length} answers`);
}

function linesOf({ headers }: Answer, name: string): readonly string[] {
  return headers.filter(([line]) => line.toLowerCase() === name).map(([, value]) => value);
}

function line(answer: Answer, name: string): string {
  const value = getHeader(answer, name);
  return value === null ? `no ${name}` : `${name}: ${value}`;
}

function originLine(answer: Answer): string {
  return line(answer, "access-control-allow-origin");
}

function variesBy(answer: Answer, name: string): boolean {
  const names = (getHeader(answer, "vary") ?? "").split(",").map((element) => element.trim().toLowerCase());
  return names.includes(name) || names.includes("*");
}
