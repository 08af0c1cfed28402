/** Responses that the gateway makes itself: problem documents. */

import type { DenialReason } from "../core/decision.ts";

/** Code of an error of the gateway or its upstream; stable. */
export type ErrorCode =
  | "host-invalid"
  | "target-not-supported"
  | "policy-unusable"
  | "default-upstream-empty"
  | "default-upstream-invalid"
  | "upstream-unreachable"
  | "upstream-status-invalid"
  | "upstream-timeout"
  | "loop-detected"
  | "internal-error";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  403: "Forbidden",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  508: "Loop Detected",
};

/** A limit's period is one minute at most; an upstream or a policy that failed may be back sooner. */
const RETRY_AFTER_SECONDS: Readonly<Record<number, string>> = { 429: "60", 503: "30" };

/** Something that went wrong, and how the client hears of it. */
export class GatewayError extends Error {
  readonly status: number;
  readonly code: ErrorCode;

  constructor(status: number, code: ErrorCode, detail: string, cause?: unknown) {
    super(detail, { cause });
    this.name = "GatewayError";
    this.status = status;
    this.code = code;
  }
}

/**
 * A problem document, never kept by a cache.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function problem(status: number, code: ErrorCode | DenialReason, detail: string): Response {
  const body = JSON.stringify({ type: "about:blank", title: TITLES[status], status, code, detail });
  const response = new Response(`${body}\n`, {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
  const seconds = RETRY_AFTER_SECONDS[status];
  if (seconds !== undefined) response.headers.set("retry-after", seconds);
  return response;
}
