/** The calls that the demo page makes, for the browser that makes them and for the server that repeats them. */

/** A call to the API, as a page makes it. */
export interface DemoCall {
  readonly id: string;
  readonly title: string;
  /** What it is and what to notice; true whatever the policy says. */
  readonly notice: string;
  readonly kind: "fetch" | "websocket";
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; by a WebSocket as its first message. */
  readonly body?: unknown;
  /** True where the page asks the browser to send cookies. */
  readonly hasCredentials?: true;
  /** True where a browser asks by a preflight first. */
  readonly hasPreflight?: true;
  /** How often the page makes the call; once, if absent. */
  readonly times?: number;
}

/** The calls, in the order in which the page makes them. */
export const DEMO_CALLS: readonly DemoCall[] = [
  {
    id: "read",
    title: "Read",
    notice:
      "A simple GET, sent without asking first. The API itself lets every origin read, with credentials; " +
      "the gateway removes what the API says and writes what the policy says.",
    kind: "fetch",
    method: "GET",
    path: "/v1/products",
  },
  {
    id: "write",
    title: "Write JSON, with a token",
    notice:
      "PUT, JSON and Authorization each need permission, so the browser sends a preflight first. " +
      "The gateway answers it by itself: look for an OPTIONS among the requests that reached the API.",
    kind: "fetch",
    method: "PUT",
    path: "/v1/products/7",
    headers: { authorization: "Bearer demo-token", "content-type": "application/json" },
    body: { name: "Teapot", price: 39 },
    hasPreflight: true,
  },
  {
    id: "cookie",
    title: "Cookie",
    notice:
      "Called twice: the first answer sets a cookie, the second request brings it back and the count goes up. " +
      "Only a rule with allowCredentials lets it through.",
    kind: "fetch",
    method: "GET",
    path: "/v1/visits",
    hasCredentials: true,
    times: 2,
  },
  {
    id: "broken",
    title: "The API fails",
    notice:
      "The API answers 500. Many servers leave their CORS headers out of errors, and the page sees nothing but " +
      "“Failed to fetch”; through the gateway an allowed page reads the status and the message.",
    kind: "fetch",
    method: "GET",
    path: "/v1/broken",
  },
  {
    id: "delete",
    title: "Delete",
    notice:
      "The API would delete for any page; the policy, as it comes, does not list DELETE. " +
      "Denied for its method alone, a preflight still gets the whole list: the browser's console then names the method.",
    kind: "fetch",
    method: "DELETE",
    path: "/v1/products/7",
    hasPreflight: true,
  },
  {
    id: "socket",
    title: "WebSocket",
    notice:
      "The same-origin policy does not cover WebSockets: a browser connects any page to any server, cookies " +
      "included. The gateway checks the origin, and refuses the handshake with 403.",
    kind: "websocket",
    method: "GET",
    path: "/v1/echo",
    body: "Hello through the gateway",
  },
  {
    id: "public",
    title: "Public data",
    notice: "Another path, another rule: it allows every origin, so both pages can read this one.",
    kind: "fetch",
    method: "GET",
    path: "/public/status",
  },
  {
    id: "public-cookie",
    title: "Public data, with cookies",
    notice:
      "The public rule has no allowCredentials. The browser keeps the answer from the page, " +
      "and the gateway keeps the cookie from the API, so that nobody can act as the user here.",
    kind: "fetch",
    method: "GET",
    path: "/public/status",
    hasCredentials: true,
  },
];
