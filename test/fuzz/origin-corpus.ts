/** Origins and patterns of every kind. */

import type { Corpus } from "./mutated-texts.ts";

const ORIGIN_SEEDS = [
  "https://app.example.com",
  "http://localhost:3000",
  "https://a.xn--mnchen-3ya.com:8443",
  "http://127.0.0.1:8080",
  "http://[::1]:3000",
  "https://[2001:db8::ff00:42:8329]",
  "wss://a_b.example",
  "capacitor://localhost",
  "chrome-extension://abcdefghijklmnop",
  "https://a.com.",
  "https://pr-1.",
  "null",
  `https://${"a.".repeat(126)}a`,
  `${"s".repeat(64)}://h`,
];

/** Origins as browsers send them. */
export const ORIGINS: Corpus = {
  seeds: ORIGIN_SEEDS,
  words: [
    ...["https://", "http://", "ftp://", "ws://", "file://", "blob:", "data:", "app:", "//", "user:pw@"],
    ...[":80", ":443", ":0", ":65535", ":65536", ":08", ":*", ".com", ".", "..", "xn--", "xn--a", "0x7f", "1.2.3.4"],
    ...["[::]", "[::ffff:1.2.3.4]", "[fe80::1%25eth0]", "1e3", "%61", "\u00fc", "\u2100", "\uff41", "evil"],
  ],
};

/** Origin patterns as operators write them. */
export const ORIGIN_PATTERNS: Corpus = {
  seeds: [
    ...ORIGIN_SEEDS,
    "*",
    "https://*.example.com",
    "https://pr-*.preview.example.com",
    "https://*-x.example.com:8443",
    "http://localhost:*",
    "https://*.a.com:*",
    "https://pr-*",
    "app://*.host",
  ],
  words: [...ORIGINS.words, "*", "*.", "-*", "**", ":*", "*://", "w"],
};
