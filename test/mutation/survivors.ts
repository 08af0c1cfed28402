/** The mutants that no test notices, as survivors.md lists them: a heading a file, a line a mutant. */

/** As much of Stryker's report as is needed. */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly status: string;
  readonly replacement: string;
  /** Lines and columns count from 1; the end is exclusive. */
  readonly location: { readonly start: Place; readonly end: Place };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

const LONGEST_CODE = 200;
/** Code that is shorter says little without what is around it. */
const SHORT_CODE = 16;
const AROUND = 40;

/** The survivors of a report that the page has no line for, by file. Two that read the same want two lines. */
export function unexplained({ files }: MutationReport, page: string): ReadonlyMap<string, readonly string[]> {
  const explained = linesByFile(page);
  const found = Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const survivors = mutants.filter(({ status }) => status === "Survived" || status === "NoCoverage");
    const left = [...(explained.get(file) ?? [])];
    const missing = survivors
      .map((mutant) => lineOf(source, mutant))
      .filter((line) => (left.includes(line) ? left.splice(left.indexOf(line), 1).length === 0 : true));
    return missing.length === 0 ? [] : [[file, missing] as const];
  });
  return new Map(found);
}

function linesByFile(page: string): ReadonlyMap<string, readonly string[]> {
  const sections = page.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [heading = "", ...lines] = section.split("\n");
      return [heading.replaceAll("`", ""), lines.filter((line) => line.startsWith("- "))];
    }),
  );
}

/** What stands there, and what stood there in its place unnoticed; with what is around it, for positions move. */
function lineOf(source: string, { location: { start, end }, replacement }: Mutant): string {
  const lines = source.split("\n");
  const from = offsetOf(lines, start);
  const to = offsetOf(lines, end);
  const isShort = to - from < SHORT_CODE;
  const before = isShort ? (lines[start.line - 1] ?? "").slice(0, start.column - 1).slice(-AROUND) : "";
  const after = isShort ? (lines[end.line - 1] ?? "").slice(end.column - 1).slice(0, AROUND) : "";
  return `- ${code(before + source.slice(from, to) + after)} → ${code(before + replacement + after)}`;
}

function offsetOf(lines: readonly string[], { line, column }: Place): number {
  return lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, column - 1);
}

function code(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return `\`\` ${line.length > LONGEST_CODE ? `${line.slice(0, LONGEST_CODE)}…` : line} \`\``;
}
