/** When a thing is read again after attempts that failed. Without a clock, and without reading. */

/** Bounds of attempts, in seconds. */
export interface AttemptTimes {
  /** An attempt older than this no longer counts as under way. */
  readonly readTimeoutSeconds: number;
  /** So long after a failed attempt the next one starts; doubles with each failure. */
  readonly retrySeconds: number;
  readonly maxRetrySeconds: number;
}

/** The attempts to read one thing, until one succeeds: then this is thrown away. Times are milliseconds since the epoch. */
export class ReadAttempts {
  readonly #times: AttemptTimes;
  /** Of the latest attempt, while it has not ended. */
  #startedAt: number | undefined;
  /** True once the latest attempt has been counted among the failures, which may be before it ends. */
  #hasFailed = false;
  #retryAt = 0;
  #failures = 0;

  constructor(times: AttemptTimes) {
    this.#times = times;
  }

  /** How many have failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the next attempt is to start: none is under way, and the last failure is old enough. */
  isDue(now: number): boolean {
    if (this.#startedAt !== undefined && now >= this.#startedAt && now < this.#deadline(this.#startedAt)) return false;
    const delay = this.#retryAt - now;
    // A clock that was set back must not put the next attempt off for longer than the longest delay.
    return delay <= 0 || delay > this.#times.maxRetrySeconds * 1000;
  }

  /** @returns what `isLatest` knows the attempt by */
  start(now: number): number {
    this.#startedAt = now;
    this.#hasFailed = false;
    return now;
  }

  /** False once a later attempt has started. */
  isLatest(attempt: number): boolean {
    return this.#startedAt === attempt;
  }

  /** The latest attempt is over, in vain. */
  end(): void {
    this.#startedAt = undefined;
  }

  /** When the latest attempt should have ended, where it should have by now. */
  overdueSince(now: number): number | undefined {
    if (this.#startedAt === undefined) return undefined;
    const deadline = this.#deadline(this.#startedAt);
    return now < deadline ? undefined : deadline;
  }

  /** Counts the latest attempt as failed; false where it was counted before. */
  fail(at: number): boolean {
    if (this.#hasFailed) return false;
    this.#hasFailed = true;
    const { retrySeconds, maxRetrySeconds } = this.#times;
    this.#retryAt = at + Math.min(retrySeconds * 2 ** this.#failures, maxRetrySeconds) * 1000;
    this.#failures++;
    return true;
  }

  #deadline(startedAt: number): number {
    return startedAt + this.#times.readTimeoutSeconds * 1000;
  }
}
