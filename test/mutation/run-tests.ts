/**
 * The command that Stryker runs for each mutant, in a copy of the project with all mutants in it, of which one is active:
 * the tests of core until one fails, those named after the file of the mutant first.
 */

import { globSync, readFileSync } from "node:fs";
import { enableCompileCache, registerHooks } from "node:module";
import { basename, dirname } from "node:path";
import { pathToFileURL } from "node:url";

enableCompileCache();
const vitest = new URL("./vitest-in-node.ts", import.meta.url).href;
const fastCheck = new URL("./fast-check-in-short.ts", import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier === "vitest") return { url: vitest, shortCircuit: true };
    if (specifier === "fast-check" && context.parentURL !== fastCheck) return { url: fastCheck, shortCircuit: true };
    return next(specifier, context);
  },
});

/** They test other things than core, need more of vitest, or try so many cases that each mutant would take a minute. */
const LEFT_OUT =
  /^(?:docs|survivors|migrating|fuzz|conformance-judge|browser-model|page-laws|rule-pairs-work)\.test\.ts$/;

const mutated = fileOf(process.env.__STRYKER_ACTIVE_MUTANT__);
const { runTests } = (await import(vitest)) as typeof import("./vitest-in-node.ts");
for (const file of testsFor(mutated)) {
  await import(pathToFileURL(file).href);
  const failed = await runTests();
  if (failed !== undefined) {
    console.error(`${file} > ${failed}`);
    process.exit(1);
  }
}

/**
 * Those named after the file; those that import it; all that are quick; those named after files that import it (of what
 * requests need: after neighbours alone); and the laws of its folder. All there are where there is no mutant.
 */
function testsFor(mutated: string | undefined): readonly string[] {
  const files = globSync("test/unit/{,explain/,compare/,expect/}*.test.ts").filter(
    (file) => !LEFT_OUT.test(basename(file)),
  );
  if (mutated === undefined) return files;
  const folder = dirname(mutated).replace("src/core", "test/unit");
  const importsIt = (text: string) => text.includes(`/${basename(mutated)}";`);
  const importers = globSync(dirname(mutated) === "src/core" ? "src/core/*.ts" : "src/core/**/*.ts").filter((file) =>
    importsIt(readFileSync(file, "utf8")),
  );
  const ranks = files.map((file) => {
    const text = readFileSync(file, "utf8");
    const isNamedAfter = (source: string) => basename(file) === basename(source).replace(/ts$/, "test.ts");
    if (isNamedAfter(mutated)) return { file, rank: 0 };
    if (importsIt(text)) return { file, rank: 1 };
    if (!text.includes('"fast-check"')) return { file, rank: 2 };
    if (importers.some(isNamedAfter)) return { file, rank: 3 };
    return { file, rank: dirname(file) === folder && file.endsWith("-laws.test.ts") ? 4 : -1 };
  });
  return ranks
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .map(({ file }) => file);
}

function fileOf(mutant: string | undefined): string | undefined {
  if (mutant === undefined) return undefined;
  // As Stryker writes it: a bare `("0")` may stand in any file.
  const place = new RegExp(`stryMutAct_\\w+\\("${mutant}"\\)`);
  return globSync("src/core/**/*.ts").find((file) => place.test(readFileSync(file, "utf8")));
}
