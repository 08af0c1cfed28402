/** What the responses under a rule carry about CORS: built once for the rule and an origin, because requests share them. */

import type { RuleDocument } from "./document-schema.ts";
import {
  type HeaderFields,
  type ResponseHeaders,
  VARY_BY_FETCH_METADATA,
  VARY_BY_ORIGIN,
  VARY_OF_PREFLIGHT,
} from "./header-fields.ts";
import { NON_WILDCARD_REQUEST_HEADER } from "./http-names.ts";
import { Memo } from "./memo.ts";

/** Response headers of these fields, and nothing special done to the upstream's own. */
export function headersOf(vary: string, fields: HeaderFields = []): ResponseHeaders {
  return { fields, vary, exposesEachHeader: false, replacesTiming: false, keepsUpstreamFields: false };
}

/** The headers of a rule's responses. `allowOrigin` is the value of `Access-Control-Allow-Origin`. */
export class RuleHeaders {
  /** Of what a page of another origin may not read. */
  readonly unreadable: ResponseHeaders;
  /** Of a preflight that is answered with 403. */
  readonly refusedPreflight: ResponseHeaders;
  readonly #preflights: Memo<ResponseHeaders>;
  readonly #readable: Memo<ResponseHeaders>;
  /** The one answer for every origin. */
  readonly shared: ResponseHeaders;

  /** @param room how many origins' headers are kept at hand; strangers can make up names under a wildcard */
  constructor(rule: RuleDocument, room: number) {
    const { timingAllowOrigin, allowCredentials, exposeHeaders, isolation, resourcePolicy } = rule;
    const common: HeaderFields = resourcePolicy === undefined ? [] : [["cross-origin-resource-policy", resourcePolicy]];
    const credentials: HeaderFields = allowCredentials ? [["access-control-allow-credentials", "true"]] : [];
    const exposesEachHeader = allowCredentials && exposeHeaders.includes("*");
    const isListed = exposeHeaders.length > 0 && !exposesEachHeader;
    const exposed: HeaderFields = isListed ? [["access-control-expose-headers", exposeHeaders.join(", ")]] : [];
    const under = (vary: string, fields: HeaderFields): ResponseHeaders => ({
      ...headersOf(vary, [...fields, ...common]),
      replacesTiming: timingAllowOrigin,
    });
    const readable = (vary: string, allowOrigin: string): ResponseHeaders => {
      const timing: HeaderFields = timingAllowOrigin ? [["timing-allow-origin", allowOrigin]] : [];
      const fields = [allowOriginField(allowOrigin), ...credentials, ...exposed, ...timing];
      return { ...under(vary, fields), exposesEachHeader };
    };
    const varyBy = (...names: string[]) => [...names, ...(isolation ? [VARY_BY_FETCH_METADATA] : [])].join(", ");
    this.unreadable = under(varyBy(VARY_BY_ORIGIN), []);
    this.refusedPreflight = under(VARY_OF_PREFLIGHT, []);
    this.shared = readable(varyBy(), "*");
    this.#readable = new Memo(room, (allowOrigin) => readable(varyBy(VARY_BY_ORIGIN), allowOrigin));
    const answered = answerFields(rule);
    this.#preflights = new Memo(room, (allowOrigin) =>
      under(VARY_OF_PREFLIGHT, [allowOriginField(allowOrigin), ...credentials, ...answered]),
    );
  }

  /**
   * Of what a page of this origin may read.
   * @see https://fetch.spec.whatwg.org/#cors-check
   */
  readable(allowOrigin: string): ResponseHeaders {
    return this.#readable.get(allowOrigin);
  }

  /**
   * Of the 204 to a preflight of this origin, whatever it asked for.
   * @see https://fetch.spec.whatwg.org/#cors-preflight-fetch
   */
  answeredPreflight(allowOrigin: string): ResponseHeaders {
    return this.#preflights.get(allowOrigin);
  }
}

function allowOriginField(allowOrigin: string): HeaderFields[number] {
  return ["access-control-allow-origin", allowOrigin];
}

/** What the answer to a preflight says whatever was asked: with credentials a browser takes `*` literally, so not that. */
function answerFields({ allowMethods, allowHeaders, allowCredentials, maxAge }: RuleDocument): HeaderFields {
  const isLiteral = (names: readonly string[]) => allowCredentials && names.includes("*");
  const methods = allowMethods.includes("*") ? "*" : allowMethods.join(", ");
  const headers = allowHeaders.includes("*") ? starredHeaders(allowHeaders) : allowHeaders.join(", ");
  const fields: [string, string][] = [];
  if (methods !== "" && !isLiteral(allowMethods)) fields.push(["access-control-allow-methods", methods]);
  if (headers !== "" && !isLiteral(allowHeaders)) fields.push(["access-control-allow-headers", headers]);
  return [...fields, ["access-control-max-age", String(maxAge)]];
}

function starredHeaders(allowHeaders: readonly string[]): string {
  const isNamed = allowHeaders.some((name) => name.toLowerCase() === NON_WILDCARD_REQUEST_HEADER);
  return isNamed ? `*, ${NON_WILDCARD_REQUEST_HEADER}` : "*";
}
