/** Generators of what pages fetch from a hostname behind the gateway, in alphabets so small that they often meet policies. */

import fc from "fast-check";
import type { PageFetch } from "./browser-model/browser-model.ts";
import type { HeaderLines } from "./browser-model/names.ts";

/** Paths of the rules of {@link policyDocuments}, beside them, and written so that they may be read in two ways. */
const PLAIN_TARGETS = ["/", "/a", "/a/x", "/a/b", "/b", "/x/b"];
const ODD_TARGETS = ["/a/", "/%61", "//a", "/a%2fx", "/a/%2e%2e%2fb", "/a?q"];

const headers = fc.uniqueArray(
  fc.constantFrom<HeaderLines[number]>(
    ["x-a", "1"],
    ["X-B", "2"],
    ["x-c", "3"],
    ["Authorization", "Bearer t"],
    ["accept", "text/html"],
    ["accept", "(x)"],
    ["content-type", "text/plain"],
    ["content-type", "application/json"],
    ["range", "bytes=0-9"],
    ["cookie", "forged=1"],
    ["origin", "https://a.com"],
  ),
  { maxLength: 2, selector: ([name]) => name.toLowerCase() },
);

/** Origins of pages: near the patterns of {@link policyDocuments}, and some of them allowed. */
const PAGE_ORIGINS = [
  "https://a.com",
  "https://x.a.com",
  "https://x1.a.com",
  "https://y.x.a.com",
  "https://x1.y.a.com",
  "https://a.com:8443",
  "http://a.com",
  "https://evila.com",
  "https://a.com.evil.test",
  "https://xaacom",
  "https://b.test",
  "null",
] as const;

/**
 * What pages fetch from a hostname, one of its own pages among them.
 * @param methods that the servers on the way accept
 */
export function pageFetchesOf(
  host: string,
  methods: readonly string[] = ["GET", "HEAD", "POST", "post", "put", "PUT", "PATCH", "DELETE", "OPTIONS"],
): fc.Arbitrary<PageFetch> {
  const own = `http://${host}`;
  return fc
    .record({
      target: fc.oneof({ arbitrary: fc.constantFrom(...PLAIN_TARGETS), weight: 4 }, fc.constantFrom(...ODD_TARGETS)),
      origin: fc.oneof(
        { arbitrary: fc.constantFrom(...PAGE_ORIGINS.slice(0, 2)), weight: 2 },
        fc.constantFrom(...PAGE_ORIGINS, own),
      ),
      method: fc.oneof(fc.constant("GET"), fc.constantFrom(...methods)),
      headers,
      mode: fc.constantFrom<PageFetch["mode"]>("cors", "cors", "cors", "cors", "no-cors"),
      credentials: fc.constantFrom<PageFetch["credentials"]>("omit", "same-origin", "include"),
    })
    .map(({ target, ...page }) => ({ ...page, url: own + target }));
}
