/** `import`: writes a policy that means what another CORS setup means. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Argument, type Command } from "commander";
import { ASPNET } from "../import/aspnet.ts";
import { findDangers } from "../import/dangers.ts";
import { DJANGO } from "../import/django.ts";
import { draftObserved } from "../import/draft-observed.ts";
import { EXPRESS } from "../import/express.ts";
import { FLASK } from "../import/flask.ts";
import type { Framework } from "../import/framework.ts";
import { observe } from "../import/observe.ts";
import { parseQuestion, type QuestionOptions } from "../import/question.ts";
import { reportDifferences } from "../import/report-differences.ts";
import { observationJson, reportObservation } from "../import/report-observation.ts";
import { type ImportedPolicy, settle, type Target } from "../import/settle.ts";
import { requireNoFile, writeNewPolicyFile } from "../new-policy-file.ts";
import { EXIT, say, sayJson } from "../output.ts";
import { fileNameOf, reason, requireHostname } from "../policy-files.ts";
import { clearProgress, showProgress } from "../progress.ts";
import { NoResponse } from "../raw-request.ts";
import { UsageError } from "../usage-error.ts";
import { wholeNumber } from "../whole-number.ts";

/** The libraries whose options are read, by their names on the command line. */
export const FRAMEWORKS: Readonly<Record<string, Framework>> = {
  express: EXPRESS,
  django: DJANGO,
  flask: FLASK,
  aspnet: ASPNET,
};

interface ImportOptions extends QuestionOptions {
  readonly hostname?: string;
  readonly upstream?: string;
  readonly observe?: string;
  readonly path?: readonly string[];
  readonly json?: true;
  readonly directory: string;
}

const EXAMPLES = `
Examples:
  $ cors-gateway import express cors.json --hostname api.example.com
  $ cors-gateway import --observe https://api.example.com/v1/orders --path '/v1/*' --origin https://app.example.com

Exit code 0 when nothing was refused, 1 when something was, or when the API is dangerous as it is.`;

/** Adds the command to the program. */
export function addImport(program: Command): void {
  program
    .command("import")
    .description("write a policy that means what another CORS setup means, or what a live API does; never overwrites")
    .addArgument(new Argument("[framework]", "whose options the file has").choices(Object.keys(FRAMEWORKS)))
    .argument("[file]", "the options as JSON, in the library's own names; - for standard input")
    .option("--hostname <host>", "the API's hostname; default with --observe: the URL's")
    .option("-u, --upstream <url>", "where requests go; default: the variable DEFAULT_UPSTREAM")
    .option("--observe <url>", "ask a live API by preflights and GETs instead of reading a file")
    .option("-o, --origin <origin...>", "with --observe: origins to ask about")
    .option("-X, --method <method...>", "with --observe: methods to ask about; default: GET POST PUT PATCH DELETE")
    .option(
      "-H, --header <name...>",
      "with --observe: request headers to ask about; default: authorization content-type",
    )
    .option("-p, --path <pattern...>", "with --observe: paths that the policy is for; default: the URL's path alone")
    .option("--timeout <seconds>", "with --observe: how long to wait for each answer", wholeNumber(1), 10)
    .option("--json", "for machines")
    .addHelpText("after", EXAMPLES)
    .action(async (framework: string | undefined, file: string | undefined, _: unknown, self: Command) => {
      const options = self.optsWithGlobals<ImportOptions>();
      if (options.observe !== undefined) await importObserved(options.observe, framework, options);
      else importFile(framework, file, options);
    });
}

function importFile(name: string | undefined, file: string | undefined, options: ImportOptions): void {
  const framework = FRAMEWORKS[name ?? ""];
  if (framework === undefined || file === undefined) {
    throw new UsageError(
      "import what? Name the library and a file of its options: import express cors.json, or ask a live API: import --observe URL",
    );
  }
  if (options.origin ?? options.method ?? options.header ?? options.path) {
    throw new UsageError("--origin, --method, --header and --path go with --observe; a file says all of this itself");
  }
  if (options.hostname === undefined) {
    throw new UsageError("whose policy is it? Name the API's hostname: --hostname api.example.com");
  }
  const target = { hostname: requireHostname(options.hostname), upstream: options.upstream };
  const json = parseJson(readText(file), file);
  const imported = settle((remarks) => framework.read(json, remarks), target);
  finish(imported, target, options, () => reportDifferences(imported));
}

async function importObserved(urlText: string, framework: string | undefined, options: ImportOptions): Promise<void> {
  if (framework !== undefined) throw new UsageError("--observe asks a live API; leave out the library and the file");
  const question = parseQuestion(urlText, options);
  const { url } = question;
  const target = { hostname: requireHostname(options.hostname ?? url.hostname), upstream: options.upstream };
  requireNoFile(pathOf(target, options));
  const observation = await observe(question, (number) => showProgress(`asking ${url.host}: request ${number} …`))
    .catch((error: unknown) => {
      throw error instanceof NoResponse ? new UsageError(error.message, error) : error;
    })
    .finally(clearProgress);
  const dangers = findDangers(observation);
  const imported = settle((remarks) => draftObserved(observation, options.path ?? [url.pathname], remarks), target);
  finish(
    imported,
    target,
    options,
    () => {
      reportObservation(url, observation, dangers);
      reportDifferences(imported);
    },
    { observed: observationJson(observation, dangers) },
  );
  if (dangers.length > 0) process.exitCode = EXIT.findings;
}

/** Writes the policy and says so; after all else is said, since the file is what to go on with. */
function finish(
  { text, refused, notCarried }: ImportedPolicy,
  target: Target,
  options: ImportOptions,
  report: () => void,
  more: object = {},
): void {
  const path = pathOf(target, options);
  if (text !== undefined) writeNewPolicyFile(path, text);
  if (text === undefined || refused.length > 0) process.exitCode = EXIT.findings;
  if (options.json) {
    sayJson({ file: text === undefined ? null : path, hostname: target.hostname, refused, notCarried, ...more });
    return;
  }
  report();
  if (text === undefined) say("nothing was written: no origin is left to be allowed");
  else say(`wrote ${path}; check it with: cors-gateway check ${path}`);
}

function pathOf({ hostname }: Target, { directory }: ImportOptions): string {
  return join(directory, fileNameOf(hostname));
}

function readText(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${file === "-" ? "standard input" : file}: ${reason(error)}`, error);
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    // Editors on Windows begin files with a byte order mark.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new UsageError(
      `${file === "-" ? "standard input" : file} is not JSON: ${reason(error).replace(/\s+/g, " ")}`,
      error,
    );
  }
}
