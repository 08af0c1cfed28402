import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRequestUrl } from "../../src/core/request-url.ts";

/** What the URL parser makes of it; nothing where it names a user, or is not of HTTP. */
function byParser(text: string) {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return undefined;
  if (url.username + url.password !== "") return undefined;
  url.hash = "";
  const { protocol, origin, host, hostname, pathname, href } = url;
  return { protocol, origin, host, hostname, pathname, target: href.slice(origin.length) };
}

describe("parseRequestUrl", () => {
  it("takes a URL apart", () => {
    expect(parseRequestUrl("https://api.example.com:8443/v1/a%20b?x=1&y")).toEqual({
      protocol: "https:",
      origin: "https://api.example.com:8443",
      host: "api.example.com:8443",
      hostname: "api.example.com",
      pathname: "/v1/a%20b",
      target: "/v1/a%20b?x=1&y",
    });
  });

  it.each(["http://u@a.test/x", "http://:p@a.test/x", "https://upstream.test@evil.example/x"])(
    "takes %s, which names a user, for no request's: what follows the host would not be where it seems",
    (text) => {
      expect(parseRequestUrl(text)).toBeUndefined();
    },
  );

  it.each(["ws://a.test/x", "ftp://a.test/x", "blob:http://a.test/x", "a:/x", "a:#bcd//x", "httpx://a.test/x"])(
    "takes %s, which is not of HTTP, for no request's: its origin need not be its start",
    (text) => {
      expect(parseRequestUrl(text)).toBeUndefined();
    },
  );

  it.each([
    "http://api.test/",
    "http://api.test",
    "http://api.test/?",
    "http://api.test/x??y",
    "http://api.test/x#y",
    "http://api.test/x?#",
    "http://API.test/",
    "http://api.test:80/",
    "https://api.test:443/",
    "http://api.test:443/",
    "http://api.test:080/",
    "http://api.test:65535/",
    "http://api.test:65536/",
    "http://api.test:/",
    "http://api.test./",
    "http://api..test/",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://0x7f.1/",
    "http://1.2.3.4.5/",
    "http://a.1/",
    "http://a.0x/",
    "http://[::1]:8080/x",
    "http://[::0001]/x",
    "http://xn--mnchen-3ya.test/",
    "http://xn--a.test/",
    "http://münchen.test/",
    "http://a_b.test/",
    "http://-a.test/",
    "http://a*/",
    "http://a.test/..",
    "http://a.test/../b",
    "http://a.test/b/.",
    "http://a.test/.b",
    "http://a.test/b.",
    "http://a.test/b../c",
    "http://a.test/%2e%2E/b",
    "http://a.test/b/.%2e",
    "http://a.test/%2eb",
    "http://a.test/b%2e",
    "http://a.test/a\\b",
    "http://a.test/a b",
    "http://a.test/é",
    "http://a.test/'",
    "http://a.test/?'",
    'http://a.test/"',
    "http://a.test/{}",
    "http://a.test/^|",
    "http://a.test/?a^|",
    "http://a.test/[x]?[y]",
    "http://a.test/%zz",
    "http://a.test/\t",
    "http://@a.test/x",
    "http://a.test:8abc/x",
    "http://a.test\\x",
    "http:/a.test/",
    "//a.test/",
    "",
    "*",
  ])("of %j says what the URL parser says", (text) => {
    expect(parseRequestUrl(text)).toEqual(byParser(text));
  });

  it("says what the URL parser says, whatever the text", () => {
    const pieces = fc.constantFrom(
      ...[
        "a",
        "B",
        "1",
        "0x",
        "-",
        "_",
        ".",
        "..",
        "/",
        "//",
        "/.",
        "%2e",
        "%2F",
        "%",
        "?",
        "#",
        ":",
        "80",
        "443",
        "70000",
      ],
      ...[
        "*",
        "\\",
        " ",
        "é",
        "@",
        "[",
        "]",
        "'",
        '"',
        "xn--",
        "xn--a",
        "~",
        "^",
        "|",
        "{",
        "&",
        "=",
        "+",
        "\t",
        "\u0000",
      ],
    );
    const rests = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""));
    const starts = fc.constantFrom(
      "http://",
      "https://",
      "http://a.test",
      "https://a.test:",
      "http://a.test/",
      "ws://a/",
      "",
    );
    fc.assert(
      fc.property(starts, rests, (start, rest) => {
        expect(parseRequestUrl(start + rest)).toEqual(byParser(start + rest));
      }),
      { numRuns: 5000 },
    );
  });
});
