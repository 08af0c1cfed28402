/** Structured log lines: one JSON object a line, ASCII only, so that no header value can forge another line. */

/** What a line says. */
export type LogEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

/** Writes one line. */
export type Log = (event: LogEvent) => void;

const MAX_VALUE_LENGTH = 256;
const MAX_ISSUES = 20;

/** A log that writes lines with the time; texts over 256 characters and lists over 20 entries are cut. */
export function createLog(now: () => number, write: (line: string) => void): Log {
  return (event) => {
    const line = JSON.stringify({ time: new Date(now()).toISOString(), ...event }, bound);
    write(line.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`));
  };
}

function bound(_: string, value: unknown): unknown {
  if (typeof value === "string" && value.length > MAX_VALUE_LENGTH) return `${value.slice(0, MAX_VALUE_LENGTH)}…`;
  if (Array.isArray(value) && value.length > MAX_ISSUES) return value.slice(0, MAX_ISSUES);
  return value;
}

/**
 * A log that lets a number of lines a second through; the next line after a drop says how many were `suppressed`.
 * What is not written is not worked out either.
 * Security: whoever can cause denials must not be able to drown the log.
 */
export function limitRate(log: Log, linesPerSecond: number, now: () => number): (describe: () => LogEvent) => void {
  let second = 0;
  let lines = 0;
  let suppressed = 0;
  return (describe) => {
    const current = Math.floor(now() / 1000);
    if (current !== second) {
      second = current;
      lines = 0;
    }
    if (++lines > linesPerSecond) {
      suppressed++;
      return;
    }
    log(suppressed === 0 ? describe() : { ...describe(), suppressed });
    suppressed = 0;
  };
}
