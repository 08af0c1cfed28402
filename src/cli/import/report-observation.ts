/** What a live API was seen to grant, on the screen. */

import { count } from "../count.ts";
import { escapeControls } from "../escape-controls.ts";
import { paint, say } from "../output.ts";
import type { Danger } from "./dangers.ts";
import { accessOf } from "./draft-observed.ts";
import type { Access, Observation, ObservedOrigin } from "./observe.ts";

/** Prints what each origin may do, the dangers, and what requests cannot show. */
export function reportObservation(url: URL, observation: Observation, dangers: readonly Danger[]): void {
  say(`asked ${url.href} by ${count(observation.requests, "request")}`);
  for (const origin of observation.origins) say(`  ${escapeControls(describeOrigin(origin))}`);
  if (dangers.length > 0) say("dangerous as it is now");
  for (const { origin, message } of dangers) say(`  ${paint("red", "✗")} ${paint("bold", origin)}: ${message}`);
  say("not seen: other origins, other paths, and what is granted to somebody who is logged in");
  for (const { read, origin } of observation.origins) {
    if (read.status >= 400)
      say(`  the GET from ${origin} was answered with ${read.status}: other answers may have other headers`);
  }
}

function describeOrigin(observed: ObservedOrigin): string {
  const access = accessOf(observed);
  if (access === "none") return `${observed.origin} may do nothing`;
  const granted = (map: ReadonlyMap<string, Access>) =>
    [...map].flatMap(([name, access]) => (access === "none" ? [] : [name])).join(" ") || "none";
  return [
    `${observed.origin} ${access === "with-credentials" ? "with" : "without"} credentials`,
    `reads a GET: ${observed.read.access === "none" ? "no" : "yes"}`,
    `preflights: ${granted(observed.methods)}`,
    `headers: ${granted(observed.headers)}`,
    `exposed: ${observed.exposed.join(" ") || "none"}`,
  ].join("; ");
}

/** The same, for machines. */
export function observationJson({ origins, probes, requests }: Observation, dangers: readonly Danger[]): object {
  return {
    requests,
    origins: origins.map(({ methods, headers, ...origin }) => ({
      ...origin,
      methods: Object.fromEntries(methods),
      headers: Object.fromEntries(headers),
    })),
    probes,
    dangers,
  };
}
