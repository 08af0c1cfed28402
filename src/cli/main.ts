#!/usr/bin/env node
/** The command line: policies as code. */

import { Command, CommanderError } from "commander";
import { addAudit } from "./commands/audit.ts";
import { addCheck } from "./commands/check.ts";
import { addDiff } from "./commands/diff.ts";
import { addExplain } from "./commands/explain.ts";
import { addHistory } from "./commands/history.ts";
import { addImport } from "./commands/import.ts";
import { addInit } from "./commands/init.ts";
import { addList } from "./commands/list.ts";
import { addPull } from "./commands/pull.ts";
import { addPush } from "./commands/push.ts";
import { addReport } from "./commands/report.ts";
import { addRollback } from "./commands/rollback.ts";
import { escapeControls } from "./escape-controls.ts";
import { KvError } from "./kv.ts";
import { complain, EXIT } from "./output.ts";
import { PublishError } from "./publish-policy.ts";
import { UsageError } from "./usage-error.ts";

const program = new Command("cors-gateway")
  .description("CORS policies as code: write, check, explain, publish, undo.")
  .option("-d, --directory <path>", "where the policy files are", "policies")
  .addHelpText("after", "\nExit codes: 0 ok, 1 findings, 2 not done.\n\nExample:\n  $ cors-gateway check")
  .showHelpAfterError("(--help says more)")
  .showSuggestionAfterError()
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

addInit(program);
addImport(program);
addCheck(program);
addExplain(program);
addAudit(program);
addReport(program);
addDiff(program);
addPush(program);
addPull(program);
addHistory(program);
addRollback(program);
addList(program);

// Whoever reads the output may stop early, as `| head` does: that is no reason to stop in the middle of a push.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

// Not awaited: Node would warn of a question that Ctrl-D left without an answer.
program.parseAsync().catch((error: unknown) => {
  if (error instanceof UsageError || error instanceof KvError) complainOf(error);
  else if (!(error instanceof CommanderError)) throw error;
  process.exitCode = exitCodeOf(error);
});

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  // That somebody else was faster is what a push was to find out; anything else kept it from its work.
  return error instanceof PublishError && error.inForce === "other" ? EXIT.findings : EXIT.notDone;
}

/** Security: names of files and answers of servers are part of messages. */
function complainOf({ message }: Error): void {
  for (const line of message.split("\n")) complain(`error: ${escapeControls(line)}`);
}
