/**
 * Real browsers before the running gateway, one after the other. What is left of the arguments goes to vitest.
 *
 *     npm run test:browsers                                    # all of them
 *     npm run test:browsers -- --browser firefox -t "a PUT"    # one, and of its tests those with this in the name
 *     npm run test:browsers -- --repeat 10                     # so many times, until a test fails
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { parseCLI, startVitest } from "vitest/node";
import { wholeNumber } from "../../src/cli/whole-number.ts";
import { buildWorker } from "../support/build-worker.ts";
import { BROWSER_NAMES, findBrowsers } from "./browsers.ts";

const program = new Command("npm run test:browsers --")
  .addOption(new Option("--browser <name>", "only this one").choices(BROWSER_NAMES))
  .option("--repeat <times>", "run the tests so often, or until one fails", wholeNumber(1), 1)
  .argument("[vitest...]", "names of test files, and options of vitest")
  .allowUnknownOption()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();
const { browser, repeat } = program.opts<{ browser?: string; repeat: number }>();
const { filter, options } = parseCLI(["vitest", "run", ...program.args]);

const { installed, missing } = findBrowsers(browser);
for (const { name, programs, installation } of missing) {
  console.error(`${name} is not installed: it takes ${programs.join(" and ")}. To install it:\n  ${installation}`);
}
const isContinuousIntegration = process.env.CI !== undefined && !["", "0", "false"].includes(process.env.CI);
if (installed.length === 0) console.error("\nBROWSER TESTS SKIPPED: nothing was tested.");
if (missing.length > 0 && isContinuousIntegration) process.exit(1);

const folder = await mkdtemp(join(tmpdir(), "cors-gateway-"));
// Once for all browsers and rounds.
if (installed.length > 0) process.env.BUILT_WORKER = await buildWorker(folder);
const config = fileURLToPath(new URL("vitest.config.ts", import.meta.url));
for (let round = 1; round <= repeat && !process.exitCode; round++) {
  for (const kind of installed) {
    console.log(`\n${kind.name}${repeat === 1 ? "" : `, ${round} of ${repeat}`}`);
    // The tests run in processes of their own.
    process.env.TEST_BROWSER = kind.name.toLowerCase();
    const vitest = await startVitest("test", filter, { ...options, config, watch: false });
    await vitest.close();
  }
}
await rm(folder, { recursive: true });
