/** Chat over WebSocket, for which a browser checks no origin by itself, and a hostile page that tries the same. */

import cors from "cors";
import express from "express";
import { beforeAll, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import type { Field, Service } from "./field.ts";

const DOMAIN = "talk.localhost";
const TALK = `app.${DOMAIN}`;
const ROOMS = `rooms.${DOMAIN}`;
// Of the same site, so that every browser sends the cookie with its handshake.
const HOSTILE = `fans.${DOMAIN}`;

/** Registers the tests of a chat server and the pages that connect to it. */
export function chat(field: Field): void {
  describe("chat over WebSocket", () => {
    let rooms: Service;

    beforeAll(async () => {
      rooms = await startRooms(field);
      field.putPolicy(ROOMS, {
        upstream: rooms.at("localhost"),
        rules: [{ name: "rooms", allowOrigins: [`http://${TALK}:*`], allowCredentials: true }],
      });
    });

    const chatAt = (host: string, api: string) => field.visit(host, "chat.html", { rooms: api });
    const handshakes = () => rooms.arrivals.filter(({ method }) => method === "WebSocket");

    const logIn = async () =>
      expect(await chatAt(TALK, field.gateway(ROOMS))).toEqual({ login: "204", chat: "user 7: hello, over chat.v1" });

    test("the app chats as its user", async () => {
      const before = handshakes().length;
      await logIn();
      expect(handshakes().slice(before)).toMatchObject([{ path: "/rooms/tea", cookie: "session=7" }]);
    });

    test("a hostile page gets no connection, and no handshake reaches the server", async () => {
      await logIn();
      const before = handshakes().length;
      expect(await chatAt(HOSTILE, field.gateway(ROOMS))).toEqual({ login: "TypeError", chat: "closed with 1006" });
      expect(handshakes()).toHaveLength(before);
    });

    test("by itself the server lets a hostile page chat as the user", async () => {
      await logIn();
      expect(await chatAt(HOSTILE, rooms.at(ROOMS))).toMatchObject({ chat: "user 7: hello, over chat.v1" });
    });
  });
}

/** Its CORS, good or bad, is of no use to WebSockets: they do not pass through it. */
function startRooms(field: Field): Promise<Service> {
  const app = express()
    .use(cors({ origin: `https://${TALK}`, credentials: true }))
    .post("/login", (_, response) => {
      response.cookie("session", "7", { domain: DOMAIN, httpOnly: true, sameSite: "strict" }).status(204).end();
    });
  const sockets = new WebSocketServer({ noServer: true });
  sockets.on("connection", (socket, { headers: { cookie } }) => {
    socket.on("message", (text) => socket.send(`${cookie === "session=7" ? "user 7" : "nobody"}: ${text}`));
    // A page that goes away in mid-frame is no news.
    socket.on("error", () => {});
  });
  return field.serve(app, (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (connection) => sockets.emit("connection", connection, request));
  });
}
