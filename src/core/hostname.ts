/** Where the policy of a hostname lies in KV. */

import { MAX_HOST_LENGTH } from "./origin.ts";

/** Most labels that a hostname with a policy can have: each costs a candidate key. */
const MAX_LABELS = 16;

const IP_ADDRESS = /^\[|^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/;

/** The hostname as policies know it: a trailing dot is left out. */
export function policyHostname(hostname: string): string {
  return hostname.endsWith(".") ? hostname.slice(0, -1) : hostname;
}

/** The key of the policy that is for exactly this hostname. */
export function policyKey(hostname: string): string {
  return `policy/${hostname}`;
}

/**
 * The keys under which the policy of a hostname can lie, closest first.
 * Empty for a hostname that has no policy whatever is stored: over 253 bytes, with an empty label, with `*`, or with
 * more than 16 labels. Security: those are made up by strangers, and must cost no read.
 * @param hostname as {@link policyHostname} gives it
 * @example policyKeys("a.example.com") // ["policy/a.example.com", "policy/*.example.com", "policy/*.com"]
 */
export function policyKeys(hostname: string): readonly string[] {
  if (hostname.length > MAX_HOST_LENGTH || hostname.includes("*")) return [];
  if (IP_ADDRESS.test(hostname)) return [policyKey(hostname)];
  const labels = hostname.split(".");
  if (labels.length > MAX_LABELS || labels.includes("")) return [];
  return [hostname, ...labels.slice(1).map((_, index) => `*.${labels.slice(index + 1).join(".")}`)].map(policyKey);
}
