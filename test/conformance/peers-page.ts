/**
 * Judges this gateway and its peers by the same checks, for docs/conformance.md.
 *
 *     npm run conformance:peers   # writes the results into the page
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildWorker } from "../support/build-worker.ts";
import { CHECKS, type Finding, judge } from "./judge.ts";
import { ALLOWED, DENIED, missingPeer, NGINX_RECIPE, startPeers } from "./peers.ts";
import { probe } from "./probes.ts";

/** The page that shows the results. */
export const CONFORMANCE_PAGE = fileURLToPath(new URL("../../docs/conformance.md", import.meta.url));

const RESULTS = /(<!-- results -->\n)[\s\S]*?(<!-- \/results -->)/;
const CHECK_TABLE = /(<!-- checks -->\n)[\s\S]*?(<!-- \/checks -->)/;

/**
 * The page with the results of a run just made.
 * @param workerScript the built Worker
 */
export async function withRealResults(page: string, workerScript: string): Promise<string> {
  const peers = await startPeers(workerScript);
  try {
    const found: { name: string; findings: readonly Finding[] }[] = [];
    for (const { name, port } of peers) {
      const expectation = {
        url: new URL(`http://localhost:${port}/`),
        allowed: ALLOWED,
        denied: DENIED,
        method: "PUT",
        headers: ["content-type"],
        isCredentialed: true,
      };
      found.push({ name, findings: judge(await probe(expectation, 10), expectation) });
    }
    const names = found.map(({ name }) => name);
    const table = [
      `| Check | ${names.join(" | ")} |`,
      `| --- |${" --- |".repeat(names.length)}`,
      ...CHECKS.map(
        ({ id }, row) => `| \`${id}\` | ${found.map(({ findings }) => findings[row]?.status).join(" | ")} |`,
      ),
    ];
    const remarks = found.flatMap(({ name, findings }) =>
      findings
        .filter(({ status }) => status === "fail" || status === "warn")
        .map(({ id, status, evidence }) => `- ${name}, \`${id}\`: ${status}. ${evidence}`),
    );
    const recipe = ["The nginx recipe:", "", "```nginx", NGINX_RECIPE.replace("127.0.0.1:PORT", "80"), "```"];
    const results = [...table, "", ...remarks, "", ...recipe, ""].join("\n");
    const checks = [
      "| Check | What holds where it passes |",
      "| --- | --- |",
      ...CHECKS.map(({ id, title, see }) => `| [\`${id}\`](${see}) | ${title} |`),
      "",
    ].join("\n");
    return page
      .replace(RESULTS, (_, start: string, end: string) => start + results + end)
      .replace(CHECK_TABLE, (_, start: string, end: string) => start + checks + end);
  } finally {
    for (const { stop } of peers) await stop();
  }
}

if (import.meta.main) {
  const missing = missingPeer();
  if (missing !== undefined) {
    console.error(`error: ${missing}`);
    process.exitCode = 2;
  } else {
    const folder = await mkdtemp(join(tmpdir(), "cors-gateway-"));
    try {
      const page = await readFile(CONFORMANCE_PAGE, "utf8");
      await writeFile(CONFORMANCE_PAGE, await withRealResults(page, await buildWorker(folder)));
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}
