import { readFile } from "node:fs/promises";
import { expect, inject, it } from "vitest";
import { missingPeer } from "../conformance/peers.ts";
import { CONFORMANCE_PAGE, withRealResults } from "../conformance/peers-page.ts";

const missing = missingPeer();
if (missing !== undefined) console.warn(`docs/conformance.md is not checked: ${missing}`);

it.skipIf(missing !== undefined)(
  "docs/conformance.md shows the real results of every peer; else: npm run conformance:peers",
  async () => {
    const page = await readFile(CONFORMANCE_PAGE, "utf8");
    expect(await withRealResults(page, inject("workerScript"))).toBe(page);
  },
);
