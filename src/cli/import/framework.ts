/** A library whose options can be imported, and how its JSON is read. */

import { getDotPath, type InferOutput, type ObjectEntries, type StrictObjectSchema, safeParse } from "valibot";
import { isRecord } from "../../core/shape.ts";
import { UsageError } from "../usage-error.ts";
import type { Draft, Remarks } from "./draft.ts";

/** A library that has a CORS setup of its own. */
export interface Framework {
  /** Every option that it documents. */
  readonly options: readonly string[];
  /**
   * Reads its options.
   * @throws UsageError for an unknown option or a wrong type, a line each
   */
  read(json: unknown, remarks: Remarks): Draft;
}

/** The shape of options: no others are known. Each message says what a value must be: "true or false". */
type Schema<Entries extends ObjectEntries> = StrictObjectSchema<Entries, undefined>;

interface Definition<Entries extends ObjectEntries> {
  /** As its users call it. */
  readonly title: string;
  readonly schema: Schema<Entries>;
  readonly draft: (options: InferOutput<Schema<Entries>>, remarks: Remarks) => Draft;
}

/** Ties a library's options to what they mean. */
export function defineFramework<Entries extends ObjectEntries>({
  title,
  schema,
  draft,
}: Definition<Entries>): Framework {
  return {
    options: Object.keys(schema.entries),
    read: (json, remarks) => draft(readOptions(schema, title, json), remarks),
  };
}

/**
 * Options as their schema has them.
 * @param title whose options they are
 * @throws UsageError with a line for everything that is wrong
 */
export function readOptions<Entries extends ObjectEntries>(
  schema: Schema<Entries>,
  title: string,
  json: unknown,
): InferOutput<Schema<Entries>> {
  if (!isRecord(json)) throw new UsageError(`the options of ${title} must be a JSON object, not ${shown(json)}`);
  const options = Object.keys(schema.entries);
  const unknown = Object.keys(json).filter((name) => !options.includes(name));
  const parsed = safeParse(schema, Object.fromEntries(Object.entries(json).filter(([name]) => options.includes(name))));
  if (parsed.success && unknown.length === 0) return parsed.output;
  const lines = [
    ...describeUnknown(unknown, title, options),
    ...(parsed.issues ?? []).map((issue) => `${getDotPath(issue)} must be ${issue.message}, not ${shown(issue.input)}`),
  ];
  throw new UsageError([...new Set(lines)].join("\n"));
}

/** A line for each name that is only written differently, and one for all the others. */
function describeUnknown(unknown: readonly string[], title: string, options: readonly string[]): readonly string[] {
  const meantBy = (name: string) => options.find((option) => option.toLowerCase() === name.toLowerCase());
  const foreign = unknown.filter((name) => meantBy(name) === undefined).map((name) => JSON.stringify(name));
  return [
    ...unknown.flatMap((name) => {
      const meant = meantBy(name);
      return meant === undefined ? [] : [`${title} has no option ${JSON.stringify(name)}; write "${meant}"`];
    }),
    ...(foreign.length > 0 ? [`${title} has no option ${foreign.join(" or ")}; it knows ${options.join(", ")}`] : []),
  ];
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
