/**
 * Puts small faults into core, one at a time, and says which of them no test notices and survivors.md does not explain.
 * Arguments go to Stryker: `--mutate src/core/decide.ts` for one file, `--incremental` to go on.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type MutationReport, unexplained } from "./survivors.ts";

const { status } = spawnSync("stryker", ["run", ...process.argv.slice(2)], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

const report = JSON.parse(readFileSync("reports/mutation/mutation.json", "utf8")) as MutationReport;
const survivors = new URL("survivors.md", import.meta.url);
const found = unexplained(report, readFileSync(survivors, "utf8"));
for (const [file, lines] of found) console.error(`${file}\n${lines.join("\n")}`);
if (found.size > 0) {
  console.error(`No test notices these. Write a test, or explain them in ${fileURLToPath(survivors)}.`);
  process.exit(1);
}
