/** Scenarios as they are met in the field: small pages, APIs whose own CORS is set wrongly, and the gateway between. */

import { describe } from "vitest";
import { findBrowsers } from "./browsers.ts";
import { cachedAnswer } from "./scenarios/cached.ts";
import { chat } from "./scenarios/chat.ts";
import { useField } from "./scenarios/field.ts";
import { ownForm } from "./scenarios/form.ts";
import { exposedHeaders } from "./scenarios/headers.ts";
import { sharedContent } from "./scenarios/media.ts";
import { microservices } from "./scenarios/microservices.ts";
import { redirects } from "./scenarios/redirect.ts";
import { revokedOrigin } from "./scenarios/revoked.ts";
import { sandboxedFrame } from "./scenarios/sandbox.ts";
import { sessionCookies } from "./scenarios/sessions.ts";
import { singlePageApp } from "./scenarios/shop.ts";
import { lastWords } from "./scenarios/unload.ts";
import { widgetAnywhere } from "./scenarios/widget.ts";

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
