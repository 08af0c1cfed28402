/** Asks on the terminal. */

import { confirm as confirmPrompt } from "@inquirer/prompts";
import { UsageError } from "./usage-error.ts";

/** What a command was told about asking. */
export interface ConfirmOptions {
  readonly yes?: true;
  readonly json?: true;
}

/** True where somebody can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * What somebody answers on the terminal; undefined after Ctrl-C or Ctrl-D.
 * @param prompts what is asked, by prompts that get the context given
 */
export async function ask<Answer>(
  prompts: (context: { readonly output: NodeJS.WritableStream }) => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    // Standard output is for results.
    return await prompts({ output: process.stderr });
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError") return undefined;
    throw error;
  }
}

/**
 * Asks on the terminal whether to go on; true without asking under `--yes`. Ctrl-C and Ctrl-D are a no.
 * @throws UsageError where nobody can be asked
 */
export async function confirm(question: string, { yes, json }: ConfirmOptions): Promise<boolean> {
  if (yes) return true;
  if (json) throw new UsageError("--json does not ask: add --yes");
  if (!canAsk()) {
    throw new UsageError("there is no terminal to ask on: add --yes if all of this is meant");
  }
  return (await ask((context) => confirmPrompt({ message: question, default: false }, context))) === true;
}
