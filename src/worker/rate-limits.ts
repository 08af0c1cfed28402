/** The platform's rate limits, by the names that rules give them. */

import { faultOf } from "./document-store.ts";
import type { Log } from "./log.ts";
import type { Env } from "./settings.ts";

/** So long a request waits for a limit's answer. */
const WAIT_SECONDS = 1;

/** The rate-limit bindings of a deployment. */
export class RateLimits {
  readonly #env: Env;
  readonly #log: Log;
  readonly #failing = new Set<string>();

  /** @param log hears once of each binding that is not there or does not work */
  constructor(env: Env, log: Log) {
    this.#env = env;
    this.#log = log;
  }

  /**
   * True where the limit is used up for this key. Never rejects: a limit that cannot be asked, or does not answer within
   * a second, does not limit.
   * @see https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
   */
  async isUsedUp(binding: string, key: string): Promise<boolean> {
    let timer: number | null = null;
    try {
      const asked = (this.#env[binding] as RateLimit).limit({ key });
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(reject, WAIT_SECONDS * 1000, WAIT_SECONDS);
      });
      return (await Promise.race([asked, late])).success === false;
    } catch (error) {
      if (!this.#failing.has(binding)) this.#log({ event: "rate-limit-unusable", binding, error: faultOf(error) });
      this.#failing.add(binding);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
