/** What is asked of an API to judge its CORS: nothing but OPTIONS and GET, and no cookie. */

import { sendRaw } from "../../src/cli/raw-request.ts";
import type { Answer } from "../support/browser-model/checks.ts";
import { normalizeMethod } from "../support/browser-model/names.ts";

/** What an API is held against. */
export interface Expectation {
  readonly url: URL;
  /** An origin that the API means to let in, and one that it does not. */
  readonly allowed: string;
  readonly denied: string;
  /** What a page of the allowed origin asks for. */
  readonly method: string;
  readonly headers: readonly string[];
  readonly isCredentialed: boolean;
}

/** A question and its answer. */
export interface Probe {
  /** As a report says it: `GET from https://shop.example.com`. */
  readonly title: string;
  readonly origin: string | undefined;
  readonly answer: Answer;
}

/** An origin that is like the allowed one, and not it. */
export interface NearMiss extends Probe {
  readonly kind: "suffix" | "unescaped-dot" | "prefix" | "downgrade" | "null";
}

/** All answers. */
export interface Probes {
  readonly preflight: Probe;
  readonly deniedPreflight: Probe;
  readonly actual: Probe;
  readonly deniedActual: Probe;
  readonly withoutOrigin: Probe;
  /** OPTIONS that names no method to come, so that it is no preflight. */
  readonly plainOptions: Probe;
  readonly missing: Probe;
  /** A preflight that asks for a header nobody can have meant to allow. */
  readonly oddPreflight: Probe;
  readonly nearMisses: readonly NearMiss[];
}

/** A header name that no API lists. */
export const ODD_HEADER = "x-conformance-probe";
const MISSING_PATH = "/conformance-probe-of-no-such-resource";

/**
 * Asks an API all that its judgement needs.
 * @param timeoutSeconds for each answer
 * @throws NoResponse
 */
export async function probe(expectation: Expectation, timeoutSeconds: number): Promise<Probes> {
  const { url, allowed, denied, method, headers } = expectation;
  const ask = async (title: string, verb: string, origin: string | undefined, target = url, more: Fields = []) => {
    const fields: Fields = [["accept", "*/*"], ...more, ...(origin === undefined ? [] : [["origin", origin] as const])];
    const { status, lines } = await sendRaw(target, verb, fields, timeoutSeconds);
    return { title, origin, answer: { status, headers: lines } };
  };
  const preflightFields = (names: readonly string[]): Fields => [
    ["access-control-request-method", normalizeMethod(method)],
    ...(names.length > 0 ? [["access-control-request-headers", names.toSorted().join(",")] as const] : []),
  ];
  const asking = preflightFields(headers);
  const missing = new URL(url);
  missing.pathname = missing.pathname.replace(/\/$/, "") + MISSING_PATH;
  const nearMisses: NearMiss[] = [];
  for (const [kind, origin] of nearMissesOf(allowed)) {
    nearMisses.push({ kind, ...(await ask(`GET from ${origin}`, "GET", origin)) });
  }
  return {
    preflight: await ask(`preflight of ${allowed}`, "OPTIONS", allowed, url, asking),
    deniedPreflight: await ask(`preflight of ${denied}`, "OPTIONS", denied, url, asking),
    actual: await ask(`GET from ${allowed}`, "GET", allowed),
    deniedActual: await ask(`GET from ${denied}`, "GET", denied),
    withoutOrigin: await ask("GET without an origin", "GET", undefined),
    plainOptions: await ask(`OPTIONS from ${allowed} that is no preflight`, "OPTIONS", allowed),
    missing: await ask(`GET of a missing resource from ${allowed}`, "GET", allowed, missing),
    oddPreflight: await ask(
      `preflight of ${allowed} for ${ODD_HEADER}`,
      "OPTIONS",
      allowed,
      url,
      preflightFields([ODD_HEADER]),
    ),
    nearMisses,
  };
}

type Fields = readonly (readonly [name: string, value: string])[];

function nearMissesOf(allowed: string): (readonly [NearMiss["kind"], string])[] {
  const { protocol, hostname, port } = new URL(allowed);
  const written = (host: string, scheme = protocol) => `${scheme}//${host}${port === "" ? "" : `:${port}`}`;
  const isName = /^[a-z0-9.-]*[a-z][a-z0-9-]*$/.test(hostname);
  return [
    ...(isName ? [["suffix", written(`${hostname}.conformance-probe.invalid`)] as const] : []),
    ...(isName && hostname.includes(".")
      ? [["unescaped-dot", written(hostname.replace(/\.([^.]*)$/, "x$1"))] as const]
      : []),
    ...(isName ? [["prefix", written(`probe${hostname}`)] as const] : []),
    ...(protocol === "https:" ? [["downgrade", written(hostname, "http:")] as const] : []),
    ["null", "null"],
  ];
}
