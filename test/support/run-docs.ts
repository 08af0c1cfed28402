/**
 * Runs what a page of the docs shows: every `$ cors-gateway …` of a console block, in order, in one folder of its own.
 * A block that starts with three backticks, a language and `file=NAME` is written to that file first.
 *
 *     npm run docs        # writes the real output into docs/cli.md
 */

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCli } from "./run-cli.ts";
import { WRANGLER_CONFIG } from "./wrangler-config.ts";

/** The page whose output is checked. */
export const CLI_PAGE = fileURLToPath(new URL("../../docs/cli.md", import.meta.url));

const BLOCK = /```(\w+)([^\n]*)\n([\s\S]*?)```/g;

/** The page as it should be: with the output that its commands have now. */
export async function withRealOutput(page: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cors-gateway-docs-"));
  try {
    await cp(WRANGLER_CONFIG, join(folder, "wrangler.toml"));
    let result = "";
    let end = 0;
    for (const { 0: block, 1: language = "", 2: info = "", 3: body = "", index } of page.matchAll(BLOCK)) {
      const [, file] = /file=(\S+)/.exec(info) ?? [];
      if (file !== undefined) await write(join(folder, file), body);
      const real = language === "console" ? `\`\`\`console${info}\n${await runBlock(folder, body)}\`\`\`` : block;
      result += page.slice(end, index) + real;
      end = index + block.length;
    }
    return result + page.slice(end);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function runBlock(folder: string, body: string): Promise<string> {
  const commands = body.split("\n").filter((line) => line.startsWith("$ "));
  let output = "";
  for (const line of commands) {
    const { args, input } = parseCommand(line.slice("$ cors-gateway ".length));
    const text = input === undefined ? "" : await readFile(join(folder, input), "utf8");
    const { stdout, stderr } = await runCli(folder, args, {}, text);
    output += `${output === "" ? "" : "\n"}${line}\n${settle(stdout + stderr)}`;
  }
  return output;
}

/** Words of a shell line: single quotes, and `< file` at the end. */
function parseCommand(line: string): { args: string[]; input: string | undefined } {
  const [command = "", input] = line.split(" < ");
  const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  return { args, input };
}

/** What differs from run to run is made to stand still. */
function settle(output: string): string {
  return output
    .replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g, "2027-01-15T17:30:00.000Z")
    .replace(/\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?/g, "2027-01-15 17:30");
}

if (import.meta.main) await writeFile(CLI_PAGE, await withRealOutput(await readFile(CLI_PAGE, "utf8")));
