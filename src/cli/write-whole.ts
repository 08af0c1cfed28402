/** Files that are written as a whole or not at all, whatever fails and whenever the process ends. */

import { randomUUID } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Writes a file, or puts a new one into the place of an old one; where that fails, the old one is as it was. */
export function writeWhole(path: string, text: string): void {
  const old = statSync(path, { throwIfNoEntry: false });
  if (old === undefined) withTemporary(path, text, (temporary) => renameSync(temporary, path));
  // Nothing can take the place of a device or a pipe: /dev/stdout.
  else if (!old.isFile()) writeFileSync(path, text);
  else {
    // Renaming asks for no right to write into the old file, and does not follow links.
    accessSync(path, constants.W_OK);
    const target = realpathSync(path);
    withTemporary(target, text, (temporary) => {
      chmodSync(temporary, old.mode);
      renameSync(temporary, target);
    });
  }
}

/**
 * Writes a file that is not there yet.
 * @throws an error with the code `EEXIST` where it is, also where it came to be a moment ago
 */
export function writeNew(path: string, text: string): void {
  withTemporary(path, text, (temporary) => {
    try {
      linkSync(temporary, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
      // Some file systems have no links, and a copy is the second best: it is removed again where it fails.
      copyFileSync(temporary, path, constants.COPYFILE_EXCL);
    }
  });
}

/** Writes a text into a file beside another one, which `place` puts into its place; nothing is left of it after that. */
function withTemporary(path: string, text: string, place: (temporary: string) => void): void {
  const temporary = join(dirname(path), `.${randomUUID()}.tmp`);
  try {
    writeFileSync(temporary, text, { flag: "wx" });
    place(temporary);
  } finally {
    rmSync(temporary, { force: true });
  }
}
