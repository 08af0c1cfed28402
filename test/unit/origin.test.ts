import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultPort, isLoopback, MAX_HOST_LENGTH, MAX_ORIGIN_LENGTH, parseOrigin } from "../../src/core/origin.ts";
import { originTexts } from "../support/arbitraries.ts";

const LONGEST_HOST = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}`;
const LONGEST_SCHEME = "s".repeat(64);

describe("parseOrigin accepts", () => {
  it.each([
    ["https://app.example.com", "https", "app.example.com", ""],
    ["http://localhost:3000", "http", "localhost", "3000"],
    ["https://[::1]:8443", "https", "[::1]", "8443"],
    ["http://127.0.0.1:8080", "http", "127.0.0.1", "8080"],
    ["capacitor://localhost", "capacitor", "localhost", ""],
    ["chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai", "chrome-extension", "mhjfbmdgcfjbbpaeojofohoefgiehjai", ""],
    ["https://xn--mnchen-3ya.example", "https", "xn--mnchen-3ya.example", ""],
    ["https://exa_mple.example", "https", "exa_mple.example", ""],
    ["https://example.com.", "https", "example.com.", ""],
    ["https://example.com:80", "https", "example.com", "80"],
    ["http://example.com:443", "http", "example.com", "443"],
    ["http://example.com:1", "http", "example.com", "1"],
    ["http://example.com:65535", "http", "example.com", "65535"],
    ["capacitor://localhost:443", "capacitor", "localhost", "443"],
    ["ionic+app.v2-x://localhost", "ionic+app.v2-x", "localhost", ""],
    [
      "moz-extension://0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
      "moz-extension",
      "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
      "",
    ],
    ["app://12", "app", "12", ""],
    ["app://12.34", "app", "12.34", ""],
    ["app://a.b.56", "app", "a.b.56", ""],
    ["app://[::1]", "app", "[::1]", ""],
  ])("%s", (text, scheme, host, port) => {
    expect(parseOrigin(text)).toEqual({ scheme, host, port });
  });

  it("the longest host, the longest scheme and five digits of port together", () => {
    const text = `${LONGEST_SCHEME}://${LONGEST_HOST}:65535`;
    expect(text.length).toBe(MAX_ORIGIN_LENGTH);
    expect(parseOrigin(text)).toEqual({ scheme: LONGEST_SCHEME, host: LONGEST_HOST, port: "65535" });
  });
});

describe("parseOrigin refuses", () => {
  it.each([
    ["an empty text", ""],
    ["an opaque origin", "null"],
    ["an upper-case scheme", "HTTPS://app.example.com"],
    ["an upper-case host", "https://App.example.com"],
    ["an upper-case host under another scheme", "capacitor://Localhost"],
    ["a host that is not ASCII", "https://münchen.example"],
    ["a letter that only folds to ASCII", "https://\u212Aelvin.example"],
    ["user info", "https://user@app.example.com"],
    ["user info with a password", "https://user:secret@app.example.com"],
    ["empty user info", "https://@app.example.com"],
    ["a trailing slash", "https://app.example.com/"],
    ["a path", "https://app.example.com/x"],
    ["a query", "https://app.example.com?x"],
    ["a fragment", "https://app.example.com#x"],
    ["a backslash", "https://app.example.com\\x"],
    ["a written default port of https", "https://app.example.com:443"],
    ["a written default port of http", "http://app.example.com:80"],
    ["port 0", "https://app.example.com:0"],
    ["a port with a leading zero", "https://app.example.com:08443"],
    ["port 65536", "https://app.example.com:65536"],
    ["a port of six digits", "https://app.example.com:100000"],
    ["a port that is no number", "https://app.example.com:https"],
    ["an empty port", "https://app.example.com:"],
    ["a leading space", " https://app.example.com"],
    ["a trailing space", "https://app.example.com "],
    ["a space inside", "https://app example.com"],
    ["a tab inside", "https://app\texample.com"],
    ["a trailing line feed", "https://app.example.com\n"],
    ["a NUL", "https://app.example.com\0"],
    ["a list by commas", "https://app.example.com, https://b.example.com"],
    ["a list by spaces", "https://app.example.com https://b.example.com"],
    ["file://", "file://"],
    ["file: with a host", "file://localhost"],
    ["a missing scheme", "app.example.com"],
    ["a scheme-relative text", "//app.example.com"],
    ["a scheme that starts with a digit", "1app://localhost"],
    ["a scheme alone", "https://"],
    ["a scheme and a port", "https://:8443"],
    ["a single slash", "https:/app.example.com"],
    ["percent-encoding", "https://%61pp.example.com"],
    ["an IPv4 of one number", "http://2130706433"],
    ["an IPv4 of two parts", "http://127.1"],
    ["an IPv4 in hexadecimal", "http://0x7f000001"],
    ["an IPv4 with a leading zero", "http://127.0.0.01"],
    ["an IPv4 out of range", "http://256.0.0.1"],
    ["a host that ends in a number", "http://example.1"],
    ["an IPv6 that is not compressed", "http://[0:0:0:0:0:0:0:1]"],
    ["an IPv6 with an embedded IPv4", "http://[::ffff:127.0.0.1]"],
    ["an upper-case IPv6", "http://[::ABCD]"],
    ["an IPv6 without brackets", "http://::1"],
    ["an IPv6 under another scheme that is not compressed", "app://[0::1]"],
    ["half an IPv6", "http://[::1"],
    ["an empty label under another scheme", "app://a..b"],
    ["an empty label before a number under another scheme", "app://1..2"],
    ["a character of no host under another scheme", "app://!1"],
    ["a character of no host in a later label under another scheme", "app://1.!"],
  ])("%s", (_, text) => {
    expect(parseOrigin(text)).toBeUndefined();
  });

  it("a host of 254 bytes", () => {
    expect(LONGEST_HOST.length).toBe(MAX_HOST_LENGTH);
    expect(parseOrigin(`https://${LONGEST_HOST}`)).toBeDefined();
    expect(parseOrigin(`https://${LONGEST_HOST}d`)).toBeUndefined();
  });

  it("a scheme of 65 bytes", () => {
    expect(parseOrigin(`${LONGEST_SCHEME}://localhost`)).toBeDefined();
    expect(parseOrigin(`${LONGEST_SCHEME}s://localhost`)).toBeUndefined();
  });

  it("megabytes, without looking at them", () => {
    expect(parseOrigin(`https://${"a.".repeat(1_000_000)}com`)).toBeUndefined();
  });
});

describe("parseOrigin agrees with the URL parser", () => {
  const scraps = fc.constantFrom(
    ..."abz019-_.:/?#@[]\\%*!$&'()+,;=~^|<>{}`\" \t\n\0",
    ..."AÉéßＡ。\u00ad\u200d\u212a",
    ...["xn--", "xn--mnchen-3ya", "0x1", "%41", "%2e", "::", "127.0.0.1"],
  );
  const hosts = fc.oneof(
    fc.domain(),
    fc.domain().map((host) => host.toLowerCase()),
    fc.ipV4(),
    fc.ipV4Extended(),
    fc.ipV6().map((address) => `[${address}]`),
    fc.ipV6().map((address) => new URL(`http://[${address}]`).hostname),
    fc.array(scraps, { minLength: 1, maxLength: 8 }).map((parts) => parts.join("")),
  );
  const ports = fc.oneof(
    fc.constantFrom("", "", "", ":", ":0", ":80", ":443", ":080", ":65535", ":65536"),
    fc.nat({ max: 70_000 }).map((port) => `:${port}`),
  );
  const authorities = fc.tuple(hosts, ports).map((parts) => parts.join(""));
  const mutated = fc
    .tuple(authorities, scraps, fc.nat({ max: 300 }))
    .map(
      ([text, scrap, place]) =>
        text.slice(0, place % (text.length + 1)) + scrap + text.slice(place % (text.length + 1)),
    );
  const texts = fc
    .tuple(fc.constantFrom("http", "https"), fc.oneof(authorities, mutated))
    .map(([scheme, authority]) => `${scheme}://${authority}`);

  /** Port 0 and hosts over 253 bytes are legal URLs, but nothing that a page is loaded from. */
  function isSerializedOrigin(text: string): boolean {
    const url = URL.parse(text);
    return url?.origin === text && url.port !== "0" && url.hostname.length <= MAX_HOST_LENGTH;
  }

  it("about every http and https origin, well-formed or not", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseOrigin(text) !== undefined).toBe(isSerializedOrigin(text));
      }),
      { numRuns: 3000 },
    );
  });

  it("about the parts of an http or https origin", () => {
    fc.assert(
      fc.property(
        texts.filter((text) => parseOrigin(text) !== undefined),
        (text) => {
          const { protocol, hostname, port } = new URL(text);
          expect(parseOrigin(text)).toEqual({ scheme: protocol.slice(0, -1), host: hostname, port });
        },
      ),
    );
  });
});

describe("parseOrigin loses nothing", () => {
  it("so that to parse and then to serialize is the identity", () => {
    fc.assert(
      fc.property(originTexts, (text) => {
        const { scheme, host, port } = parseOrigin(text) ?? { scheme: "", host: "", port: "" };
        expect(`${scheme}://${host}${port === "" ? "" : `:${port}`}`).toBe(text);
      }),
    );
  });
});

describe("defaultPort", () => {
  it.each([
    ["http", "80"],
    ["https", "443"],
    ["ws", "80"],
    ["wss", "443"],
    ["ftp", "21"],
    ["capacitor", undefined],
    ["constructor", undefined],
    ["__proto__", undefined],
  ])("of %s is %s", (scheme, port) => {
    expect(defaultPort(scheme)).toBe(port);
  });
});

describe("isLoopback", () => {
  it.each(["localhost", "app.localhost", "a.b.localhost", "127.0.0.1", "127.0.0.0", "127.255.255.254", "[::1]"])(
    "is true of %s",
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each([
    "localhost.example.com",
    "evil-localhost",
    "notlocalhost",
    "localhost.",
    "127.0.0.1.example.com",
    "127.example.com",
    "128.0.0.1",
    "10.127.0.1",
    "1127.0.0.1",
    "0.0.0.0",
    "192.168.0.1",
    "[::]",
    "[::2]",
    "[::ffff:7f00:1]",
    "",
  ])("is false of %s", (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
