/** Words of command lines that people copy. */

/**
 * The text as one word of a shell's command line.
 * Security: hostnames and URLs of strangers may have `$(…)` in them.
 * @example shellWord("$(reboot).example.com") // "'$(reboot).example.com'"
 */
export function shellWord(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
