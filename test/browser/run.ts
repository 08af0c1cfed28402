/** `npm run test:browsers`: real browsers before the running gateway. Arguments go to vitest. */

import { fileURLToPath } from "node:url";
import { parseCLI, startVitest } from "vitest/node";
import { findBrowsers } from "./browsers.ts";

const { installed, missing } = findBrowsers();
for (const { name, programs, installation } of missing) {
  console.error(`${name} is not installed: it takes ${programs.join(" and ")}. To install it:\n  ${installation}`);
}
const isContinuousIntegration = process.env.CI !== undefined && !["", "0", "false"].includes(process.env.CI);
if (installed.length === 0) {
  console.error("\nBROWSER TESTS SKIPPED: nothing was tested.");
  process.exitCode = isContinuousIntegration ? 1 : 0;
} else if (missing.length > 0 && isContinuousIntegration) {
  process.exitCode = 1;
} else {
  const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
  const config = fileURLToPath(new URL("vitest.config.ts", import.meta.url));
  const vitest = await startVitest("test", filter, { ...options, config, watch: false });
  await vitest.close();
}
