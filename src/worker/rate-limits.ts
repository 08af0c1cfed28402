/** The platform's rate limits, by the names that rules give them. */

import type { Log } from "./log.ts";
import type { Env } from "./settings.ts";

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
   * True where the limit is used up for this key. Never rejects: a limit that cannot be asked does not limit.
   * @see https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
   */
  async isUsedUp(binding: string, key: string): Promise<boolean> {
    try {
      return !(await (this.#env[binding] as RateLimit).limit({ key })).success;
    } catch (error) {
      if (!this.#failing.has(binding)) this.#log({ event: "rate-limit-unusable", binding, error: String(error) });
      this.#failing.add(binding);
      return false;
    }
  }
}
