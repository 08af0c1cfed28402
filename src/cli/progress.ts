/** A line on the terminal that says what takes so long. */

const CLEAR_LINE = "\r\u001b[K";

/** Shows a line until the next one, a complaint, or {@link clearProgress}; nothing where there is no terminal. */
export function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${CLEAR_LINE}${line}`);
}

/** Removes the line. */
export function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
}
