/**
 * `npm run conformance -- URL --allowed ORIGIN --denied ORIGIN`: what browsers make of the CORS of any API, this gateway's
 * or another's. Exit code 0 when nothing fails, 1 when something does, 2 when the judgement cannot be made.
 */

import { parseArgs, styleText } from "node:util";
import { printable } from "../../src/cli/printable.ts";
import { NoResponse } from "../../src/cli/raw-request.ts";
import { isToken } from "../../src/core/http-names.ts";
import { type Finding, isConformant, judge, type Status } from "./judge.ts";
import { type Expectation, probe } from "./probes.ts";

const USAGE = `Usage: npm run conformance -- URL --allowed ORIGIN --denied ORIGIN
  --allowed ORIGIN   an origin that the API means to let in, as https://shop.example.com
  --denied ORIGIN    one that it does not
  --method METHOD    the preflight asks for it; default GET. It is never sent itself
  --header NAME      the preflight asks for it; may be repeated
  --credentials      judge as for a page that sends cookies. None is sent
  --timeout SECONDS  for each answer; default 10
  --json             for machines
Sends OPTIONS and GET alone. Exit code 0: nothing fails, 1: something does, 2: wrong usage, or no answer.`;

/** A command that cannot be carried out as it was asked. */
class UsageError extends Error {}

interface Command {
  readonly expectation: Expectation;
  readonly timeoutSeconds: number;
  readonly isJson: boolean;
}

function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parseOptions(args);
  const [text = "", ...rest] = positionals;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || rest.length > 0) {
    throw new UsageError(`give one http(s) URL, not ${JSON.stringify(positionals.join(" "))}`);
  }
  const timeoutSeconds = Number(values.timeout);
  if (!(timeoutSeconds > 0))
    throw new UsageError(`--timeout is a number of seconds, not ${JSON.stringify(values.timeout)}`);
  const method = values.method;
  const odd = [method, ...values.header].find((name) => !isToken(name));
  if (odd !== undefined) throw new UsageError(`${JSON.stringify(odd)} is no method or header name`);
  return {
    expectation: {
      url,
      allowed: originOf("--allowed", values.allowed),
      denied: originOf("--denied", values.denied),
      method,
      headers: values.header.map((name) => name.toLowerCase()),
      isCredentialed: values.credentials,
    },
    timeoutSeconds,
    isJson: values.json,
  };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        allowed: { type: "string" },
        denied: { type: "string" },
        method: { type: "string", default: "GET" },
        header: { type: "string", multiple: true, default: [] },
        credentials: { type: "boolean", default: false },
        timeout: { type: "string", default: "10" },
        json: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function originOf(option: string, text: string | undefined): string {
  if (text === undefined) throw new UsageError(`${option} is missing: give an origin, as https://shop.example.com`);
  const url = URL.parse(text);
  if (url !== null && url.origin === text) return text;
  const meant = url === null || url.origin === "null" ? "https://shop.example.com" : url.origin;
  throw new UsageError(`${option} takes an origin as browsers send it, not ${JSON.stringify(text)}: write ${meant}`);
}

const COLOURS = { pass: "green", fail: "red", warn: "yellow", skip: "gray" } as const;

function print(findings: readonly Finding[], { url, allowed, denied }: Expectation): void {
  const paint = (status: Status) => styleText(COLOURS[status], status, { stream: process.stdout });
  console.log(`${url.href} for ${allowed}, and not for ${denied}\n`);
  for (const { id, title, status, evidence, see } of findings) {
    console.log(`${paint(status)}  ${id}: ${title}\n      ${printable(evidence)}`);
    if (status === "fail") console.log(`      ${see}`);
  }
  const count = (wanted: Status) => findings.filter(({ status }) => status === wanted).length;
  console.log(`\n${count("pass")} pass, ${count("fail")} fail, ${count("warn")} warn, ${count("skip")} skipped`);
}

try {
  if (process.argv.includes("--help")) console.log(USAGE);
  else {
    const { expectation, timeoutSeconds, isJson } = parseCommand(process.argv.slice(2));
    const findings = judge(await probe(expectation, timeoutSeconds), expectation);
    const conformant = isConformant(findings);
    if (isJson) console.log(JSON.stringify({ url: expectation.url.href, conformant, findings }, null, 2));
    else print(findings, expectation);
    process.exitCode = conformant ? 0 : 1;
  }
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof NoResponse)) throw error;
  console.error(`error: ${error.message}${error instanceof UsageError ? " (--help says more)" : ""}`);
  process.exitCode = 2;
}
