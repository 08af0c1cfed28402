/**
 * As much of vitest as the unit tests of core use, in a plain process. A process is started for each mutant, thousands of
 * times, and vitest would need most of a second for each start.
 */

import { isDeepStrictEqual } from "node:util";
import { expect as jestExpect } from "expect";

interface Test {
  readonly name: string;
  readonly run: () => unknown;
}

const tests: Test[] = [];
const path: string[] = [];

function each(define: (name: string, run: () => unknown) => void) {
  return (table: readonly unknown[]) => (name: string, run: (...values: unknown[]) => unknown) => {
    for (const row of table) define(name, () => run(...(Array.isArray(row) ? row : [row])));
  };
}

function addTest(name: string, run: () => unknown): void {
  tests.push({ name: [...path, name].join(" > "), run });
}

function addSuite(name: string, run: () => unknown): void {
  path.push(name);
  run();
  path.pop();
}

export const it = Object.assign(addTest, { each: each(addTest) });
export const describe = Object.assign(addSuite, { each: each(addSuite) });

jestExpect.extend({
  toSatisfy: (value, holds: (value: unknown) => boolean) => ({ pass: holds(value), message: () => "not satisfied" }),
  toBeOneOf: (value, some: readonly unknown[]) => ({
    pass: some.some((one) => isDeepStrictEqual(one, value)),
    message: () => "none of them",
  }),
});

/** The message that vitest takes as a second argument is for people. */
export const expect = Object.assign((value: unknown, _message?: string) => jestExpect(value), jestExpect, {
  unreachable: (message: string) => {
    throw new Error(message);
  },
});

/**
 * Runs the tests that were defined since the last call, in their order, until one fails.
 * @returns the one that failed, if any
 */
export async function runTests(): Promise<string | undefined> {
  for (const { name, run } of tests.splice(0)) {
    try {
      await run();
    } catch (error) {
      return `${name}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return undefined;
}
