/** What `npm start` says where it cannot start: in a copy of the project whose policies/ is as wrong as a test needs. */

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cors-gateway-demo-"));
  for (const name of ["package.json", "wrangler.toml", "src"]) {
    await cp(join(PROJECT, name), join(folder, name), { recursive: true });
  }
  await symlink(join(PROJECT, "node_modules"), join(folder, "node_modules"));
});

beforeEach(() => rm(join(folder, "policies"), { recursive: true, force: true }));

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts the demo on free ports, and waits until it has given up. */
function start(): Promise<{ readonly code: number; readonly stderr: string }> {
  const args = ["src/demo/start.ts", "--port", "0", "--api-port", "0", "--page-port", "0"];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: folder }, (_, _stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stderr });
    });
  });
}

it("policies that cannot be read are one line and exit code 1", async () => {
  expect(await start()).toEqual({
    code: 1,
    stderr: `cannot read the directory ${join(folder, "policies")}: there is no such file or directory\n`,
  });
});

it("a wrangler.toml that cannot be used is one line and exit code 1", async () => {
  await mkdir(join(folder, "policies"));
  const toml = join(folder, "wrangler.toml");
  await writeFile(toml, "name =\n");
  const { code, stderr } = await start();
  await cp(join(PROJECT, "wrangler.toml"), toml);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^local KV cannot be used: .+\n$/);
});

it("a policy that is refused is a line as the command line prints it, which cannot steer the terminal", async () => {
  await mkdir(join(folder, "policies"));
  const document = { rules: [{ name: "r", allowOrigins: ["https://a.example\u009b2J"] }] };
  await writeFile(join(folder, "policies", "localhost.json"), JSON.stringify(document));
  const { code, stderr } = await start();
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^policies\/localhost\.json:1:\d+: error .+https:\/\/a\.example\\u009b2J.+ \[[a-z-]+\]\nThe demo was not started: /,
  );
});
