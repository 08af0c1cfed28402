/** Text of strangers on a terminal. */

/**
 * The text with everything that is no printable ASCII escaped, and cut where it is long.
 * Security: header values and log lines must not be able to steer the terminal.
 * @example printable("a\u001b[2Jb") // "a\\u001b[2Jb"
 */
export function printable(text: string, most = 500): string {
  const cut = text.length > most ? `${text.slice(0, most)}...` : text;
  return cut.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
