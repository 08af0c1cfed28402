/** A command that cannot be carried out as it was asked: a line on standard error for each of its message, exit code 2. */
export class UsageError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "UsageError";
  }
}
