/** What a file of browser tests stands in: a demo of its own, a browser, and what is left behind of a failure. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "vitest";
import { type Demo, startDemo } from "../../src/demo/demo.ts";
import type { Browser, BrowserKind, Tab } from "./browsers.ts";

const RESULTS = fileURLToPath(new URL("../../test-results/", import.meta.url));

/** A running demo and a running browser. */
export interface Surroundings {
  readonly demo: Demo;
  /** Where the gateway of this demo keeps its KV. */
  readonly state: string;
  /** The gateway's log lines so far. */
  readonly log: readonly string[];
  open(url: string): Promise<Tab>;
  /** Closes the tabs of a test; of a failed one, screenshots and the gateway's log stay in test-results/. */
  finishTest(test: TestContext["task"]): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a demo on free ports, with a KV of its own, and a browser. */
export async function startSurroundings(
  kind: BrowserKind,
  policies: ReadonlyMap<string, string> = new Map(),
): Promise<Surroundings> {
  const state = await mkdtemp(join(tmpdir(), "cors-gateway-"));
  const log: string[] = [];
  let demo: Demo | undefined;
  let browser: Browser;
  const leave = async () => {
    await demo?.stop();
    await rm(state, { recursive: true, force: true });
  };
  try {
    demo = await startDemo({
      port: 0,
      apiPort: 0,
      pagePort: 0,
      state,
      policies,
      log: (line) => log.push(line),
    });
    browser = await kind.start();
  } catch (error) {
    await leave();
    throw error;
  }
  const tabs: Tab[] = [];
  return {
    demo,
    state,
    log,
    async open(url) {
      const tab = await browser.open(url);
      tabs.push(tab);
      return tab;
    },
    async finishTest(test) {
      const closing = tabs.splice(0);
      if (test.result?.state === "fail") await keepEvidence(`${kind.name} ${test.name}`, closing, log);
      for (const tab of closing) await tab.close();
    },
    async stop() {
      try {
        await browser.close();
      } finally {
        await leave();
      }
    },
  };
}

/** Leaves screenshots, the log of the gateway and the consoles of tabs in test-results/, under the name of a test. */
export async function keepEvidence(name: string, tabs: readonly Tab[], log: readonly string[]): Promise<void> {
  const base = join(
    RESULTS,
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .slice(0, 100),
  );
  await mkdir(RESULTS, { recursive: true });
  const consoles = tabs.flatMap((tab, index) => (tab.console ?? []).map((line) => `tab ${index + 1}: ${line}`));
  await writeFile(`${base}.log`, [...log.map((line) => `gateway: ${line}`), ...consoles, ""].join("\n"));
  for (const [index, tab] of tabs.entries()) await tab.screenshot(`${base}-${index + 1}.png`);
  console.error(`Screenshots, the gateway's log and the browser's console: ${base}*`);
}
