/** Text of strangers, for a terminal. */

/** Everything that a terminal could take for a command, or show in another order; tabs stay. */
const CONTROL_CHARACTERS = /(?!\t)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/**
 * One line of text that a terminal shows and does not obey.
 * Security: anybody who can write to KV, or a file, chooses such texts.
 * @example escapeControls("a\u001b[2Jü") // "a\\u001b[2Jü"
 */
export function escapeControls(line: string): string {
  return line.replace(CONTROL_CHARACTERS, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
