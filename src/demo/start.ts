/** `npm start`: the gateway before a demo API, and a page to see it work. */

import { parseArgs } from "node:util";
import { escapeControls } from "../cli/escape-controls.ts";
import { KvError } from "../cli/kv.ts";
import { UsageError } from "../cli/usage-error.ts";
import type { Demo, DemoOptions } from "./demo.ts";
import { PortError } from "./loopback-server.ts";
import { PolicyFilesError } from "./policy-files.ts";

const PORTS = {
  port: { usual: 8787, of: "the gateway" },
  "api-port": { usual: 8788, of: "the demo API" },
  "page-port": { usual: 8789, of: "the demo page" },
} as const;

type PortOption = keyof typeof PORTS;
const PORT_OPTIONS = Object.keys(PORTS) as PortOption[];

const HELP = `Usage: npm start -- [options]

Starts the gateway on this machine, before a demo API, with a page that calls it from two origins.

${PORT_OPTIONS.map((name) => `  --${name.padEnd(9)} <n>  port of ${PORTS[name].of}, 0 for a free one (default ${PORTS[name].usual})`).join("\n")}
  --help           say this
`;

/** What a terminal, a shell and a process manager send to end a program. */
const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function main(): Promise<void> {
  const { help, ports } = readArguments();
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  // Registered before wrangler's own handlers, which would end with a failure: it stops workerd on any exit.
  for (const signal of ENDING_SIGNALS) process.once(signal, () => process.exit(0));
  if (process.env.npm_lifecycle_event === "start") endWithParent();
  const options: DemoOptions = { port: ports.port, apiPort: ports["api-port"], pagePort: ports["page-port"] };
  try {
    // Only now: wrangler takes a second or two to load, too long for --help or a wrong option.
    const { startDemo } = await import("./demo.ts");
    process.stdout.write(describeDemo(await startDemo(options)));
  } catch (error) {
    if (error instanceof PortError) {
      const name = PORT_OPTIONS.find((option) => ports[option] === error.port) ?? "port";
      fail(1, `${error.message}; give ${PORTS[name].of} another one: npm start -- --${name} <n>`);
    }
    if (error instanceof PolicyFilesError) {
      fail(1, `${error.message}\nThe demo was not started: these policies are refused.`);
    }
    if (error instanceof UsageError || error instanceof KvError) fail(1, escapeControls(error.message));
    throw error;
  }
}

/** Ends this process when its parent has: npm passes SIGTERM on to its shell alone, which passes nothing on. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 250).unref();
}

function readArguments(): { help: boolean; ports: Record<PortOption, number> } {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      "api-port": { type: "string" },
      "page-port": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  const ports = { port: 0, "api-port": 0, "page-port": 0 };
  for (const name of PORT_OPTIONS) ports[name] = readPort(name, values[name]);
  const chosen = Object.values(ports).filter((port) => port !== 0);
  if (new Set(chosen).size < chosen.length) throw new UsageError("No two ports may be the same");
  return { help: values.help === true, ports };
}

function readPort(name: PortOption, text: string | undefined): number {
  if (text === undefined) return PORTS[name].usual;
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65535) {
    throw new UsageError(`--${name} takes a port, 0 to 65535, not "${text}"`);
  }
  return Number(text);
}

function describeDemo({ gatewayUrl, apiUrl, pageUrl, otherPageUrl }: Demo): string {
  return `cors-gateway is running.

  A page that the policy allows    ${pageUrl}
  The same page, not allowed       ${otherPageUrl}
  The gateway                      ${gatewayUrl}
  The API behind it                ${apiUrl}

Try
  1. Open both pages and compare.
  2. Send a preflight as the allowed page, then as the other one:
       curl -i -X OPTIONS -H "Origin: ${pageUrl}" -H "Access-Control-Request-Method: PUT" ${gatewayUrl}/v1/products/7
  3. Change policies/localhost.json, say with "DELETE" in allowMethods, push it, and run the page again:
       npx wrangler kv key put --binding POLICIES policy/localhost --path policies/localhost.json

Ctrl-C ends it.
`;
}

function fail(exitCode: number, message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}

function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError) return true;
  return error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS_");
}

try {
  await main();
} catch (error) {
  if (!isUsageError(error)) throw error;
  fail(2, `${error.message.split(/\.(?:\s|$)|\n/)[0]}. See npm start -- --help`);
}
