/** Paths that choose one rule at the gateway, and are read as another rule's by the upstream. */

import { describe, expect, it } from "vitest";
import type { Source } from "./sources.ts";
import { APP, EVIL, targetOfTests } from "./target.ts";

const target = targetOfTests();

const ADMIN = { name: "admin", paths: ["/admin/*"], allowOrigins: [APP], allowCredentials: true };
const PUBLIC = { name: "public", paths: ["/public/*"], allowOrigins: ["*"] };

type Row = readonly [trick: string, source: Source, target: string];

const READ_AS_ADMIN: readonly Row[] = [
  ["an encoded slash behind dots", "CVE-2019-18978 (rack-cors)", "/public/..%2fadmin/x"],
  ["encoded dots and slash", "CVE-2019-18978 (rack-cors)", "/public/%2e%2e%2fadmin/x"],
  ["encoded twice", "CVE-2019-18978 (rack-cors)", "/public/%252e%252e/admin/x"],
  ["an encoded backslash", "Tsai 2018", "/public/..%5cadmin/x"],
  ["a doubled slash", "CVE-2019-18978 (rack-cors)", "//admin/x"],
  ["a path parameter on dots", "Tsai 2018", "/public/..;/admin/x"],
  ["a path parameter with a name", "Tsai 2018", "/public/..;a=b/admin/x"],
  ["an encoded path parameter", "Tsai 2018", "/public/..%3b/admin/x"],
  ["a path parameter behind a doubled slash", "Tsai 2018", "/public//..;/admin/x"],
  ["a path parameter that swallows an encoded slash", "Tsai 2018", "/public/..;%2fadmin/x"],
  ["an encoded letter", "Tsai 2018", "/%61dmin/x"],
  ["an encoded question mark", "Tsai 2018", "/admin%3f/x"],
];

const RESOLVED: readonly Row[] = [
  ["dots", "CVE-2019-18978 (rack-cors)", "/public/../admin/x"],
  ["encoded dots", "CVE-2019-18978 (rack-cors)", "/public/%2e%2E/admin/x"],
  ["backslashes", "Tsai 2018", "/public\\..\\admin\\x"],
  ["an absolute-form target", "Kettle 2017", "http://evil.example/public/../admin/x"],
];

/** What only the upstream can know: it must not read these as `/admin/…`, or `/*` must not allow more than `admin`. */
const OWN_SPELLING: readonly Row[] = [
  ["another case", "CVE-2024-6866 (flask-cors)", "/ADMIN/x"],
  ["a path parameter on a name", "Tsai 2018", "/admin;x/y"],
  ["overlong UTF-8", "Tsai 2018", "/public/%c0%ae%c0%ae/admin/x"],
  ["a full-width slash", "Tsai 2018", "/public/..%ef%bc%8fadmin/x"],
  ["encoded three times", "Tsai 2018", "/public/%25252e%25252e/admin/x"],
];

const SPELT_AROUND: readonly Row[] = [
  ["plainly", "Fetch metadata", "/private/x"],
  ["with an encoded letter", "our own review", "/%70rivate/x"],
  ["with a doubled slash", "our own review", "//private/x"],
  ["with an encoded slash behind dots", "our own review", "/a/..%2fprivate/x"],
  ["with a path parameter on dots", "our own review", "/a/..;/private/x"],
];

describe("a path", () => {
  it.each(READ_AS_ADMIN)("that may be read as another rule's is denied: %s (%s)", async (_, __, path) => {
    const { ask } = target.putRules(ADMIN, PUBLIC);
    for (const origin of [EVIL, APP]) {
      const answer = await ask({ target: path, headers: { Origin: origin, Cookie: "a=b" } });
      expect(answer.status).toBe(403);
      expect(answer.cors).toEqual({ vary: "Origin", "cors-decision": "denied;reason=ambiguous-path" });
      expect(answer.reached).toEqual([]);
    }
  });

  it.each(RESOLVED)(
    "that the URL parser resolves is the resolved one's, here and upstream: %s (%s)",
    async (_, __, path) => {
      const { ask } = target.putRules(ADMIN, PUBLIC);
      const refused = await ask({ target: path, headers: { Origin: EVIL } });
      expect(refused.cors).toEqual({ vary: "Origin", "cors-decision": "denied;reason=origin-not-allowed;rule=admin" });
      const granted = await ask({ target: path, headers: { Origin: APP } });
      expect(granted.header("cors-decision")).toBe("granted;rule=admin");
      expect(granted.reached.map(({ url }) => url)).toEqual(["/admin/x"]);
    },
  );

  it.each(OWN_SPELLING)(
    "that only some upstreams read as another goes by its own spelling: %s (%s)",
    async (_, __, path) => {
      const { ask } = target.putRules(ADMIN, { ...PUBLIC, paths: ["/*"] });
      const answer = await ask({ target: path, headers: { Origin: EVIL, Cookie: "a=b" } });
      expect(answer.header("cors-decision")).toBe("granted;rule=public");
      expect(answer.header("access-control-allow-credentials")).toBeUndefined();
      expect(answer.reached[0]?.headers.cookie).toBeUndefined();
      // Where no rule is for every path, nothing is granted.
      const strict = await target
        .putRules(ADMIN, { ...PUBLIC, paths: ["/public"] })
        .ask({ target: path, headers: { Origin: EVIL } });
      expect(strict.cors).toEqual({ vary: "Origin", "cors-decision": "denied;reason=no-rule" });
    },
  );

  it("is the first rule's that matches, however many follow, and its case counts", async () => {
    const { ask } = target.putRules(ADMIN, { ...PUBLIC, paths: ["/admin/public/*", "/Admin/*"] });
    const decisionOn = async (path: string) =>
      (await ask({ target: path, headers: { Origin: EVIL } })).header("cors-decision");
    expect(await decisionOn("/admin/public/x")).toBe("denied;reason=origin-not-allowed;rule=admin");
    expect(await decisionOn("/Admin/x")).toBe("granted;rule=public");
    expect(await decisionOn("/ADMIN/x")).toBe("denied;reason=no-rule");
  });

  it("with a plus is not the one with a space", async () => {
    const { ask } = target.putRules({ ...ADMIN, paths: ["/a+b/*"] }, { ...PUBLIC, paths: ["/a%20b/*"] });
    const decisionOn = async (path: string) =>
      (await ask({ target: path, headers: { Origin: EVIL } })).header("cors-decision");
    expect(await decisionOn("/a+b/x")).toBe("denied;reason=origin-not-allowed;rule=admin");
    expect(await decisionOn("/a%20b/x")).toBe("granted;rule=public");
    expect(await decisionOn("/a%2bb/x")).toBe("denied;reason=ambiguous-path");
  });

  it.each(SPELT_AROUND)("under an isolated rule is isolated however it is spelt: %s (%s)", async (_, __, path) => {
    const isolated = { name: "private", paths: ["/private/*"], isolation: true };
    const { ask } = target.putRules(isolated, { ...PUBLIC, paths: ["/*"] });
    const image = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" };
    const answer = await ask({ target: path, headers: { ...image, Cookie: "a=b" } });
    expect(answer.status).toBe(403);
    expect(answer.header("cors-decision")).toMatch(/^denied;reason=cross-site-blocked;rule=(?:private|public)$/);
    expect(answer.reached).toEqual([]);
  });
});
