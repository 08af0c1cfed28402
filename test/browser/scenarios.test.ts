/** Scenarios as they are met in the field: small pages, APIs whose own CORS is set wrongly, and the gateway between. */

import { describe } from "vitest";
import { findBrowsers } from "./browsers.ts";
import { cachedAnswer } from "./scenarios/cached-answer.ts";
import { chat } from "./scenarios/chat.ts";
import { exposedHeaders } from "./scenarios/exposed-headers.ts";
import { useField } from "./scenarios/field.ts";
import { lastWords } from "./scenarios/last-words.ts";
import { microservices } from "./scenarios/microservices.ts";
import { ownForm } from "./scenarios/own-form.ts";
import { redirects } from "./scenarios/redirects.ts";
import { revokedOrigin } from "./scenarios/revoked-origin.ts";
import { sandboxedFrame } from "./scenarios/sandboxed-frame.ts";
import { sessionCookies } from "./scenarios/session-cookies.ts";
import { sharedContent } from "./scenarios/shared-content.ts";
import { singlePageApp } from "./scenarios/single-page-app.ts";
import { widgetAnywhere } from "./scenarios/widget-anywhere.ts";

const SCENARIOS = [
  singlePageApp,
  sessionCookies,
  microservices,
  chat,
  sharedContent,
  widgetAnywhere,
  sandboxedFrame,
  exposedHeaders,
  redirects,
  lastWords,
  ownForm,
  cachedAnswer,
  revokedOrigin,
];

describe.each(findBrowsers().installed)("$name", (kind) => {
  const field = useField(kind);
  for (const scenario of SCENARIOS) scenario(field);
});
