/** The parser for origins that strangers send, beside the URL parser. */

import assert from "node:assert/strict";
import { MAX_HOST_LENGTH, MAX_ORIGIN_LENGTH, parseOrigin } from "../../../src/core/origin.ts";
import { mutatedTexts } from "../mutated-texts.ts";
import { ORIGINS } from "../origin-corpus.ts";
import { fuzzTarget } from "../target.ts";

export const origins = fuzzTarget("origins", mutatedTexts(ORIGINS), (text) => {
  const parsed = parseOrigin(text);
  if (parsed !== undefined) {
    const { scheme, host, port } = parsed;
    assert.equal(port === "" ? `${scheme}://${host}` : `${scheme}://${host}:${port}`, text);
  }
  const url = URL.parse(text);
  if (/^(?:https?|wss?|ftp):/.test(text)) {
    assert.equal(parsed !== undefined, url?.origin === text && isWithinBounds(text, url));
  } else if (parsed !== undefined) {
    // The URL parser knows no origin of other schemes, but what it must be made of.
    assert.ok(url !== null && /^[!-~]+$/.test(text));
    assert.equal(`${url.protocol}//${url.host}${url.pathname}`, text);
    assert.notEqual(url.protocol, "file:");
  }
});

function isWithinBounds(text: string, url: URL): boolean {
  return text.length <= MAX_ORIGIN_LENGTH && url.hostname.length <= MAX_HOST_LENGTH && url.port !== "0";
}
