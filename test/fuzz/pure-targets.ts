/** All targets that need no server. */

import type { FuzzTarget } from "./target.ts";
import { logLines } from "./targets/log-lines.ts";
import { listManifests, listShards } from "./targets/origin-lists.ts";
import { originPatterns } from "./targets/origin-patterns.ts";
import { origins } from "./targets/origins.ts";
import { paths } from "./targets/paths.ts";
import { policyDocuments } from "./targets/policy-documents.ts";
import { requestUrls } from "./targets/request-urls.ts";
import { requestedHeaders } from "./targets/requested-headers.ts";
import { storedDocuments } from "./targets/stored-documents.ts";

export const PURE_TARGETS: readonly FuzzTarget[] = [
  policyDocuments,
  origins,
  originPatterns,
  requestedHeaders,
  paths,
  requestUrls,
  listManifests,
  listShards,
  storedDocuments,
  logLines,
];
