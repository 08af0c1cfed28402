/** The request headers with which a browser says where a request comes from. */

import { getDomain } from "tldts";
import type { HeaderFields } from "../core/header-fields.ts";

/**
 * The `Sec-Fetch-*` fields of a page's fetch.
 * @see https://www.w3.org/TR/fetch-metadata/
 * @example fetchMetadata("https://app.example.com", new URL("https://api.example.com/")) // sec-fetch-site: same-site …
 */
export function fetchMetadata(origin: string, url: URL): HeaderFields {
  return [
    ["sec-fetch-dest", "empty"],
    ["sec-fetch-mode", "cors"],
    ["sec-fetch-site", siteOf(origin, url)],
  ];
}

function siteOf(origin: string, url: URL): string {
  const page = URL.parse(origin);
  if (page === null) return "cross-site";
  if (page.origin === url.origin) return "same-origin";
  return page.protocol === url.protocol && siteName(page.hostname) === siteName(url.hostname)
    ? "same-site"
    : "cross-site";
}

function siteName(hostname: string): string {
  return getDomain(hostname, { allowPrivateDomains: true }) ?? hostname;
}
