/** `explain`: what the edge decides about a page's request, and what the browser makes of it. */

import { createInterface } from "node:readline";
import { type Command, Option } from "commander";
import { type Explanation, explain, isGood } from "../../core/explain/explain.ts";
import type { ExplainedPolicy } from "../../core/explain/explained-policy.ts";
import { findRemedies } from "../../core/explain/remedies.ts";
import { canAsk, confirm } from "../confirm.ts";
import { countDenials } from "../denial-log.ts";
import { describeGroupRemedies } from "../denial-remedies.ts";
import { explanationJson } from "../explanation-json.ts";
import { KvError } from "../kv.ts";
import { checkLive } from "../live-check.ts";
import { addKvOptions, type KvOptions, meansKv, withKv } from "../open-kv.ts";
import { EXIT, sayJson } from "../output.ts";
import { type ParsedRequest, parsePageRequest, type RequestOptions } from "../page-request.ts";
import { findPolicy, openDirectory, type PolicySource } from "../policy-source.ts";
import { type AdvisedGroup, denialsJson, reportDenials } from "../report-denials.ts";
import { reportExchanges, reportOutcome, reportRemedies, reportRequest, reportSteps } from "../report-explanation.ts";
import { isGoodLive, liveJson, reportLive } from "../report-live.ts";
import { UsageError } from "../usage-error.ts";
import { wholeNumber } from "../whole-number.ts";

interface ExplainOptions extends RequestOptions, KvOptions {
  readonly live?: true;
  readonly timeout: number;
  readonly yes?: true;
  readonly log?: true;
  readonly json?: true;
  readonly directory: string;
}

const collect = (value: string, values: readonly string[] = []) => [...values, value];

const EXAMPLES = `
Examples:
  $ cors-gateway explain https://api.example.com/v1/orders/7 --origin https://shop.example.com \\
      --method PUT --header 'content-type: application/json' --credentials
  $ cors-gateway explain https://api.example.com/v1/orders/7 --origin https://shop.example.com --live
  $ npx wrangler tail --format json | cors-gateway explain --log

Exit code 0 when the page may read the response (with --live also when every hop agrees), 1 when not.`;

/** Adds the command to the program. */
export function addExplain(program: Command): void {
  const command = program
    .command("explain")
    .description(
      "why a browser lets a page read a response, or not; by the policy files, or with --local or --remote by KV",
    )
    .argument("[url]", "what the page calls")
    .option("-o, --origin <origin>", "the page's origin: scheme, host and port")
    .option("-X, --method <method>", "the request's method; default: GET")
    .option("-H, --header <header>", "'NAME: VALUE' that the page sets; may be repeated", collect)
    .option("-c, --credentials", "the page sends cookies or other credentials")
    .option("--live", "send the real preflight and request, and say which hop disagrees")
    .option("--yes", "with --live: send a method that may change something without asking")
    .option("--timeout <seconds>", "with --live: how long to wait for an answer", wholeNumber(1), 10)
    .addOption(
      new Option("--log", "read the gateway's log on standard input, and count its denials").conflicts([
        "live",
        "origin",
        "method",
        "header",
        "credentials",
      ]),
    );
  addKvOptions(command, { fallback: false })
    .option("--json", "for machines")
    .addHelpText("after", EXAMPLES)
    .action(async (url: string | undefined, _: unknown, self: Command) => {
      const options = self.optsWithGlobals<ExplainOptions>();
      await (options.log ? explainLog(url, options) : explainUrl(url, options));
    });
}

/** Uses the source of policies that the options name. */
function withSource<Result>(options: ExplainOptions, use: (source: PolicySource) => Promise<Result>): Promise<Result> {
  if (meansKv(options)) return withKv(options, (kv) => use({ kv }));
  return use(openDirectory(options.directory));
}

async function explainUrl(url: string | undefined, options: ExplainOptions): Promise<void> {
  const parsed = parsePageRequest(url, options);
  const { request } = parsed;
  if (options.live && request.url.protocol.startsWith("ws")) {
    throw new UsageError("--live is for http and https; leave it out, or explain the handshake's URL by https");
  }
  const policy = await withSource(options, (source) => findPolicy(source, request.url.hostname, request.origin));
  const explanation = explain(policy, request, Date.now());
  const isFine = options.live
    ? await explainLive(policy, explanation, parsed, options)
    : explainOffline(policy, explanation, parsed, options);
  if (!isFine) process.exitCode = EXIT.findings;
}

function explainOffline(
  policy: ExplainedPolicy,
  explanation: Explanation,
  { notes, request }: ParsedRequest,
  { json }: ExplainOptions,
): boolean {
  const remedies = findRemedies(policy, request, Date.now());
  if (json) sayJson(explanationJson(policy, explanation, remedies, notes));
  else {
    reportRequest(explanation, notes);
    reportSteps(explanation);
    reportExchanges(explanation);
    reportOutcome(explanation);
    reportRemedies(remedies, policy.place, request.url.hostname);
  }
  return isGood(explanation.outcome);
}

async function explainLive(
  policy: ExplainedPolicy,
  explanation: Explanation,
  { notes, request }: ParsedRequest,
  { json, yes, timeout }: ExplainOptions,
): Promise<boolean> {
  if (!json) {
    reportRequest(explanation, notes);
    reportSteps(explanation);
  }
  const question = `Really send ${request.method} ${request.url.href}? It may change something there.`;
  const place = policy.lookup.kind === "none" ? `${policy.place} (which is not there)` : policy.place;
  const check = await checkLive(explanation, place, {
    timeoutSeconds: timeout,
    mayChange: async () => yes === true || (!json && canAsk() && (await confirm(question, {}))),
  });
  const remedies = findRemedies(policy, request, Date.now());
  if (json) {
    sayJson({ ...explanationJson(policy, explanation, remedies, notes), live: liveJson(check, explanation) });
  } else {
    reportLive(check, explanation, place);
    if (check.findings.length === 0) reportRemedies(remedies, policy.place, request.url.hostname);
  }
  return isGoodLive(check);
}

async function explainLog(url: string | undefined, options: ExplainOptions): Promise<void> {
  if (url !== undefined) throw new UsageError("--log reads standard input; leave out the URL");
  if (process.stdin.isTTY) {
    throw new UsageError(
      "--log reads the gateway's log on standard input; pipe it: npx wrangler tail --format json | cors-gateway explain --log",
    );
  }
  await withSource(options, async (source) => {
    const counted = await countDenials(standardInput());
    const policies = new Map<string, ExplainedPolicy | KvError>();
    const advised: AdvisedGroup[] = [];
    for (const group of counted.groups) {
      const policy = policies.get(group.hostname) ?? (await findOrFail(source, group.hostname));
      policies.set(group.hostname, policy);
      const isKnown = !(policy instanceof KvError);
      advised.push({ group, remedies: isKnown ? describeGroupRemedies(group, policy, Date.now()) : [policy.message] });
    }
    if (options.json) sayJson(denialsJson(counted, advised));
    else reportDenials(counted, advised);
    if (counted.denials > 0) process.exitCode = EXIT.findings;
  });
}

/** What was read over hours is not lost because KV fails in the end. */
async function findOrFail(source: PolicySource, hostname: string): Promise<ExplainedPolicy | KvError> {
  try {
    return await findPolicy(source, hostname);
  } catch (error) {
    if (error instanceof KvError) return error;
    throw error;
  }
}

function standardInput(): AsyncIterable<string> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  // Ctrl-C ends `wrangler tail`, and is no reason to lose what it said.
  process.once("SIGINT", () => lines.close());
  return lines;
}
