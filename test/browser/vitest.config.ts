import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    name: "browser",
    include: ["test/browser/**/*.test.ts"],
    globalSetup: ["test/support/build-worker.ts"],
    // Files that run in one process after another load wrangler once.
    isolate: false,
    // A browser waits more than it works.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // One line a test: these read as what a browser does.
    reporters: ["verbose"],
  },
});
