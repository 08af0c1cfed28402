/** Seconds for timers. */

/** Longest time that a timer takes, in milliseconds; with more it would be up at once. */
const MAX_TIMER = 2 ** 31 - 1;

/** Seconds in milliseconds, 24 days at most. */
export function timerMilliseconds(seconds: number): number {
  return Math.min(seconds * 1000, MAX_TIMER);
}
