/**
 * What may come of a request, whatever its bytes: judged by what a policy means in the contract's words, and by what the two
 * ends of the gateway saw. Nothing here knows how the gateway reads a request.
 */

import assert from "node:assert/strict";
import { matchesOrigin, meaningOf } from "../../support/policy-meaning.ts";
import { FUZZED_POLICIES } from "./fuzzed-policies.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

/** A response as the client saw it. */
export interface ReceivedResponse {
  readonly status: number;
  readonly headers: HeaderLines;
}

/** A request as the upstream saw it. */
export interface ReachedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderLines;
}

/** Set by the upstream on what it answers: the hostname that the gateway was asked for. */
export const ASKED_HOST = "x-asked-host";

/** Field lines of one name, joined as a server may join them; undefined where there are none. */
export function fieldOf(headers: HeaderLines, wanted: string): string | undefined {
  const values = headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(", ");
}

/** The hostname as policies know it. */
function hostnameOf(hostAndPort: string): string {
  return hostAndPort.replace(/:\d+$/, "").replace(/\.$/, "").toLowerCase();
}

/** True for what a browser may have as an origin. */
function isSerialized(origin: string): boolean {
  const url = URL.parse(origin);
  return origin === "null" || (url !== null && url.protocol !== "file:" && `${url.protocol}//${url.host}` === origin);
}

/** Checks that the policy lets a request through to the upstream, and with what it came there. */
export function checkReached({ method, url, headers }: ReachedRequest, now: number): void {
  const asked = fieldOf(headers, "x-forwarded-host") ?? "";
  const origin = fieldOf(headers, "origin") ?? "";
  const policy = FUZZED_POLICIES[hostnameOf(asked)];
  assert.equal(fieldOf(headers, "x-forwarded-proto"), "http");
  assert.ok(fieldOf(headers, "cors-gateway-loop")?.endsWith(hostnameOf(asked)));
  if (policy?.mode === "report-only") return;
  const isWebSocket = method === "GET" && fieldOf(headers, "upgrade")?.trim().toLowerCase() === "websocket";
  const isNoCors =
    fieldOf(headers, "sec-fetch-site") === "cross-site" && fieldOf(headers, "sec-fetch-mode") === "no-cors";
  const isSame = origin === `http://${asked}` || fieldOf(headers, "sec-fetch-site") === "same-origin";
  if (origin === "" || isSame) {
    assert.ok(!(isNoCors && policy?.rules.some(({ isolation }) => isolation)), "a load from another site got through");
    return;
  }
  assert.ok(policy !== undefined, "no policy, and yet a cross-origin request got through");
  const isPreflight = method === "OPTIONS" && fieldOf(headers, "access-control-request-method") !== undefined;
  assert.ok(!isPreflight, "a preflight got through");
  const path = url.split("?")[0] ?? "";
  assert.equal(new URL(`http://h${path}`).pathname, path, "the path is not as the URL parser serializes it");
  const meaning = meaningOf(policy, { origin, path, method, unsafeNames: [], now });
  assert.ok(meaning !== undefined, "no rule holds for the path");
  const isGranted = isSerialized(origin) && meaning.allowsOrigin && (isWebSocket || meaning.allowsMethod);
  assert.ok(isGranted || (meaning.forwardsDenied && !isWebSocket), "a denied request got through");
  const mayHaveCookie = meaning.allowsCredentials || !isGranted;
  assert.ok(mayHaveCookie || fieldOf(headers, "cookie") === undefined, "a cookie got through without credentials");
}

/**
 * Checks what a browser could conclude from a response.
 * @param sent all that the client sent on the connection
 */
export function checkReceived({ status, headers }: ReceivedResponse, sent: string): void {
  assert.ok([100, 101].includes(status) || (status >= 200 && status !== 500 && status <= 599), `status ${status}`);
  const host = fieldOf(headers, ASKED_HOST);
  // Plain workerd gives back the very header lines of a CONNECT, which no page can send.
  if (status === 200 && host === undefined && sent.includes("CONNECT ")) return;
  if (hostnameOf(host ?? "") === "report.test") return;
  const [allowed, credentials, decision] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "cors-decision",
  ].map((name) => fieldOf(headers, name));
  const [, says, , ruleName] = /^(granted|denied;reason=([a-z-]+))(?:;rule=([a-z]+))?$/.exec(decision ?? "") ?? [];
  if (decision !== undefined) assert.ok(says !== undefined || decision.endsWith(";report-only"), decision);
  if (says === "granted") assert.ok(allowed !== undefined, "granted, but no browser would know");
  if (allowed === undefined) {
    assert.equal(credentials, undefined);
    return;
  }
  const rule = Object.values(FUZZED_POLICIES)
    .flatMap(({ rules }) => rules)
    .find(({ name }) => name === (ruleName ?? "any"));
  const listed = (rule?.allowOrigins ?? []) as readonly string[];
  if (allowed === "*") assert.deepEqual(listed, ["*"]);
  else {
    assert.ok(ruleName !== undefined, `${allowed} is allowed without a decision`);
    assert.ok(isSerialized(allowed), `${allowed} is no origin`);
    assert.ok(
      listed.some((pattern) => matchesOrigin(pattern, allowed)),
      `${allowed} is allowed by rule ${ruleName}`,
    );
    assert.ok(sent.includes(allowed), `${allowed} was never sent`);
    assert.match(fieldOf(headers, "vary") ?? "", /\borigin\b/i);
  }
  assert.equal(credentials, rule?.allowCredentials ? "true" : undefined);
  // The only denials that a page of an allowed origin may read.
  if (says?.startsWith("denied"))
    assert.match(says, /reason=(?:method-not-allowed|header-not-allowed|request-malformed)$/);
}
