// Makes the calls of calls.ts, and shows what came of them.

const WEBSOCKET_TIMEOUT_MILLISECONDS = 10_000;

/** Why a call was denied, for the reasons that the demo shows. */
const DENIALS = {
  "no-policy": "The gateway has no policy for this hostname.",
  "no-rule": "No rule of the policy is for this path.",
  "policy-unavailable": "The policy in KV cannot be read or used.",
  "origin-not-allowed": "The policy does not allow this page's origin.",
  "method-not-allowed": "The policy does not list this method.",
  "header-not-allowed": "The policy does not list one of these request headers.",
};

/** A phone shows the verdicts; the rest unfolds. */
const hasRoom = matchMedia("(min-width: 44rem)");

const demo = await (await fetchOwn("demo.json")).json();

element("page-origin").textContent = location.origin;
element("gateway-url").textContent = demo.gatewayUrl;
element("api-url").textContent = demo.apiUrl;
element("other-page").href = demo.otherPageUrl;
element("other-page").textContent = `The same page at ${new URL(demo.otherPageUrl).host}`;
element("run").addEventListener("click", run);
await run();

async function run() {
  element("run").disabled = true;
  element("score").textContent = "Running …";
  document.documentElement.dataset.state = "running";
  try {
    const readable = await runAll();
    element("score").textContent = `This page could read ${readable} of ${demo.calls.length} answers.`;
    document.documentElement.dataset.state = "done";
  } catch (error) {
    element("score").textContent = `The demo does not answer; is npm start still running? (${error.message})`;
    document.documentElement.dataset.state = "failed";
  }
  element("run").disabled = false;
}

async function runAll() {
  const cards = demo.calls.map(createCard);
  element("calls").replaceChildren(...cards);
  element("summary").replaceChildren(...demo.calls.map(({ id, title }) => node("a", { href: `#${id}` }, title)));
  element("policy").textContent = await (await fetchOwn("policy.json")).text();
  let readable = 0;
  // One after the other: the cookie that one call sets is sent by a later one.
  for (const [index, call] of demo.calls.entries()) {
    const run = crypto.randomUUID();
    const seen = call.kind === "websocket" ? await callWebSocket(call, run) : await callFetch(call, run);
    const report = await (await fetchOwn(`report?call=${call.id}&run=${run}`)).json();
    showResult(cards[index], call, seen, report);
    const link = element("summary").children[index];
    link.dataset.outcome = seen.outcome;
    link.textContent = `${seen.outcome === "readable" ? "✓" : "✕"} ${call.title}`;
    if (seen.outcome === "readable") readable++;
    if (call.id === "read") showStanding(report);
  }
  return readable;
}

/** Asks this page's own server. */
async function fetchOwn(path) {
  const response = await fetch(path);
  if (response.ok) return response;
  const { error } = await response.json();
  throw new Error(error);
}

/** Calls as any page would; what comes back is all that the browser lets a page know. */
async function callFetch({ path, method, headers, body, hasCredentials, times = 1 }, run) {
  try {
    let response;
    for (let i = 0; i < times; i++) {
      response = await fetch(`${demo.gatewayUrl}${path}?run=${run}`, {
        method,
        headers,
        body: body && JSON.stringify(body),
        credentials: hasCredentials ? "include" : "omit",
        cache: "no-store",
      });
    }
    return {
      outcome: "readable",
      status: String(response.status),
      text: JSON.stringify(await response.json(), null, 2),
    };
  } catch (error) {
    return { outcome: "blocked", status: "", text: String(error) };
  }
}

function callWebSocket({ path, body }, run) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${demo.gatewayUrl.replace("http", "ws")}${path}?run=${run}`);
    const end = (outcome, text) => {
      clearTimeout(timer);
      resolve({ outcome, status: outcome === "readable" ? "101" : "", text });
      socket.close();
    };
    const timer = setTimeout(() => end("blocked", "No answer"), WEBSOCKET_TIMEOUT_MILLISECONDS);
    socket.onopen = () => socket.send(body);
    socket.onmessage = ({ data }) => end("readable", `Echo: ${data}`);
    socket.onclose = ({ code }) => end("blocked", `WebSocket error, closed with code ${code}`);
  });
}

function createCard({ id, title, notice, kind, method, path, headers = {}, hasCredentials }) {
  const asked = kind === "websocket" ? "WebSocket" : method;
  const extras = [...Object.keys(headers), ...(hasCredentials ? ["credentials: include"] : [])];
  return node("article", { id, className: "call" }, [
    node("header", {}, [node("h2", {}, title), node("strong", { className: "badge" }, "…")]),
    node("p", { className: "sent" }, [
      node("b", {}, asked),
      ` ${path}`,
      node("span", {}, extras.map((extra) => ` · ${extra}`).join("")),
    ]),
    node("p", { className: "notice" }, notice),
  ]);
}

function showResult(card, call, seen, { gateway, api, arrivals }) {
  const isReadable = seen.outcome === "readable";
  card.dataset.outcome = seen.outcome;
  card.dataset.status = seen.status;
  card.querySelector(".badge").textContent = isReadable ? "✓ readable" : "✕ blocked";
  card.append(
    node("p", { className: "verdict" }, describeVerdict(call, seen, gateway)),
    node("p", { className: "arrivals" }, ["Reached the API: ", ...describeArrivals(arrivals)]),
    node("details", { open: hasRoom.matches }, [
      node("summary", {}, "Answers and headers"),
      node("div", { className: "views" }, [
        view("What this page could read", "seen", [
          isReadable && node("p", {}, [node("b", {}, "Status "), node("code", {}, seen.status)]),
          node("pre", {}, seen.text),
          !isReadable && node("p", { className: "faint" }, "No status, no headers, no body."),
        ]),
        view("What the gateway answered", "gateway", describeAnswers(call, gateway)),
        view("What the API says by itself", "api", [
          ...describeAnswers(call, api),
          !isReadable && node("p", { className: "denied" }, "It would have allowed this."),
        ]),
      ]),
    ]),
  );
}

function describeVerdict(call, { outcome, status }, gateway) {
  const preflight = parseDecision(gateway.preflight?.decision);
  const decision = preflight?.granted === false ? preflight : parseDecision(gateway.actual.decision);
  if (decision === undefined) return outcome === "readable" ? "The page may read it." : "The browser blocked it.";
  if (outcome === "readable") {
    const what = Number(status) >= 400 ? `the error, ${status}` : call.kind === "websocket" ? "the messages" : "it";
    return `The page may read ${what}: granted by the rule “${decision.rule}”.`;
  }
  if (decision.granted) {
    return `Granted by the rule “${decision.rule}”, but not with credentials: the browser keeps the answer to itself.`;
  }
  return DENIALS[decision.reason] ?? `Denied: ${decision.reason}.`;
}

/** `granted;rule=shop` or `denied;reason=no-rule`, as an object; undefined where nothing was decided. */
function parseDecision(text) {
  if (!text) return undefined;
  const [word, ...parameters] = text.split(";");
  return { granted: word === "granted", ...Object.fromEntries(parameters.map((parameter) => parameter.split("="))) };
}

function describeAnswers({ kind, method }, { preflight, actual }) {
  const name = kind === "websocket" ? "Handshake" : method;
  return [preflight && describeAnswer("Preflight", preflight), describeAnswer(name, actual)];
}

function describeAnswer(name, { status, decision, headers }) {
  const isGranted = parseDecision(decision)?.granted;
  return node("div", { className: "answer" }, [
    node("div", {}, [
      node("b", {}, name),
      node("code", {}, String(status)),
      decision && node("code", { className: `decision ${isGranted ? "granted" : "denied"}` }, breakable(decision)),
    ]),
    node(
      "ul",
      {},
      headers.length === 0
        ? [node("li", { className: "faint" }, "no CORS headers")]
        : headers.map(([field, value]) => node("li", {}, [node("span", {}, `${field}: `), value])),
    ),
  ]);
}

/** Breaks lines after semicolons alone. */
function breakable(decision) {
  return decision.split(/(?<=;)/).map((part) => node("span", { className: "part" }, part));
}

function describeArrivals(arrivals) {
  if (arrivals.length === 0) return ["nothing"];
  const parts = arrivals.flatMap(({ method, cookie }) => [
    ", ",
    node("code", {}, method),
    ...(cookie === null ? [" without a cookie"] : [" with the cookie ", node("code", {}, cookie)]),
  ]);
  return parts.slice(1);
}

function showStanding({ gateway }) {
  const isAllowed = parseDecision(gateway.actual.decision)?.granted === true;
  const standing = element("standing");
  standing.dataset.outcome = isAllowed ? "readable" : "blocked";
  standing.textContent = isAllowed ? "allowed by the policy" : "not allowed by the policy";
}

function view(title, name, children) {
  return node("section", { className: `view ${name}` }, [node("h3", {}, title), ...children]);
}

function element(id) {
  return document.getElementById(id);
}

/** An element with properties and children; children that are false, null or undefined are left out. */
function node(tag, properties, children = []) {
  const created = Object.assign(document.createElement(tag), properties);
  created.append(...[children].flat().filter((child) => child !== false && child != null));
  return created;
}
