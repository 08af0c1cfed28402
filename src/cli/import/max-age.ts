/** How long a preflight's answer may be kept. */

import { integer, minValue, number, pipe, regex, string, union } from "valibot";
import type { Remarks } from "./draft.ts";

const WORDS = "a whole number of seconds";

/** Seconds as a number. */
export const SECONDS = pipe(number(WORDS), integer(WORDS), minValue(0, WORDS));

/** Seconds as a number or as a text of digits, as they are sent. */
export const SECONDS_OR_TEXT = union([SECONDS, pipe(string(), regex(/^[0-9]{1,15}$/, WORDS))], WORDS);

const MOST = 86_400;
/** What browsers take where no `Access-Control-Max-Age` is sent. */
const UNSENT = 5;

/**
 * The `maxAge` that keeps an answer as long as the source does.
 * @param seconds undefined where the source sends none
 * @see https://fetch.spec.whatwg.org/#cors-preflight-fetch
 */
export function carryMaxAge(seconds: number | undefined, option: string, remarks: Remarks): number {
  if (seconds === undefined) {
    remarks.leave(
      option,
      `none is sent, so browsers keep an answer for ${UNSENT} s, as the policy says now; a larger maxAge saves preflights`,
    );
    return UNSENT;
  }
  if (seconds <= MOST) return seconds;
  remarks.leave(option, `${seconds} s is cut to ${MOST}, the most that a policy takes and any browser keeps`);
  return MOST;
}
