/** What is dangerous about a live API's CORS, as far as made-up origins can tell. */

import type { Observation, ObservedProbe } from "./observe.ts";
import type { Disguise } from "./probe-origins.ts";

/** Something that an API grants to strangers. */
export interface Danger {
  readonly code: Disguise;
  readonly origin: string;
  readonly hasCredentials: boolean;
  readonly message: string;
}

const MEANINGS: Readonly<Record<Disguise, string>> = {
  stranger: "any origin at all is allowed",
  null: "null is allowed, which any page can send from a sandboxed frame",
  http: "plain http is allowed, so whoever is on the network can make up the page",
  suffix: "a host that only begins like yours is allowed, and anybody can have one: a comparison is open at its end",
  prefix:
    "a host that only ends like yours is allowed, and anybody can register one: a dot is missing before the domain",
  dot: "a dot in the host is taken for any character, and anybody can register such a host",
  subdomain: "a subdomain that nobody asked about is allowed; if all are meant, write the pattern into the policy",
};

/** The grants to made-up origins; those that follow from "any origin" are not said again. */
export function findDangers({ probes }: Observation): readonly Danger[] {
  const granted = probes.filter(({ access }) => access !== "none");
  const isOpen = granted.some(({ disguise }) => disguise === "stranger");
  return granted.filter(({ disguise }) => !isOpen || disguise === "stranger" || disguise === "null").map(describe);
}

function describe({ origin, disguise, access }: ObservedProbe): Danger {
  const hasCredentials = access === "with-credentials";
  const how = hasCredentials ? "with credentials, so it can act as the logged-in user" : "without credentials";
  return { code: disguise, origin, hasCredentials, message: `${MEANINGS[disguise]}; ${how}` };
}
