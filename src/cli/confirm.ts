/** Asks before something is changed. */

import { confirm as ask } from "@inquirer/prompts";
import { UsageError } from "./usage-error.ts";

/** What a command was told about asking. */
export interface ConfirmOptions {
  readonly yes?: true;
  readonly json?: true;
}

/**
 * Asks on the terminal whether to go on; true without asking under `--yes`. Ctrl-C is a no.
 * @throws UsageError where nobody can be asked
 */
export async function confirm(question: string, { yes, json }: ConfirmOptions): Promise<boolean> {
  if (yes) return true;
  if (json) throw new UsageError("--json does not ask: add --yes");
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError("there is no terminal to ask on: add --yes if all of this is meant");
  }
  try {
    // Standard output is for results.
    return await ask({ message: question, default: false }, { output: process.stderr });
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError") return false;
    throw error;
  }
}
