/** Writes a policy file that is not there yet. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { reason } from "./policy-files.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Writes a file, and its directory where that is missing; never overwrites.
 * @throws UsageError where the file exists already or cannot be written
 */
export function writeNewPolicyFile(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      throw new UsageError(`${path} exists already; edit it, or remove it first`, error);
    }
    throw new UsageError(`cannot write ${path}: ${reason(error)}`, error);
  }
}
