import { spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeNew, writeWhole } from "../../../src/cli/write-whole.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cors-gateway-write-"));
  path = join(folder, "a.json");
});

afterEach(() => rmSync(folder, { recursive: true }));

const read = (name = "a.json") => readFileSync(join(folder, name), "utf8");

const MODULE = fileURLToPath(new URL("../../../src/cli/write-whole.ts", import.meta.url));

/** Writes from a process that may not make any file larger than nothing, as if the disk was full. */
function writeOnFullDisk(name: string): void {
  const script = `import { ${name} } from ${JSON.stringify(MODULE)}; ${name}(${JSON.stringify(path)}, "text");`;
  const node = [process.execPath, "--input-type=module", "--eval", script];
  const { status, stderr } = spawnSync("sh", ["-c", 'ulimit -f 0; exec "$@"', "sh", ...node], { encoding: "utf8" });
  expect([status, stderr]).toEqual([1, expect.stringContaining("EFBIG")]);
}

describe.each([
  ["writeWhole", writeWhole],
  ["writeNew", writeNew],
])("%s", (name, write) => {
  it("writes a file that is not there, and leaves nothing beside it", () => {
    write(path, "text");
    expect(read()).toBe("text");
    expect(readdirSync(folder)).toEqual(["a.json"]);
  });

  it("leaves nothing behind on a disk that is full", () => {
    writeOnFullDisk(name);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("leaves nothing behind where it fails", () => {
    mkdirSync(path);
    expect(() => write(path, "text")).toThrow();
    expect(() => write(join(folder, `${"a".repeat(251)}.json`), "text")).toThrow("ENAMETOOLONG");
    expect(() => write(join(folder, "nowhere", "a.json"), "text")).toThrow("ENOENT");
    expect(readdirSync(folder)).toEqual(["a.json"]);
    expect(readdirSync(path)).toEqual([]);
  });
});

describe("writeWhole", () => {
  it("puts the new file into the place of the old one, which it does not touch", () => {
    writeFileSync(path, "old");
    linkSync(path, join(folder, "same"));
    writeWhole(path, "new");
    expect([read(), read("same")]).toEqual(["new", "old"]);
  });

  it("leaves the old file as it was on a disk that is full", () => {
    writeFileSync(path, "old");
    writeOnFullDisk("writeWhole");
    expect(read()).toBe("old");
    expect(readdirSync(folder)).toEqual(["a.json"]);
  });

  it("keeps the mode", () => {
    writeFileSync(path, "old");
    chmodSync(path, 0o660);
    writeWhole(path, "new");
    expect(statSync(path).mode & 0o777).toBe(0o660);
  });

  it("keeps a link, and writes where it leads", () => {
    mkdirSync(join(folder, "elsewhere"));
    writeFileSync(join(folder, "elsewhere", "b.json"), "old");
    symlinkSync(join(folder, "elsewhere", "b.json"), path);
    writeWhole(path, "new");
    expect(read("elsewhere/b.json")).toBe("new");
    expect(
      readdirSync(folder, { withFileTypes: true })
        .find(({ name }) => name === "a.json")
        ?.isSymbolicLink(),
    ).toBe(true);
    expect(readdirSync(join(folder, "elsewhere"))).toEqual(["b.json"]);
  });

  it("writes into what is no file, and leaves it what it is", () => {
    writeWhole("/dev/null", "text");
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });
});

describe("writeNew", () => {
  it("never overwrites", () => {
    writeFileSync(path, "old");
    expect(() => writeNew(path, "new")).toThrow("EEXIST");
    expect(read()).toBe("old");
    expect(readdirSync(folder)).toEqual(["a.json"]);
  });

  it("never follows a link that leads nowhere", () => {
    symlinkSync(join(folder, "nowhere"), path);
    expect(() => writeNew(path, "new")).toThrow("EEXIST");
    expect(readdirSync(folder)).toEqual(["a.json"]);
  });
});
