/** Asks a live API by real requests what its CORS allows: preflights, and one GET an origin; nothing that changes anything. */

import {
  checkCors,
  checkPreflight,
  type PageRequest,
  preflightFields,
  type Refusal,
} from "../../core/explain/browser.ts";
import type { HeaderFields } from "../../core/header-fields.ts";
import { pageFields } from "../page-fields.ts";
import { type RawResponse, sendRaw } from "../raw-request.ts";
import { type ProbeOrigin, probeOrigins } from "./probe-origins.ts";

/** What to ask. */
export interface Question {
  readonly url: URL;
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  /** Byte-lowercase. */
  readonly headers: readonly string[];
  /** Until the response headers, for each request. */
  readonly timeoutSeconds: number;
}

/** How far an origin was let: not at all, or without or also with credentials. */
export type Access = "none" | "without-credentials" | "with-credentials";

/** What a browser at this origin would let a page do. */
export interface ObservedOrigin {
  readonly origin: string;
  /** Reading the answer to a GET. */
  readonly read: { readonly access: Access; readonly status: number; readonly refusal: Refusal | undefined };
  /** Each method of the question, with all headers that were granted. */
  readonly methods: ReadonlyMap<string, Access>;
  readonly headers: ReadonlyMap<string, Access>;
  readonly anyMethod: Access;
  readonly anyHeader: Access;
  /** As sent; byte-lowercase. */
  readonly exposed: readonly string[];
  /** The least of all granted preflights, in seconds; undefined where none was granted or one was without. */
  readonly maxAge: number | undefined;
}

/** An origin that was made up, and how far it was let. */
export interface ObservedProbe extends ProbeOrigin {
  readonly access: Access;
}

/** Everything that was seen. */
export interface Observation {
  readonly origins: readonly ObservedOrigin[];
  readonly probes: readonly ObservedProbe[];
  readonly requests: number;
}

const UNHEARD_HEADER = "x-cors-gateway-probe";
const UNHEARD_METHOD = "CORSPROBE";

/** The number of requests that a question takes. */
export function countRequests({ origins, methods, headers }: Question): number {
  return origins.length * (headers.length + methods.length + 3) + probeOrigins(origins).length;
}

/**
 * Sends the requests of a question, one after the other.
 * @param onRequest called before each with its number, from 1
 * @throws NoResponse
 */
export async function observe(question: Question, onRequest: (number: number) => void): Promise<Observation> {
  let requests = 0;
  const send: Send = (method, origin, fields) => {
    requests += 1;
    onRequest(requests);
    return sendRaw(question.url, method, pageFields(origin, question.url, fields), question.timeoutSeconds);
  };
  const origins: ObservedOrigin[] = [];
  for (const origin of question.origins) origins.push(await observeOrigin(origin, question, send));
  const probes: ObservedProbe[] = [];
  for (const probe of probeOrigins(question.origins)) {
    const response = await send("GET", probe.origin, [["origin", probe.origin]]);
    probes.push({ ...probe, access: readAccess(probe.origin, response).access });
  }
  return { origins, probes, requests };
}

type Send = (method: string, origin: string, fields: HeaderFields) => Promise<RawResponse>;

async function observeOrigin(origin: string, question: Question, send: Send): Promise<ObservedOrigin> {
  const maxAges: (number | undefined)[] = [];
  const ask = async (method: string, names: readonly string[]): Promise<Access> => {
    const request = { origin, method, headers: names.map((name): [string, string] => [name, unsafeValue(name)]) };
    const response = await send("OPTIONS", origin, preflightFields({ ...request, hasCredentials: false }));
    const { access } = judge((hasCredentials) => checkPreflight({ ...request, hasCredentials }, response));
    if (access !== "none") maxAges.push(maxAgeOf(response));
    return access;
  };
  const response = await send("GET", origin, [["origin", origin]]);
  const read = readAccess(origin, response);
  const headers = new Map<string, Access>();
  for (const name of question.headers) headers.set(name, await ask("GET", [name]));
  // What is granted without credentials alone would spoil the answers about methods with them.
  const hasCredentials = read.access === "with-credentials";
  const isEnough = (access: Access) => (hasCredentials ? access === "with-credentials" : access !== "none");
  const granted = [...headers].filter(([, access]) => isEnough(access)).map(([name]) => name);
  const methods = new Map<string, Access>();
  for (const method of question.methods) methods.set(method, await ask(method, granted));
  const anyHeader = await ask("GET", [UNHEARD_HEADER]);
  const anyMethod = await ask(UNHEARD_METHOD, granted);
  return {
    origin,
    read,
    methods,
    headers,
    anyMethod,
    anyHeader,
    exposed: namesOf(response.header("access-control-expose-headers")),
    maxAge: maxAges.includes(undefined) || maxAges.length === 0 ? undefined : Math.min(...maxAges.map(Number)),
  };
}

/** A value that needs asking for, whatever the header. */
function unsafeValue(name: string): string {
  return name === "range" ? "bytes=0-0,2-2" : '"{}"';
}

function readAccess(origin: string, response: RawResponse): ObservedOrigin["read"] {
  const request: Omit<PageRequest, "hasCredentials"> = { origin, method: "GET", headers: [] };
  const { access, refusal } = judge((hasCredentials) => checkCors({ ...request, hasCredentials }, response));
  return { access, refusal, status: response.status };
}

function judge(check: (hasCredentials: boolean) => Refusal | undefined): {
  access: Access;
  refusal: Refusal | undefined;
} {
  const refusal = check(false);
  if (refusal !== undefined) return { access: "none", refusal };
  return { access: check(true) === undefined ? "with-credentials" : "without-credentials", refusal: undefined };
}

/** @see https://fetch.spec.whatwg.org/#http-access-control-max-age */
function maxAgeOf(response: RawResponse): number | undefined {
  const value = response.header("access-control-max-age") ?? "";
  return /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}

function namesOf(list: string | null): readonly string[] {
  const names = (list ?? "").split(",").map((name) => name.trim().toLowerCase());
  return [...new Set(names.filter((name) => name !== ""))];
}
