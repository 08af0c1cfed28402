/** Origins that a careless comparison takes for another one. */

import { describe, expect, it } from "vitest";
import type { Site } from "../support/policies-under-test.ts";
import type { Source } from "./sources.ts";
import { APP, EVIL, targetOfTests, VARY_OF_PREFLIGHT } from "./target.ts";

const target = targetOfTests();

/** With credentials: the rule that an attacker wants most. */
const RULE = {
  allowOrigins: [
    APP,
    "https://foo.com",
    "https://bar.com",
    "https://*.partners.example.com",
    "https://pr-*.preview.example.com",
    "http://localhost:*",
  ],
  allowMethods: ["*"],
  allowHeaders: ["*"],
  allowCredentials: true,
};

type Row = readonly [trick: string, source: Source, origin: string, reason: string];

const ELSEWHERE = "origin-not-allowed";
const MALFORMED = "origin-malformed";

const FOREIGN: readonly Row[] = [
  ["any origin, to see it reflected", "Corsy", EVIL, ELSEWHERE],
  ["any origin, to see it reflected under a wildcard's credentials", "CVE-2026-54290 (Hono)", EVIL, ELSEWHERE],
  ["a third party's site", "CORStest", "https://jsfiddle.net", ELSEWHERE],
  ["a third party's hosting", "CORScanner", "https://evil.github.io", ELSEWHERE],
  ["the plain-text twin", "Kettle 2016", "http://app.example.com", ELSEWHERE],
  ["the plain-text twin of a wildcard", "PortSwigger labs", "http://a.partners.example.com", ELSEWHERE],
  ["the encrypted twin", "our own review", "https://localhost:3000", ELSEWHERE],
  ["another scheme", "our own review", "ws://app.example.com", ELSEWHERE],
  ["an extension of the same name", "our own review", "chrome-extension://app.example.com", ELSEWHERE],
  ["another port", "Fetch standard", "https://app.example.com:8443", ELSEWHERE],
];

const EDGES: readonly Row[] = [
  ["a prefix", "Corsy", "https://app.example.com.evil.example", ELSEWHERE],
  ["a prefix without a dot", "CVE-2017-11173 (rack-cors)", "https://app.example.comevil.example", ELSEWHERE],
  ["a prefix and a hyphen", "CorsMe", "https://app.example.com-evil.example", ELSEWHERE],
  ["a prefix of a longer top-level domain", "CORScanner", "https://app.example.community", ELSEWHERE],
  ["a prefix before a port", "URL cheat sheet", "http://localhost.evil.example:3000", ELSEWHERE],
  ["a prefix cut short", "Kettle 2016", "https://app.example.co", ELSEWHERE],
  ["a wildcard's end", "CVE-2019-25211 (gin-contrib/cors)", "http://localhost.example.com", ELSEWHERE],
  ["a suffix", "Corsy", "https://evilapp.example.com", ELSEWHERE],
  ["a suffix of a wildcard's parent", "Kettle 2016", "https://evilpartners.example.com", ELSEWHERE],
  ["a wildcard's bare parent", "our own review", "https://partners.example.com", ELSEWHERE],
  ["a wildcard's parent as a prefix", "PortSwigger labs", "https://a.partners.example.com.evil.example", ELSEWHERE],
  ["a subdomain of an exact origin", "CORStest", "https://sub.app.example.com", ELSEWHERE],
  ["a sibling of an exact origin", "CORStest", "https://other.example.com", ELSEWHERE],
  ["two origins made into a third", "GHSA-vhxv-fg4m-p2w8 (jub0bs/cors)", "https://barfoo.com", ELSEWHERE],
  ["two origins the other way round", "GHSA-vhxv-fg4m-p2w8 (jub0bs/cors)", "https://foobar.com", ELSEWHERE],
  ["two origins in a row", "GHSA-vhxv-fg4m-p2w8 (jub0bs/cors)", "https://foo.combar.com", ELSEWHERE],
  ["a dot taken for any letter", "Corsy", "https://appxexample.com", ELSEWHERE],
  ["a dot before the top level", "CorsMe", "https://app.examplexcom", ELSEWHERE],
  ["a dot of a wildcard's parent", "CorsMe", "https://a.partnersxexample.com", ELSEWHERE],
  ["a gap over a dot", "our own review", "https://pr-1.evil.preview.example.com", ELSEWHERE],
  ["an empty gap", "our own review", "https://pr-.preview.example.com", ELSEWHERE],
  ["an empty label", "our own review", "https://.partners.example.com", ELSEWHERE],
  ["the pattern's own spelling", "our own review", "https://*.partners.example.com", ELSEWHERE],
  ["the pattern's own spelling of a gap", "our own review", "https://pr-*.preview.example.com", ELSEWHERE],
  ["the pattern's own spelling of a port", "our own review", "http://localhost:*", MALFORMED],
];

/** Characters that some browsers, Safari above all, send in hosts, and that end a host for some pattern. */
const SPECIAL: readonly Row[] = [..."!\"$&'()*+,;=_`{}~-"].map((character) => [
  `${character} before the attacker's domain`,
  character === "_" || character === "`" ? "Corsy" : "Leo 2018",
  `https://app.example.com${character}.evil.example`,
  ELSEWHERE,
]);
const FORBIDDEN: readonly Row[] = [..."%^|<>@\\[]?#/: "].map((character) => [
  `${character} before the attacker's domain`,
  "URL cheat sheet",
  `https://app.example.com${character}.evil.example`,
  MALFORMED,
]);
/** An underscore is a letter of hosts to wildcards; nothing else is. */
const IN_WILDCARD: readonly Row[] = [..."!\"$&'()*+,;=`{}~"].map((character) => [
  `${character} where a wildcard stands`,
  "Chen 2018",
  `https://evil.example${character}.partners.example.com`,
  ELSEWHERE,
]);

const SPELLINGS: readonly Row[] = [
  ["the allowed origin as user info", "URL cheat sheet", "https://app.example.com@evil.example", MALFORMED],
  ["with a password", "URL cheat sheet", "https://app.example.com:443@evil.example", MALFORMED],
  ["with an encoded @", "URL cheat sheet", "https://app.example.com%40evil.example", MALFORMED],
  ["the allowed origin in the path", "CORScanner", "https://evil.example/https://app.example.com", MALFORMED],
  ["in the query", "CorsMe", "https://evil.example?https://app.example.com", MALFORMED],
  ["in the fragment", "URL cheat sheet", "https://evil.example#.app.example.com", MALFORMED],
  ["behind a backslash", "URL cheat sheet", "https://evil.example\\.app.example.com", MALFORMED],
  ["a trailing slash", "Chen 2018", "https://app.example.com/", MALFORMED],
  ["a trailing dot", "URL standard", "https://app.example.com.", ELSEWHERE],
  ["upper case", "Chen 2018", "https://APP.example.com", MALFORMED],
  ["an upper-case scheme", "Chen 2018", "HTTPS://app.example.com", MALFORMED],
  ["no scheme", "Corsy", "app.example.com", MALFORMED],
  ["two slashes", "URL cheat sheet", "//app.example.com", MALFORMED],
  ["one slash", "URL cheat sheet", "https:/app.example.com", MALFORMED],
  ["a blob", "our own review", "blob:https://app.example.com", MALFORMED],
  ["a file", "Chen 2018", "file://", MALFORMED],
  ["the written default port", "URL standard", "https://app.example.com:443", MALFORMED],
  ["port 0", "URL cheat sheet", "http://localhost:0", MALFORMED],
  ["a port over 65535, to be wrapped", "URL cheat sheet", "http://localhost:65616", MALFORMED],
  ["a port that goes on as a host", "Kettle 2016", "http://localhost:3000.evil.example", MALFORMED],
  ["a port as user info", "URL cheat sheet", "http://localhost:3000@evil.example", MALFORMED],
  ["an encoded letter", "URL cheat sheet", "https://%61pp.example.com", MALFORMED],
  ["an encoded NUL", "Leo 2018", "https://app.example.com%00.evil.example", MALFORMED],
  ["encoded line ends", "Kettle 2016", "https://app.example.com%0d%0a.evil.example", MALFORMED],
  ["an ideographic full stop", "URL cheat sheet", "https://app.example\u3002com", MALFORMED],
  ["a full-width letter", "URL cheat sheet", "https://\uff41pp.example.com", MALFORMED],
  ["a Kelvin sign", "URL standard", "http://loc\u212alhost:3000", MALFORMED],
  ["a soft hyphen", "URL cheat sheet", "https://app\u00ad.example.com", MALFORMED],
  ["a letter that looks the same", "URL standard", new URL("https://\u0430pp.example.com").origin, ELSEWHERE],
  ["punycode of what is ASCII", "URL standard", "https://xn--app-.example.com", ELSEWHERE],
  ["an IPv6 zone", "URL cheat sheet", "http://[fe80::1%25lo]:3000", MALFORMED],
  ["an IPv4 in an IPv6", "URL cheat sheet", "http://[::ffff:127.0.0.1]:3000", MALFORMED],
  ["an IPv4 in hexadecimal", "URL cheat sheet", "http://0x7f000001:3000", MALFORMED],
  ["a short IPv4", "URL cheat sheet", "http://127.1:3000", MALFORMED],
  ["the other names of this machine", "URL cheat sheet", "http://127.0.0.1:3000", ELSEWHERE],
  ["the address of no machine", "Private network access", "http://0.0.0.0:3000", ELSEWHERE],
  ["a list by commas", "CORStest", `${APP}, ${EVIL}`, MALFORMED],
  ["a list by commas, the attacker first", "Chen 2018", `${EVIL},${APP}`, MALFORMED],
  ["a list by spaces", "RFC 6454", `${APP} ${EVIL}`, MALFORMED],
  ["a host of 254 bytes", "our own review", `https://${"a.".repeat(125)}aaaa`, MALFORMED],
  ["ten kilobytes", "our own review", `https://${"a".repeat(10_000)}.partners.example.com`, MALFORMED],
  ["NULL", "Chen 2018", "NULL", MALFORMED],
];

const OPAQUE: readonly Row[] = [["null, as a sandboxed frame sends it", "Corsy", "null", "origin-opaque"]];

/** Sends an origin in every way that could be granted. */
async function expectRefused({ ask }: Site, origins: readonly string[], reason: string): Promise<void> {
  const lines = origins.map((origin) => ["Origin", origin] as const);
  const decision = `denied;reason=${reason};rule=r`;
  const cookie = ["Cookie", "session=secret"] as const;
  const asked = ["Access-Control-Request-Method", "PUT"] as const;
  const upgrade = [["Connection", "close, Upgrade"] as const, ["Upgrade", "websocket"] as const];
  const answers = await Promise.all([
    ask({ headers: [...lines, cookie] }),
    ask({ method: "POST", body: "x", headers: [...lines, cookie] }),
    ask({ headers: [...lines, cookie, ...upgrade] }),
    ask({ method: "OPTIONS", headers: [...lines, asked] }),
  ]);
  for (const [index, answer] of answers.entries()) {
    expect(answer.status).toBe(403);
    expect(answer.cors).toEqual({ vary: index < 3 ? "Origin" : VARY_OF_PREFLIGHT, "cors-decision": decision });
    expect(answer.reached).toEqual([]);
  }
}

/** As bytes: what is beyond Latin-1 goes over the wire in UTF-8. */
function onTheWire(origin: string): string {
  return Buffer.from(origin, "utf8").toString("latin1");
}

describe("an origin that is", () => {
  const site = () => target.putRules(RULE);

  it("allowed is granted, so that the refusals below mean something", async () => {
    for (const origin of [
      ...RULE.allowOrigins.slice(0, 3),
      "https://a.b_c.partners.example.com",
      "http://localhost:1",
    ]) {
      const { cors } = await site().ask({ headers: { Origin: origin } });
      expect(cors).toMatchObject({ "access-control-allow-origin": origin, "access-control-allow-credentials": "true" });
    }
  });

  it.each(FOREIGN)("foreign is refused: %s (%s)", async (_, __, origin, reason) => {
    await expectRefused(site(), [origin], reason);
  });

  it.each(EDGES)("nearly an allowed one is refused: %s (%s)", async (_, __, origin, reason) => {
    await expectRefused(site(), [origin], reason);
  });

  it.each(SPECIAL)("written with a special character is refused: %s (%s)", async (_, __, origin, reason) => {
    await expectRefused(site(), [origin], reason);
  });

  it.each(FORBIDDEN)("written with a character that no host has is refused: %s (%s)", async (_, __, origin, reason) => {
    await expectRefused(site(), [origin], reason);
  });

  it.each(IN_WILDCARD)("special within a wildcard is refused: %s (%s)", async (_, __, origin, reason) => {
    await expectRefused(site(), [origin], reason);
  });

  it.each(SPELLINGS)(
    "spelt as no browser spells it, or as another host, is refused: %s (%s)",
    async (_, __, origin, reason) => {
      await expectRefused(site(), [onTheWire(origin)], reason);
    },
  );

  it.each(OPAQUE)("opaque is refused: %s (%s)", async (_, __, origin, reason) => {
    await expectRefused(site(), [origin], reason);
  });

  it("sent twice is refused, whichever comes first", async () => {
    await expectRefused(site(), [APP, EVIL], MALFORMED);
    await expectRefused(site(), [EVIL, APP], MALFORMED);
    await expectRefused(site(), [APP, APP], MALFORMED);
  });

  it("surrounded by white space is the origin itself, and is answered without the white space", async () => {
    const { cors, reached } = await site().ask({ headers: { Origin: `\t ${APP} \t` } });
    expect(cors).toMatchObject({ "access-control-allow-origin": APP });
    expect(reached[0]?.headers.origin).toBe(APP);
    await expectRefused(site(), [`${APP}\u00a0`], MALFORMED);
  });
});
