/** Writes a policy file that is not there yet. */

import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { reason } from "./policy-files.ts";
import { UsageError } from "./usage-error.ts";
import { writeNew } from "./write-whole.ts";

/**
 * Checks that there is no file yet, before much is asked that would be for nothing.
 * @throws UsageError where it exists already
 */
export function requireNoFile(path: string): void {
  if (existsSync(path)) throw existsAlready(path);
}

/**
 * Writes a file, and its directory where that is missing; never overwrites.
 * @throws UsageError where the file exists already or cannot be written
 */
export function writeNewPolicyFile(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeNew(path, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw existsAlready(path, error);
    throw new UsageError(`cannot write ${path}: ${reason(error)}`, error);
  }
}

function existsAlready(path: string, cause?: unknown): UsageError {
  return new UsageError(`${path} exists already; edit it, or remove it first`, cause);
}
