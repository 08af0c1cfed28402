/** The header fields of a request as a page's fetch sends it. */

import type { HeaderFields } from "../core/header-fields.ts";
import { fetchMetadata } from "./fetch-metadata.ts";

/**
 * All fields of a page's request: those of the CORS protocol and of the page, and those that a browser adds.
 * @param sent `Origin` included
 */
export function pageFields(origin: string, url: URL, sent: HeaderFields): HeaderFields {
  const hasAccept = sent.some(([name]) => name === "accept");
  return [
    ...(hasAccept ? [] : [["accept", "*/*"] as const]),
    ["user-agent", "Mozilla/5.0 (compatible; cors-gateway)"],
    ...fetchMetadata(origin, url),
    ...sent,
  ];
}
