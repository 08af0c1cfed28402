/** Versions of pushed policies: what stands beside a document in KV. */

/** The longest integer that a structured field can say. */
export const MAX_VERSION = 999_999_999_999_999;

/**
 * The version in the metadata of a document; undefined for anything else, because metadata is whatever somebody put there.
 * @see https://www.rfc-editor.org/rfc/rfc9651#name-integers
 */
export function parseVersion(metadata: unknown): number | undefined {
  const version =
    typeof metadata === "object" && metadata !== null && "version" in metadata ? metadata.version : undefined;
  return Number.isInteger(version) && Number(version) >= 0 && Number(version) <= MAX_VERSION
    ? Number(version)
    : undefined;
}
