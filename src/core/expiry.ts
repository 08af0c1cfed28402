/** Dates after which an origin is no longer allowed. */

const DAY = 86_400_000;

/**
 * The moment at which a day ends, in UTC: milliseconds since the epoch, itself no longer part of the day.
 * Undefined where the text is no date as `2027-01-31`.
 */
export function endOfDay(text: string): number | undefined {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return undefined;
  // biome-ignore lint/style/noRestrictedGlobals: parsing a date asks no clock
  const start = Date.parse(`${text}T00:00:00Z`);
  // Engines roll the 30th of February over into March.
  // biome-ignore lint/style/noRestrictedGlobals: printing a date asks no clock
  return Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== text ? undefined : start + DAY;
}
