/** Answers of one page that a cache keeps, and gives to another. */

import { describe, expect, it } from "vitest";
import type { RawRequest, RawResponse } from "../support/raw-http.ts";
import type { Source } from "./sources.ts";
import { APP, EVIL, targetOfTests } from "./target.ts";

const target = targetOfTests();

/** A cache as RFC 9111 allows it: one answer for all requests whose fields named by `Vary` are the same. */
class SharedCache {
  readonly #kept: { readonly request: RawRequest; readonly response: RawResponse }[] = [];

  /** What a client gets: a copy of an earlier answer where there is one. */
  async ask(request: RawRequest, send: (request: RawRequest) => Promise<RawResponse>): Promise<RawResponse> {
    const kept = this.#kept.find((entry) => this.#serves(entry, request));
    if (kept !== undefined) return kept.response;
    const response = await send(request);
    if (response.header("cache-control") !== "no-store") this.#kept.push({ request, response });
    return response;
  }

  #serves({ request, response }: { request: RawRequest; response: RawResponse }, asked: RawRequest): boolean {
    const names = response.header("vary")?.split(", ") ?? [];
    return names.every((name) => fieldOf(request, name) === fieldOf(asked, name));
  }
}

function fieldOf({ headers = {} }: RawRequest, name: string): string | undefined {
  return Object.entries(headers).find(([field]) => field.toLowerCase() === name.toLowerCase())?.[1];
}

/** True where a browser lets a page of this origin read the response. */
function isReadable(response: RawResponse, origin: string): boolean {
  const allowed = response.header("access-control-allow-origin");
  return allowed === "*" || allowed === origin;
}

const FIRST_REQUESTS: readonly (readonly [trick: string, source: Source, headers: Readonly<Record<string, string>>])[] =
  [
    ["an Origin that is refused", "Kettle 2016", { Origin: EVIL }],
    ["no Origin", "RFC 9110", {}],
    ["an empty Origin", "RFC 9110", { Origin: "" }],
    ["the Origin null", "Kettle 2016", { Origin: "null" }],
    ["an Origin of two", "Chen 2018", { Origin: `${APP}, ${EVIL}` }],
    ["a same-origin request with another Origin", "RFC 9110", { Origin: EVIL, "Sec-Fetch-Site": "same-origin" }],
    ["a request that wants to choose Vary", "GHSA-q7jf-gf43-6x6p (Hono)", { Origin: EVIL, Vary: "X-Evil" }],
  ];

const MARK = "poison.example";
const UNKEYED: readonly (readonly [trick: string, source: Source, header: string])[] = [
  ["the host that a proxy saw", "Kettle 2018", "X-Forwarded-Host"],
  ["another host", "Kettle 2018", "X-Host"],
  ["another path", "Kettle 2018", "X-Original-URL"],
  ["the user's own header", "Kettle 2016", "X-User-Id"],
  ["the loop mark", "our own review", "CORS-Gateway-Loop"],
  ["the decision", "our own review", "CORS-Decision"],
];

describe("a shared cache", () => {
  it.each(FIRST_REQUESTS)(
    "gives the allowed page its own answer after %s (%s), and no other page that one",
    async (_, __, headers) => {
      for (const onDenied of ["block", "forward"]) {
        const { ask } = target.putRules({ onDenied, allowCredentials: true });
        const cache = new SharedCache();
        const first = await cache.ask({ headers }, ask);
        expect(isReadable(first, EVIL)).toBe(false);
        const own = await cache.ask({ headers: { Origin: APP } }, ask);
        expect(isReadable(own, APP)).toBe(true);
        for (const origin of [EVIL, "null", "https://app.example.com.evil.example"]) {
          expect(isReadable(await cache.ask({ headers: { Origin: origin } }, ask), origin)).toBe(false);
        }
      }
    },
  );

  it("never gives a user's answer to another page, though every page may read what is public", async () => {
    for (const personal of [{ Cookie: "session=secret" }, { Authorization: "Bearer secret" }]) {
      const { ask } = target.putRules({ allowOrigins: ["*"] });
      const own = await ask({ headers: personal });
      expect(own.cors).toEqual({ vary: "Origin", "timing-allow-origin": "*" });
      const shared = await ask({});
      expect(shared.cors).toEqual({ "access-control-allow-origin": "*", "timing-allow-origin": "*" });
    }
  });

  it.each(UNKEYED)("keeps nothing that a stranger's header put into an answer: %s (%s)", async (_, __, header) => {
    const { ask } = target.putRules({ paths: ["/v1/*"], upstream: "http://127.0.0.1:1" }, { name: "s", paths: ["/s"] });
    const requests: readonly RawRequest[] = [
      { target: "/v1/x", headers: { Origin: APP, [header]: MARK } },
      { target: "/v1/x", headers: { Origin: EVIL, [header]: MARK } },
      { target: "/none", headers: { Origin: EVIL, [header]: MARK } },
      { target: "/s", headers: { Origin: APP, [header]: MARK } },
    ];
    for (const request of requests) {
      const { lines, body, status } = await ask(request);
      expect(JSON.stringify(lines) + body.toString()).not.toContain(MARK);
      expect([200, 403, 502]).toContain(status);
    }
  });

  it("keeps no refusal", async () => {
    const { ask } = target.putRules({});
    for (const method of ["GET", "POST"]) {
      const refused = await ask({ method, headers: { Origin: EVIL } });
      expect(refused.header("cache-control")).toBe("no-store");
      expect(refused.header("vary")).toBe("Origin");
    }
  });
});
