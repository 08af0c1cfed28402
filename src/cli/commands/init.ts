/** `init`: writes a first policy for a hostname. */

import { join } from "node:path";
import { confirm, input } from "@inquirer/prompts";
import type { Command } from "commander";
import { describeIssue } from "../../core/explain/describe-issue.ts";
import { checkPolicy } from "../check-policies.ts";
import { ask, canAsk } from "../confirm.ts";
import { requireNoFile, writeNewPolicyFile } from "../new-policy-file.ts";
import { complain, EXIT, say, sayJson } from "../output.ts";
import { fileNameOf, requireHostname } from "../policy-files.ts";
import { UsageError } from "../usage-error.ts";

interface InitOptions {
  readonly origin?: readonly string[];
  readonly upstream?: string;
  readonly credentials?: true;
  readonly reportOnly?: true;
  readonly json?: true;
}

/** Adds the command to the program. */
export function addInit(program: Command): void {
  program
    .command("init")
    .description("write a first policy for a hostname; asks on a terminal, never overwrites")
    .argument("<host>", "the API's hostname, or *.example.com")
    .option("-o, --origin <origin...>", "origins that may call the API")
    .option("-u, --upstream <url>", "where requests go; default: the variable DEFAULT_UPSTREAM")
    .option("-c, --credentials", "allow cookies and other credentials")
    .option("--report-only", "decide and say, but change nothing yet")
    .option("--json", "for machines")
    .addHelpText(
      "after",
      "\nExample:\n  $ cors-gateway init api.example.com --origin https://app.example.com --credentials",
    )
    .action(async (host: string, flags: InitOptions, command: Command) => {
      const hostname = requireHostname(host);
      const { directory } = command.optsWithGlobals<{ directory: string }>();
      const path = join(directory, fileNameOf(hostname));
      requireNoFile(path);
      const answered = await complete(flags);
      if (answered === undefined) {
        complain("nothing was written");
        process.exitCode = EXIT.findings;
        return;
      }
      const text = `${JSON.stringify(documentFrom(answered), null, 2)}\n`;
      const { issues } = checkPolicy({ path, hostname, text }, Date.now());
      if (issues.length > 0) throw new UsageError(issues.map(describeIssue).join("\n"));
      writeNewPolicyFile(path, text);
      if (flags.json) sayJson({ file: path, hostname });
      else say(`wrote ${path}; check it with: cors-gateway check ${path}`);
    });
}

/** Asks on a terminal for what the flags do not say; undefined after Ctrl-C or Ctrl-D. */
async function complete(flags: InitOptions): Promise<InitOptions | undefined> {
  if (flags.origin !== undefined) return flags;
  if (flags.json || !canAsk()) {
    throw new UsageError("which origins may call the API? Name them: --origin https://app.example.com");
  }
  return await ask(async (context) => {
    const origins = await input(
      { message: "Which origins may call the API? (separated by spaces)", required: true },
      context,
    );
    const upstream =
      flags.upstream ?? (await input({ message: "Where do requests go? (URL; empty: DEFAULT_UPSTREAM)" }, context));
    const credentials =
      flags.credentials ??
      (await confirm({ message: "Do pages send cookies or other credentials?", default: false }, context));
    return {
      ...flags,
      origin: origins.split(/[\s,]+/).filter((origin) => origin !== ""),
      ...(upstream !== "" && { upstream }),
      ...(credentials && { credentials: true }),
    };
  });
}

function documentFrom({ origin = [], upstream, credentials, reportOnly }: InitOptions): object {
  return {
    $schema: "./policy.schema.json",
    ...(reportOnly && { mode: "report-only" }),
    ...(upstream !== undefined && { upstream }),
    rules: [
      {
        name: "api",
        paths: ["/*"],
        allowOrigins: origin,
        allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allowHeaders: ["authorization", "content-type"],
        ...(credentials && { allowCredentials: true }),
      },
    ],
  };
}
