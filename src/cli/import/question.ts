/** What to ask a live API, as the command line gives it. */

import { isForbiddenRequestHeader, isToken } from "../../core/http-names.ts";
import { parsePageRequest } from "../page-request.ts";
import { UsageError } from "../usage-error.ts";
import { countRequests, type Question } from "./observe.ts";

/** What the command line says. */
export interface QuestionOptions {
  readonly origin?: readonly string[];
  readonly method?: readonly string[];
  readonly header?: readonly string[];
  readonly timeout: number;
}

const USUAL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const USUAL_HEADERS = ["authorization", "content-type"];
/** As many requests as nobody at the other end minds. */
const MOST_REQUESTS = 200;

/**
 * Reads the question.
 * @throws UsageError that says what to write instead
 */
export function parseQuestion(urlText: string, options: QuestionOptions): Question {
  const origins = options.origin ?? [];
  if (origins.length === 0) {
    throw new UsageError("--observe: which origins may call the API? Name them: --origin https://app.example.com");
  }
  const methods = options.method ?? USUAL_METHODS;
  const requests = origins.flatMap((origin) =>
    methods.map((method) => parsePageRequest(urlText, { origin, method }).request),
  );
  const url = requests[0]?.url as URL;
  if (url.protocol.startsWith("ws")) throw new UsageError("--observe is for http and https");
  const own = origins.find((origin) => origin === url.origin);
  if (own !== undefined)
    throw new UsageError(`--origin: ${own} is the API's own origin, and needs no CORS; leave it out`);
  const question = {
    url,
    origins: [...new Set(origins)],
    methods: [...new Set(requests.map(({ method }) => method))],
    headers: [...new Set((options.header ?? USUAL_HEADERS).map(parseHeaderName))],
    timeoutSeconds: options.timeout,
  };
  const number = countRequests(question);
  if (number <= MOST_REQUESTS) return question;
  throw new UsageError(
    `--observe would send ${number} requests, and at most ${MOST_REQUESTS} are sent; name fewer origins, methods or headers`,
  );
}

function parseHeaderName(text: string): string {
  const name = text.toLowerCase();
  if (!isToken(name)) throw new UsageError(`--header: "${text}" is not a header name; write one such as content-type`);
  if (isForbiddenRequestHeader(name)) throw new UsageError(`--header: no page can set ${text}; leave it out`);
  return name;
}
