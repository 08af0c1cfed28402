/** Log lines: whatever a stranger has put into them, each is one line of printable ASCII that says what it was given. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { createLog } from "../../../src/worker/log.ts";
import { mutatedTexts } from "../mutated-texts.ts";
import { ORIGINS } from "../origin-corpus.ts";
import { fuzzTarget } from "../target.ts";

export const logLines = fuzzTarget(
  "log lines",
  fc.record({ origin: mutatedTexts(ORIGINS), issues: fc.array(fc.string({ unit: "binary" }), { maxLength: 30 }) }),
  ({ origin, issues }) => {
    const lines: string[] = [];
    createLog(
      () => 0,
      (line) => lines.push(line),
    )({ event: "denial", origin, issues });
    const [line = ""] = lines;
    assert.match(line, /^[ -~]+$/);
    const read = JSON.parse(line) as { origin: string; issues: readonly string[] };
    assert.equal(read.origin, origin.length > 256 ? `${origin.slice(0, 256)}…` : origin);
    assert.deepEqual(read.issues, issues.slice(0, 20));
  },
);
