/** Which request headers a rule allows. */

import { NON_WILDCARD_REQUEST_HEADER } from "./http-names.ts";
import { Memo } from "./memo.ts";
import { parseRequestedHeaders } from "./requested-headers.ts";

/** What a preflight asks for, judged. */
export interface JudgedHeaders {
  /** The first name that is not allowed; undefined where all are. */
  readonly denied: string | undefined;
  /** The names that are allowed, byte-lowercase, each once. */
  readonly allowed: readonly string[];
}

/** Pages send short lists, again and again; strangers may send long ones. */
const MAX_KEPT_LENGTH = 256;

/** The request-header names of a rule. */
export class AllowedHeaders {
  /** True where the list has `*`. */
  readonly any: boolean;
  /** The others, byte-lowercase. */
  readonly names: ReadonlySet<string>;
  readonly #judged: Memo<JudgedHeaders | undefined>;

  /** @param room how many judged lists are kept at hand */
  constructor(allowHeaders: readonly string[], room: number) {
    this.#judged = new Memo(room, (value) => this.#judgeAnew(value));
    const names = new Set(allowHeaders.map((name) => name.toLowerCase()));
    this.any = names.delete("*");
    this.names = names;
  }

  /** True for a name, byte-lowercase, that a page may send. */
  allows(name: string): boolean {
    return this.names.has(name) || (this.any && name !== NON_WILDCARD_REQUEST_HEADER);
  }

  /**
   * Judges `Access-Control-Request-Headers`; undefined where it is malformed or too long.
   * @see https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
   */
  judge(value: string): JudgedHeaders | undefined {
    return value.length > MAX_KEPT_LENGTH ? this.#judgeAnew(value) : this.#judged.get(value);
  }

  #judgeAnew(value: string): JudgedHeaders | undefined {
    const names = parseRequestedHeaders(value);
    if (names === undefined) return undefined;
    const asked = [...names];
    return {
      denied: asked.find((name) => !this.allows(name)),
      allowed: asked.filter((name) => this.allows(name)),
    };
  }
}
