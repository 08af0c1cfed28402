/** Origins that nobody asked for, and what it means when an API allows them. */

import { getDomain } from "tldts";
import { isLoopback, parseOrigin } from "../../core/origin.ts";

/** How a made-up origin resembles one that was asked for. */
export type Disguise = "stranger" | "null" | "http" | "suffix" | "prefix" | "dot" | "subdomain";

/** A made-up origin. */
export interface ProbeOrigin {
  readonly origin: string;
  readonly disguise: Disguise;
}

/** Under a top-level domain that nobody can register. */
const NOBODY = "cors-probe.example";

/**
 * The made-up origins to try beside those asked for, each once.
 * @example probeOrigins(["https://app.example.com"]) // https://cors-probe.example, null, http://app.example.com, …
 */
export function probeOrigins(asked: readonly string[]): readonly ProbeOrigin[] {
  const probes: ProbeOrigin[] = [
    { origin: `https://${NOBODY}`, disguise: "stranger" },
    { origin: "null", disguise: "null" },
    ...asked.flatMap(disguisesOf),
  ];
  const seen = new Set(asked);
  return probes.filter(({ origin }) => !seen.has(origin) && seen.add(origin));
}

function disguisesOf(asked: string): readonly ProbeOrigin[] {
  const parsed = parseOrigin(asked);
  if (parsed === undefined) return [];
  const { scheme, host, port } = parsed;
  const at = (other: string) => `${scheme}://${other}${port === "" ? "" : `:${port}`}`;
  const domain = getDomain(host, { allowPrivateDomains: true });
  const probes: ProbeOrigin[] = [];
  if (scheme === "https") probes.push({ origin: `http${asked.slice("https".length)}`, disguise: "http" });
  if (host.startsWith("[") || isLoopback(host) || domain === null) return probes;
  probes.push(
    { origin: at(`${host}.${NOBODY}`), disguise: "suffix" },
    { origin: at(`cors-probe${domain}`), disguise: "prefix" },
    { origin: at(`cors-probe.${host}`), disguise: "subdomain" },
  );
  // The dot before the last but one is the one that a third party can register without.
  if (host !== domain) probes.push({ origin: at(host.replace(`.${domain}`, `x${domain}`)), disguise: "dot" });
  return probes;
}
