/** Policies as a weapon: what whoever writes to KV, or sends a pull request, must not get past the gateway or a reviewer. */

import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.ts";
import type { Source } from "./sources.ts";
import { APP, EVIL, targetOfTests } from "./target.ts";

const target = targetOfTests();

/** A rule's fields; or the text of a document, as it stands. */
const DANGEROUS: readonly (readonly [trick: string, source: Source, rule: object | string])[] = [
  ["any origin with credentials", "CVE-2024-25124 (Fiber)", { allowOrigins: ["*"], allowCredentials: true }],
  [
    "any origin with credentials, by echo",
    "CVE-2018-20744 (rs/cors)",
    { allowOrigins: [APP, "*"], allowCredentials: true },
  ],
  ["any origin beside a list", "our own review", { allowOrigins: ["*", APP] }],
  ["null with credentials", "PortSwigger labs", { allowOrigins: ["null"], allowCredentials: true }],
  ["null beside a list", "Corsy", { allowOrigins: [APP, "null"] }],
  ["plain text with credentials", "Chen 2018", { allowOrigins: ["http://app.example.com"], allowCredentials: true }],
  [
    "plain text with credentials, by wildcard",
    "Chen 2018",
    { allowOrigins: ["http://*.example.com"], allowCredentials: true },
  ],
  ["a pattern open at its end", "CVE-2019-25211 (gin-contrib/cors)", { allowOrigins: ["https://example.*"] }],
  ["a pattern open after a host", "CVE-2019-25211 (gin-contrib/cors)", { allowOrigins: ["http://localhost.*"] }],
  ["a pattern open in the middle", "Chen 2018", { allowOrigins: ["https://app.*.example.com"] }],
  ["a pattern open in two places", "Chen 2018", { allowOrigins: ["https://*.*.example.com"] }],
  ["a regular expression", "CVE-2017-11173 (rack-cors)", { allowOrigins: ["https://.*\\.example\\.com"] }],
  ["an anchored expression", "CVE-2017-11173 (rack-cors)", { allowOrigins: ["^https://app.example.com$"] }],
  ["every host of a scheme", "Chen 2018", { allowOrigins: ["https://*"] }],
  ["every address", "our own review", { allowOrigins: ["http://127.0.0.*"] }],
  ["a domain without a scheme", "Corsy", { allowOrigins: ["example.com"] }],
  ["the user's cookies exposed", "Fetch standard", { exposeHeaders: ["set-cookie"] }],
  ["a tunnel as a method", "Fetch standard", { allowMethods: ["CONNECT"] }],
  ["an echo of the whole request as a method", "Fetch standard", { allowMethods: ["TRACE"] }],
  ["a line end in a header name", "Kettle 2016", { allowHeaders: ["x-a\r\nx-b"] }],
  ["a line end in an exposed name", "Kettle 2016", { exposeHeaders: ["x-a\r\nx-b"] }],
  ["a line end in the name", "Kettle 2016", { name: "r\r\nx: y" }],
  ["a line end in an origin", "Kettle 2016", { allowOrigins: ["https://app.example.com\r\nx: y"] }],
  ["a parameter in the name", "our own review", { name: "r;version=9" }],
  ["an upstream with a password", "our own review", { upstream: "https://user:secret@origin.example.net" }],
  ["an upstream of another scheme", "cors-anywhere", { upstream: "file:///etc/passwd" }],
  ["an upstream with a place for a URL", "cors-anywhere", { upstream: "https://origin.example.net/?url=" }],
  [
    "an inherited field of a rule",
    "our own review",
    `{"rules":[{"name":"r","allowOrigins":["${APP}"],"__proto__":{}}]}`,
  ],
  [
    "an inherited field of the document",
    "our own review",
    `{"__proto__":{"mode":"report-only"},"rules":[{"name":"r","allowOrigins":["${APP}"]}]}`,
  ],
  [
    "a constructor for a field",
    "our own review",
    `{"constructor":{},"rules":[{"name":"r","allowOrigins":["${APP}"]}]}`,
  ],
  ["an array for an object", "our own review", `[{"rules":[{"name":"r","allowOrigins":["${APP}"]}]}]`],
  ["a depth of a hundred thousand", "our own review", `{"rules":${"[".repeat(100_000)}${"]".repeat(100_000)}}`],
];

describe("a policy with", () => {
  it.each(DANGEROUS)("what is dangerous grants nothing, though it lies in KV: %s (%s)", async (_, __, rule) => {
    const { host, ask } = typeof rule === "string" ? target.at(`p${rule.length}.attack.test`) : target.putRules(rule);
    if (typeof rule === "string") target.gateway.kv.values.set(`policy/${host}`, rule);
    for (const origin of [APP, EVIL, "null", "http://app.example.com"]) {
      const answer = await ask({ headers: { Origin: origin, Cookie: "a=b" } });
      expect(answer.status).toBe(403);
      expect(answer.cors).toEqual({ vary: "Origin", "cors-decision": "denied;reason=policy-unavailable" });
      expect(answer.reached).toEqual([]);
    }
  });
});

/** Runs a command in a folder with these policy files. */
async function cliWith(files: Readonly<Record<string, string>>, ...args: string[]) {
  const folder = await mkdtemp(join(tmpdir(), "cors-gateway-attack-"));
  const policies = join(folder, "inner", "policies");
  try {
    await mkdir(policies, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(policies, name), text);
    const { code, stdout, stderr } = await runCli(join(folder, "inner"), args);
    const written = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".json")).sort();
    return { code, said: stdout + stderr, written };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const STEERING = "\u001b[2J\u001b]0;title\u0007\u009b31m\u202e\u2028";
/** What a terminal obeys; line ends and tabs are the commands' own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

describe("the command line", () => {
  it("lets no policy steer the terminal that shows it, by its fields or by its file's name", async () => {
    const rule = {
      name: STEERING,
      allowOrigins: [`https://${STEERING}.example`],
      [STEERING]: 1,
      paths: [`/${STEERING}`],
    };
    const document = JSON.stringify({ upstream: STEERING, rules: [rule] });
    const broken = `{"rules": "${STEERING}`;
    for (const [name, text, ...args] of [
      ["api.example.com.json", document, "check"],
      ["api.example.com.json", document, "explain", "https://api.example.com/x", "--origin", APP],
      ["api.example.com.json", broken, "check"],
      [`${STEERING}.json`, document, "check"],
    ] as const) {
      const { code, said } = await cliWith({ [name]: text }, ...args);
      expect(code).not.toBe(0);
      expect(said.length).toBeGreaterThan(20);
      expect(said).not.toMatch(OBEYED);
    }
  });

  it("writes no file outside its directory, whatever hostname it is given", async () => {
    for (const host of ["../../evil", "..%2fevil", "a/../../evil", ".."]) {
      const { code, written } = await cliWith({}, "init", host, "--origin", APP);
      expect(code).toBe(2);
      expect(written).toEqual([]);
    }
  });
});
