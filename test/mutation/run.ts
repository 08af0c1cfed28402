/**
 * Puts small faults into core, one at a time, and says which of them no test notices and survivors.md does not explain.
 * Arguments go to Stryker: `--mutate src/core/decide.ts` for one file, `--incremental` to go on.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type MutationReport, unexplained } from "./survivors.ts";

const REPORT = "reports/mutation/mutation.json";
const PAGE = fileURLToPath(new URL("survivors.md", import.meta.url));

const page = readFileSync(PAGE, "utf8");
rmSync(REPORT, { force: true });
const { status, error } = spawnSync("stryker", ["run", ...process.argv.slice(2)], { stdio: "inherit" });
if (error !== undefined) throw error;
process.exitCode = status ?? 1;

if (existsSync(REPORT)) {
  const found = unexplained(JSON.parse(readFileSync(REPORT, "utf8")) as MutationReport, page);
  for (const [file, lines] of found) console.error(`${file}\n${lines.join("\n")}`);
  if (found.size > 0) {
    console.error(`No test notices these. Write a test, or explain them in ${PAGE}.`);
    process.exitCode = 1;
  }
}
