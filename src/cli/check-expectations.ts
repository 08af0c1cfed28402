/** What is expected of the policies of a directory: policies/expect/<hostname>.json, and whether it holds. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ListContents } from "../core/compare/compare-origins.ts";
import { listsNamedBy } from "../core/compare/named-lists.ts";
import { type Expectation, parseExpectations } from "../core/expect/expectations.ts";
import { judgeExpectation } from "../core/expect/judge-expectation.ts";
import { diagnose } from "../core/explain/diagnose.ts";
import type { Explanation } from "../core/explain/explain.ts";
import { explainedPolicy } from "../core/explain/explained-policy.ts";
import type { CheckedFile, PlacedIssue } from "./check-policies.ts";
import { fileNameOf, type PolicyFile, readPolicyFiles, requireFileHostname } from "./policy-files.ts";
import { policiesIn, servingHostnames } from "./policy-set.ts";
import { createLocator, type Position, positionOfSyntaxError } from "./positions.ts";

/** An expectation that does not hold, or that cannot be judged; with the request that shows it. */
export interface UnmetExpectation extends Position {
  readonly code: "expectation-failed" | "expectation-not-checked";
  readonly pointer: string;
  readonly expectation: Expectation;
  readonly explanation: Explanation;
}

/** The result of checking one file of expectations. */
export interface CheckedExpectations {
  readonly file: PolicyFile;
  /** How many were judged. */
  readonly count: number;
  /** What is wrong with the file itself. */
  readonly issues: readonly PlacedIssue[];
  readonly failed: readonly UnmetExpectation[];
  /** Those that hang on a list whose content is not known here. */
  readonly notChecked: readonly UnmetExpectation[];
}

/** True where nothing is wrong. */
export function holds({ issues, failed }: CheckedExpectations): boolean {
  return issues.length === 0 && failed.length === 0;
}

/**
 * Checks the expectations about every hostname that one of these files serves.
 * @param checked the policy files; those with issues are not judged
 * @param isAll true where they are all of the directory: then expectations that no policy serves are judged, too
 * @param now milliseconds since the epoch
 */
export async function checkExpectations(
  directory: string,
  checked: readonly CheckedFile[],
  isAll: boolean,
  now: number,
): Promise<readonly CheckedExpectations[]> {
  const folder = join(directory, "expect");
  const results: CheckedExpectations[] = [];
  for (const file of existsSync(folder) ? readPolicyFiles(folder) : []) {
    const hostname = requireFileHostname(file);
    const servedBy = servingHostnames(hostname).find((candidate) => existsSync(join(directory, fileNameOf(candidate))));
    const serving = checked.find((policy) => policy.file.hostname === servedBy);
    if (serving === undefined && !(isAll && servedBy === undefined)) continue;
    results.push(await checkFile(file, directory, serving, now));
  }
  return results;
}

async function checkFile(
  file: PolicyFile,
  directory: string,
  serving: CheckedFile | undefined,
  now: number,
): Promise<CheckedExpectations> {
  const result: CheckedExpectations = { file, count: 0, issues: [], failed: [], notChecked: [] };
  const locate = createLocator(file.text);
  const parsed = parseExpectations(file.text);
  if (!parsed.ok) {
    const isJson = parsed.issues[0]?.code !== "document-not-json";
    const placeOf = ({ pointer }: { pointer: string }) => (isJson ? locate(pointer) : positionOfSyntaxError(file.text));
    return { ...result, issues: parsed.issues.map((issue) => ({ ...diagnose(issue), ...placeOf(issue) })) };
  }
  // What is wrong with the policy is said already.
  if (serving !== undefined && serving.document === undefined) return result;
  const { expect } = parsed.document;
  const policy = explainedPolicy(serving?.file.path ?? join(directory, fileNameOf(file.hostname)), serving?.file.text);
  const known = { policy, hostname: file.hostname, contents: await readLists(directory, serving) };
  const unmet = expect.flatMap((expectation, index): UnmetExpectation[] => {
    const judgement = judgeExpectation(expectation, known, now);
    if (judgement.kind === "holds") return [];
    const code = judgement.kind === "fails" ? "expectation-failed" : "expectation-not-checked";
    const pointer = `/expect/${index}`;
    return [{ code, pointer, expectation, explanation: judgement.explanation, ...locate(pointer) }];
  });
  return {
    ...result,
    count: expect.length,
    failed: unmet.filter(({ code }) => code === "expectation-failed"),
    notChecked: unmet.filter(({ code }) => code === "expectation-not-checked"),
  };
}

async function readLists(directory: string, serving: CheckedFile | undefined): Promise<ListContents> {
  const names = listsNamedBy(serving?.document?.rules ?? []);
  const lists = new Map<string, ReadonlySet<string> | undefined>();
  for (const name of names) lists.set(name, await policiesIn(directory).readList(name));
  return (name) => lists.get(name);
}
