/** The bytes of whole HTTP/1.1 requests, one or more a connection, and every part of them nearly right. */

import fc from "fast-check";
import { applyEdits, type Edit, edits } from "../mutated-texts.ts";
import { FUZZED_ORIGINS, FUZZED_POLICIES, HOSTS_WITHOUT_POLICY } from "./fuzzed-policies.ts";

/** What one connection sends, a character a byte. */
export interface Connection {
  readonly bytes: string;
}

const odd = 1;
const usual = 12;

const methods = fc.oneof(
  { arbitrary: fc.constantFrom("GET", "GET", "PUT", "OPTIONS", "OPTIONS"), weight: usual },
  {
    arbitrary: fc.constantFrom(
      ...["HEAD", "POST", "DELETE", "PATCH", "QUERY", "PROPFIND", "CONNECT", "TRACE", "get", "FOO", "G\u00cbT"],
      ...["", "GET ", " GET", "OPTIONS\t"],
    ),
    weight: odd,
  },
);

const hosts = [...Object.keys(FUZZED_POLICIES), ...HOSTS_WITHOUT_POLICY];
const oddHosts = [
  "exact.test:80",
  "EXACT.test.",
  "exact.test:99999",
  "[::1",
  "a b",
  "",
  "1.2.3.4.5",
  "xn--a",
  "any.test/x",
];

const plainTargets = fc.constantFrom("/", "/a/1/b", "/a/x", "/x", "/admin/x", "/a/../admin/x", "/a?x=/admin");

const oddTargets = fc.constantFrom(
  ...["/admin", "/a/..%2fadmin/x", "/a%2f1/b", "//a", "/a/%2e%2e%2fadmin/x", "/x/..//%5c..%2f..%2fadmin"],
  ...[
    "/a//b",
    "/%61dmin/x",
    "/a/%2e%2e/admin",
    "/a\\..\\admin",
    "/a?x=/admin",
    "/a#f",
    "/a;b",
    "/caf\u00c3\u00a9",
    "/%",
  ],
  ...[
    "/a/%2e%2e/..%2fadmin/x",
    "/a/..%5cadmin/x",
    "/a/%2f..%2f..%2fadmin/x",
    "/a/1%2f..%2f..%2fadmin",
    "/a/%252e%252e/b",
  ],
  ...["*", "", "a", "?", "//evil.example/", "http://exact.test/x", "HTTP://any.test:80/", "https://evil.example/a"],
  ...["http://u:p@any.test/", "any.test:80", "javascript:1", `/${"a/".repeat(2000)}`, `/?${"x".repeat(9000)}`],
);

const versions = fc.oneof(
  { arbitrary: fc.constant("HTTP/1.1"), weight: 2 * usual },
  { arbitrary: fc.constantFrom("HTTP/1.0", "HTTP/2.0", "HTTP/9", "http/1.1", "HTTP/1.1 ", ""), weight: odd },
);

type Line = readonly [name: string, value: string];

const line = (name: string, ...values: readonly string[]): fc.Arbitrary<Line> =>
  fc.constantFrom(...values).map((value) => [name, value] as const);

const originLines = fc.oneof(
  { arbitrary: line("Origin", ...FUZZED_ORIGINS), weight: 6 },
  line(
    "Origin",
    ...["https://app.example.com.", "https://APP.example.com", "https://app.example.com:443", "http://app.example.com"],
    ...["https://app.example.com, https://evil.example", "https://evil.example https://app.example.com", "", " ", "*"],
    ...[
      "https://app.example.com.evil.example",
      "https://evilwild.example",
      "https://wild.example",
      "https://*.wild.example",
    ],
    ...["https://app.example.com\0.evil.example", "https://a_b.wild.example", "http://any.test", "http://wild.test"],
    `https://${"a.".repeat(200)}wild.example`,
  ),
);

const otherLines = fc.oneof(
  { arbitrary: line("Access-Control-Request-Method", "GET", "PUT", "put", "", "PUT, GET", "*", "P\u00dcT"), weight: 9 },
  {
    arbitrary: line("Access-Control-Request-Headers", "x-a", "authorization,x-a", "*", ",,", "x a", "a,".repeat(200)),
    weight: 2,
  },
  line("Access-Control-Request-Private-Network", "true"),
  line("Access-Control-Allow-Origin", "*", "https://evil.example"),
  line("Host", ...hosts, "evil.example", "[::1]", "a b", "", "127.0.0.1", "exact.test:80", "EXACT.test.", "any.test/x"),
  line(
    "Connection",
    "close",
    "keep-alive",
    "Upgrade",
    "origin",
    "cookie, origin, x-forwarded-host",
    "cors-gateway-loop",
  ),
  line("Upgrade", "websocket", "WebSocket", "h2c", "websocket, h2c", "h2c, websocket"),
  line("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
  line("Sec-WebSocket-Version", "13", "8"),
  line("Sec-Fetch-Site", "same-origin", "same-site", "cross-site", "none", "same-origin, cross-site"),
  { arbitrary: line("Sec-Fetch-Site", "cross-site\r\nSec-Fetch-Mode: no-cors"), weight: 3 },
  line("Sec-Fetch-Mode", "cors", "no-cors", "navigate", "websocket"),
  line("Sec-Fetch-Dest", "image", "object", "empty"),
  line("Cookie", "session=1", "a=b; c=d"),
  line("Authorization", "Bearer x"),
  line("CORS-Gateway-Loop", "exact.test", "EXACT.TEST , any.test", "other.test", "x".repeat(300)),
  line("CORS-Decision", "granted;rule=exact"),
  line("X-Forwarded-Host", "evil.example", "exact.test"),
  line("X-Forwarded-For", "127.0.0.1"),
  line("X-Forwarded-Proto", "https"),
  line("Content-Length", "0", "3", "5", "-1", "99999999999999999999", "3, 3"),
  line("Transfer-Encoding", "chunked", "gzip, chunked", "identity", "chunked, chunked", "x"),
  line("Expect", "100-continue"),
  line("Trailer", "origin"),
  line("Range", "bytes=0-1"),
  line("If-None-Match", '"x"'),
  line("X-Long", "x".repeat(20_000)),
);

/** How a line may be spelled; the first is right, and the usual. */
const spellings = fc.oneof(
  { arbitrary: fc.constant("%n: %v\r\n"), weight: 8 * usual },
  fc.constantFrom(
    "%n:%v\r\n",
    "%n : %v\r\n",
    " %n: %v\r\n",
    "%n: %v\n",
    "%n: %v\r",
    "%n:\r\n %v\r\n",
    "%n\r\n",
    "%n: %v",
  ),
);

const spelledLines = (lines: fc.Arbitrary<Line>): fc.Arbitrary<string> =>
  fc
    .tuple(lines, spellings)
    .map(([[name, value], spelling]) => spelling.replaceAll("%n", () => name).replaceAll("%v", () => value));

const bodies = fc.oneof(
  { arbitrary: fc.constant(""), weight: 8 },
  fc.constantFrom(
    "abc",
    "3\r\nabc\r\n0\r\n\r\n",
    "3\r\nabc\r\n0\r\nOrigin: x\r\n\r\n",
    "zz\r\n",
    "ffffffffff\r\n",
    "\r\n\r\n",
  ),
);

const heads = fc
  .record({
    method: methods,
    target: fc.oneof({ arbitrary: plainTargets, weight: 2 }, oddTargets),
    version: versions,
    host: fc.oneof(
      { arbitrary: fc.constantFrom(...hosts, "paths.test", "paths.test"), weight: usual },
      fc.constantFrom(undefined, ...oddHosts),
    ),
    origin: fc.oneof({ arbitrary: spelledLines(originLines), weight: 4 }, fc.constant("")),
    others: fc.array(spelledLines(otherLines), { maxLength: 4 }),
    twice: fc.oneof({ arbitrary: fc.constant(""), weight: 12 }, spelledLines(originLines)),
    body: bodies,
  })
  .map(({ method, target, version, host, origin, others, twice, body }) => {
    const hostLine = host === undefined ? "" : `Host: ${host}\r\n`;
    return `${method} ${target} ${version}\r\n${hostLine}${origin}${others.join("")}${twice}\r\n${body}`;
  });

const bytesOf = (text: string, list: readonly Edit[]): Connection => ({
  bytes: Buffer.from(applyEdits(text, list), "latin1").toString("latin1"),
});

/** What a connection sends: requests in a row, in most cases as they were meant, in others with edits anywhere. */
export const connections: fc.Arbitrary<Connection> = fc.oneof(
  {
    arbitrary: fc.array(heads, { minLength: 1, maxLength: 3 }).map((requests) => bytesOf(requests.join(""), [])),
    weight: 5,
  },
  {
    arbitrary: fc
      .tuple(
        fc.array(heads, { minLength: 1, maxLength: 2 }),
        edits(["Origin: ", "Host: ", "\r\n\r\n", "GET / HTTP/1.1\r\n"]),
      )
      .map(([requests, list]) => bytesOf(requests.join(""), list)),
    weight: 4,
  },
  {
    arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => ({ bytes: Buffer.from(bytes).toString("latin1") })),
    weight: 1,
  },
);
