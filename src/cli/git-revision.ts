/** The policies of a git revision. */

import { execFile } from "node:child_process";
import { basename, relative, sep } from "node:path";
import { promisify } from "node:util";
import { fileNameOf, hostnameOf, isPolicyFileName } from "./policy-files.ts";
import { listFileOf, type PolicySet, parseListText } from "./policy-set.ts";
import { UsageError } from "./usage-error.ts";

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/**
 * The policy files that a directory has at a revision, read without touching the working tree.
 * @throws UsageError where there is no git, no repository, no such revision, or git cannot read it
 */
export async function policiesAt(revision: string, directory: string): Promise<PolicySet> {
  const commit = await findCommit(revision);
  // git takes paths with slashes, from where it runs.
  const folder = `./${relative(process.cwd(), directory).split(sep).join("/")}`;
  const listed = await git(["ls-tree", "-r", "-z", "--name-only", commit, "--", folder]);
  const files = new Set(listed.split("\0").map((path) => relative(folder, path)));
  const show = (name: string) =>
    files.has(name) ? git(["cat-file", "blob", `${commit}:${folder}/${name.split(sep).join("/")}`]) : undefined;
  const names = [...files].filter((name) => name === basename(name) && isPolicyFileName(name));
  return {
    name: `${revision}:${directory}`,
    hostnames: async () => names.map(hostnameOf),
    read: async (hostname) => show(fileNameOf(hostname)),
    readList: async (name) => {
      const text = await show(listFileOf(name));
      return text === undefined ? undefined : parseListText(text);
    },
  };
}

async function findCommit(revision: string): Promise<string> {
  try {
    return (await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`])).trim();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `git knows no revision "${revision}"; in CI, fetch it first: git fetch origin ${revision}`,
      error,
    );
  }
}

async function git(args: readonly string[]): Promise<string> {
  try {
    return (await run("git", args, { maxBuffer: MAX_OUTPUT_BYTES })).stdout;
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT")
      throw new UsageError("there is no git here, and --from and --to read revisions by it", error);
    if (/not a git repository/.test(stderr))
      throw new UsageError("this is no git repository, and --from and --to read revisions", error);
    // A folder outside of the repository, a repository of somebody else: git's own words say it best.
    if (stderr !== "") throw new UsageError(`git cannot read this: ${stderr.split("\n")[0]}`, error);
    throw error;
  }
}
