/** The parser for URLs of requests: its short cut must say what the URL parser says. */

import assert from "node:assert/strict";
import { parseRequestUrl } from "../../../src/core/request-url.ts";
import { mutatedTexts } from "../mutated-texts.ts";
import { fuzzTarget } from "../target.ts";

const texts = mutatedTexts({
  seeds: [
    "https://api.example.com/v1/orders?limit=10",
    "http://api.test:8080/a/b;c=1/?",
    "http://localhost/",
    "https://1.2.3.4/",
    "http://[::1]:80/",
    "https://a.xn--mnchen-3ya.com/x",
    "http://API.Test.:80/a/../b",
    "http://a.test:443/%2e%2e/x#f",
    "https://a.test/a'b?c'd=\"e",
  ],
  words: [
    ...[
      "http://",
      "https://",
      "HTTP:",
      "ws://",
      "ftp://",
      "//",
      ":80",
      ":443",
      ":65535",
      ":65536",
      ":0",
      ":",
      "@",
      "u:p@",
    ],
    ...[
      "/./",
      "/../",
      "/.",
      "%2e",
      "%2E.",
      "?",
      "??",
      "#",
      "1.2",
      "0x1",
      "a.1",
      "1a",
      "xn--a",
      "*",
      "|",
      "{",
      "}",
      "^",
    ],
  ],
});

export const requestUrls = fuzzTarget("request URLs", texts, (text) => {
  const url = URL.parse(text);
  const isOfHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (!isOfHttp || url.username !== "" || url.password !== "") return assert.equal(parseRequestUrl(text), undefined);
  const { protocol, origin, host, hostname, pathname } = url;
  // Where `hash` is empty, a bare `#` may still end the text; a `?` may have nothing after it.
  const [target = ""] = url.href.slice(origin.length).split("#");
  assert.deepEqual(parseRequestUrl(text), { protocol, origin, host, hostname, pathname, target });
});
