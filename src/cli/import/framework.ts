/** A library whose options can be imported, and how its JSON is read. */

import {
  type BaseIssue,
  getDotPath,
  type InferOutput,
  type ObjectEntries,
  type StrictObjectSchema,
  safeParse,
} from "valibot";
import { UsageError } from "../usage-error.ts";
import type { Draft, Remarks } from "./draft.ts";

/** A library that has a CORS setup of its own. */
export interface Framework {
  /** As its users call it. */
  readonly title: string;
  /** Every option that it documents. */
  readonly options: readonly string[];
  /**
   * Reads its options.
   * @throws UsageError for an unknown option or a wrong type, a line each
   */
  read(json: unknown, remarks: Remarks): Draft;
}

interface Definition<Entries extends ObjectEntries> {
  readonly title: string;
  readonly schema: StrictObjectSchema<Entries, undefined>;
  readonly draft: (options: InferOutput<StrictObjectSchema<Entries, undefined>>, remarks: Remarks) => Draft;
}

/**
 * Ties a library's options to what they mean.
 * @param definition.schema each entry's message says what its value must be: "true or false"
 */
export function defineFramework<Entries extends ObjectEntries>({
  title,
  schema,
  draft,
}: Definition<Entries>): Framework {
  const options = Object.keys(schema.entries);
  return {
    title,
    options,
    read(json, remarks) {
      const parsed = safeParse(schema, json);
      if (parsed.success) return draft(parsed.output, remarks);
      const lines = parsed.issues.map((issue) => describe(issue, title, options));
      throw new UsageError([...new Set(lines)].join("\nerror: "));
    },
  };
}

function describe(issue: BaseIssue<unknown>, title: string, options: readonly string[]): string {
  const option = getDotPath(issue);
  if (option === null) return `the options of ${title} must be a JSON object, not ${shown(issue.input)}`;
  if (issue.type === "strict_object") {
    const meant = options.find((known) => known.toLowerCase() === option.toLowerCase());
    const advice = meant === undefined ? `it knows ${options.join(", ")}` : `write "${meant}"`;
    return `${title} has no option "${option}"; ${advice}`;
  }
  return `${option} must be ${issue.message}, not ${shown(issue.input)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
