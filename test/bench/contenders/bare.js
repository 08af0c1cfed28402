/**
 * What can be had at all: decides nothing, writes the header fields that the gateway would write as constants, and passes
 * everything on but OPTIONS.
 */

const PREFLIGHT_HEADERS = {
  "access-control-allow-origin": "https://app.example.com",
  "access-control-allow-credentials": "true",
  "access-control-allow-methods": "GET, PUT, DELETE",
  "access-control-allow-headers": "authorization, content-type",
  "access-control-max-age": "7200",
  vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
  "cors-decision": "granted;rule=orders",
};

export default {
  async fetch(request, env) {
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: PREFLIGHT_HEADERS });
    const { url } = request;
    const copy = new Request(env.UPSTREAM + url.slice(url.indexOf("/", 8)), request);
    copy.headers.append("cors-gateway-loop", "api.example.com");
    copy.headers.set("x-forwarded-host", "api.example.com");
    copy.headers.set("x-forwarded-proto", "http");
    const answer = await fetch(copy);
    const response = new Response(answer.body, answer);
    response.headers.set("access-control-allow-origin", "https://app.example.com");
    response.headers.set("access-control-allow-credentials", "true");
    response.headers.set("access-control-expose-headers", "etag");
    response.headers.append("vary", "Origin");
    response.headers.set("cors-decision", "granted;rule=orders");
    return response;
  },
};
