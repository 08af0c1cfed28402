/** A clock that only a test moves, and sleepers that wake by it: every wait is tested without waiting. */

/** Time in the hands of a test. */
export class FakeTime {
  /** Milliseconds since the epoch; setting it is a clock that jumps, and wakes nobody. */
  clock = Date.UTC(2026, 9, 23);
  /** Time that sleepers go by: it never jumps. */
  #elapsed = 0;
  readonly #sleepers: { readonly wakesAt: number; readonly wake: () => void }[] = [];

  readonly now = (): number => this.clock;

  readonly sleep = (milliseconds: number): Promise<void> =>
    new Promise((wake) => {
      const wakesAt = this.#elapsed + milliseconds;
      let at = this.#sleepers.length;
      while (at > 0 && (this.#sleepers[at - 1]?.wakesAt ?? 0) > wakesAt) at--;
      this.#sleepers.splice(at, 0, { wakesAt, wake });
    });

  /** Lets time pass, and everybody do what they do meanwhile. */
  async pass(seconds: number): Promise<void> {
    const end = this.#elapsed + seconds * 1000;
    await settle();
    for (let next = this.#sleepers[0]; next !== undefined && next.wakesAt <= end; next = this.#sleepers[0]) {
      this.#moveTo(next.wakesAt);
      while (this.#sleepers[0] !== undefined && this.#sleepers[0].wakesAt <= this.#elapsed)
        this.#sleepers.shift()?.wake();
      await settle();
    }
    this.#moveTo(end);
  }

  /**
   * Lets time pass until something is answered, and says how many seconds that took.
   * @throws Error where it waits for longer than a minute
   */
  async until<Answer>(promise: Answer | Promise<Answer>): Promise<{ answer: Answer; waited: number }> {
    const start = this.#elapsed;
    let settled: { answer: Answer } | undefined;
    if (promise instanceof Promise) {
      promise.then((answer) => {
        settled = { answer };
      });
    } else {
      settled = { answer: promise };
    }
    await settle();
    while (settled === undefined) {
      const next = this.#sleepers[0];
      if (next === undefined || next.wakesAt - start > 60_000) throw new Error("this waits for ever");
      await this.pass((next.wakesAt - this.#elapsed) / 1000);
    }
    return { ...settled, waited: (this.#elapsed - start) / 1000 };
  }

  #moveTo(elapsed: number): void {
    this.clock += elapsed - this.#elapsed;
    this.#elapsed = elapsed;
  }
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
