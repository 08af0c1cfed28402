/** The CORS-preflight cache of the browser model. */

import { type Answer, type CorsRequest, getHeader } from "./checks.ts";
import { isNonWildcardName } from "./names.ts";

/** Chromium's; 86400 in Firefox, 600 in WebKit. */
const MAX_AGE_LIMIT_SECONDS = 7200;

interface CacheEntry {
  readonly origin: string;
  readonly url: string;
  readonly isCredentialed: boolean;
  readonly kind: "method" | "header";
  readonly name: string;
  endsAt: number;
}

/**
 * The CORS-preflight cache of one browser.
 * @see https://fetch.spec.whatwg.org/#cors-preflight-cache
 */
export class PreflightCache {
  #entries: CacheEntry[] = [];
  readonly #now: () => number;

  /** @param now seconds */
  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  /** The entry that matches, if there is one. */
  find(request: CorsRequest, kind: CacheEntry["kind"], name: string): CacheEntry | undefined {
    return this.#entries.find(
      (entry) =>
        entry.kind === kind &&
        isOf(entry, request) &&
        (entry.isCredentialed || !request.isCredentialed) &&
        (entry.name === name || (entry.name === "*" && !(kind === "header" && isNonWildcardName(name)))) &&
        this.#now() < entry.endsAt,
    );
  }

  /** Keeps what a preflight's answer said; a max-age that is no number counts as 5 seconds. */
  keep(request: CorsRequest, answer: Answer, methods: readonly string[], names: readonly string[]): void {
    const value = getHeader(answer, "access-control-max-age") ?? "";
    const maxAge = Math.min(/^\d+$/.test(value) ? Number(value) : 5, MAX_AGE_LIMIT_SECONDS);
    const endsAt = this.#now() + maxAge;
    const listed = [
      ...methods.map((name) => ["method", name] as const),
      ...names.map((name) => ["header", name] as const),
    ];
    for (const [kind, name] of listed) {
      const match = this.find(request, kind, name);
      if (match !== undefined) match.endsAt = endsAt;
      else this.#entries.push({ ...request, kind, name, endsAt });
    }
  }

  /** Forgets what is kept for this origin and URL. */
  clear(request: CorsRequest): void {
    this.#entries = this.#entries.filter((entry) => !isOf(entry, request));
  }
}

function isOf(entry: CacheEntry, { origin, url }: CorsRequest): boolean {
  return entry.origin === origin && entry.url === url;
}
