/** Results kept at hand: a bounded number of them, so that strangers cannot fill the memory. */

/** What was worked out for a text, once for as long as there is room. */
export class Memo<Result> {
  readonly #results = new Map<string, Result>();
  readonly #most: number;
  readonly #work: (text: string) => Result;

  /** @param most results that are kept; with one more, all are forgotten */
  constructor(most: number, work: (text: string) => Result) {
    this.#most = most;
    this.#work = work;
  }

  /** The result for a text; the very same one for as long as it is kept. That there is none is not kept. */
  get(text: string): Result {
    const known = this.#results.get(text);
    if (known !== undefined) return known;
    const result = this.#work(text);
    if (result === undefined) return result;
    if (this.#results.size >= this.#most) this.#results.clear();
    this.#results.set(text, result);
    return result;
  }
}
