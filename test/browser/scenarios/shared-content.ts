/** Content for other origins: uploads with progress, fonts, images on a canvas, films in parts, and all that when isolated. */

import cors from "cors";
import express from "express";
import { beforeAll, describe, expect, test } from "vitest";
import type { Field, Service } from "./field.ts";
import { tinyFont } from "./tiny-font.ts";

const GALLERY = "app.gallery.localhost";
const MEDIA = "media.gallery.localhost";
const HOSTILE = "hostile.localhost";

const EVERYTHING = {
  upload: "1048576 bytes on their way, 201 1048576 bytes",
  font: "loaded",
  image: "red 255",
  "plain-image": "SecurityError",
  "plain-draft": "SecurityError",
  film: "at 500 of 600 s",
  part: "206 RIFF",
  timing: "visible",
  "plain-timing": "hidden",
};

/** Registers the tests of a media server that other origins upload to, show and read. */
export function sharedContent(field: Field): void {
  describe("sharing content", () => {
    let media: Service;

    beforeAll(async () => {
      media = await field.serve(startMedia());
      const allowOrigins = [`http://${GALLERY}:*`];
      field.putPolicy(MEDIA, {
        upstream: media.at("localhost"),
        rules: [
          { name: "uploads", paths: ["/uploads"], allowOrigins, allowMethods: ["POST"] },
          {
            name: "assets",
            paths: ["/assets/*"],
            allowOrigins,
            resourcePolicy: "cross-origin",
            timingAllowOrigin: true,
          },
          { name: "drafts", paths: ["/drafts/*"], allowOrigins, isolation: true },
        ],
      });
    });

    const throughGateway = () => ({ media: field.gateway(MEDIA) });

    test("the gallery uploads with progress, loads fonts and films, and reads the pixels of what it asked for by CORS", async () => {
      expect(await field.visit(GALLERY, "gallery.html", throughGateway())).toEqual(EVERYTHING);
      // A jump into the middle of the film asks for the rest of it, by CORS and without a preflight.
      expect(media.arrivals.filter(({ method }) => method === "OPTIONS")).toEqual([]);
      const jumps = media.arrivals.filter(({ range = "" }) => /^bytes=[78]\d{6}-$/.test(range));
      expect(jumps.length).toBeGreaterThan(0);
      for (const { method, origin } of jumps) {
        expect({ method, origin }).toEqual({ method: "GET", origin: expect.stringContaining(GALLERY) });
      }
    });

    test("isolated by COEP it does the same, but shows no image that neither CORS nor a resource policy lets in", async () => {
      expect(await field.visit(GALLERY, "gallery.html", { ...throughGateway(), coep: "" })).toEqual({
        ...EVERYTHING,
        "plain-draft": "error",
      });
    });

    // A load without CORS has no Origin, so that no rule can tell one page from another; but isolation can tell sites.
    test("a hostile page reads none of it, and can only show what it loads without CORS where no rule isolates it", async () => {
      expect(await field.visit(HOSTILE, "gallery.html", throughGateway())).toEqual({
        upload: "error",
        // WebKit loads fonts without CORS, whatever CSS Fonts says.
        font: field.browser === "WebKit" ? "loaded" : "NetworkError",
        image: "error",
        "plain-image": "SecurityError",
        "plain-draft": "error",
        film: "error",
        part: "TypeError",
        timing: "TypeError",
        "plain-timing": "hidden",
      });
    });

    test("by itself the server locks the gallery out, and even keeps it from showing an image", async () => {
      expect(await field.visit(GALLERY, "gallery.html", { media: media.at(MEDIA) })).toMatchObject({
        upload: "error",
        font: "NetworkError",
        image: "error",
        "plain-image": "error",
        film: "error",
        part: "TypeError",
      });
      expect(media.arrivals).toContainEqual(expect.objectContaining({ method: "OPTIONS", path: "/uploads" }));
    });
  });
}

/** It knows the old gallery alone, and a security middleware's default keeps its assets to its own origin. */
function startMedia() {
  const dot = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><path fill="red" d="M0 0h1v1H0z"/></svg>';
  const film = silence(600);
  return express()
    .use(cors({ origin: "https://old-gallery.example" }))
    .post("/uploads", express.raw({ type: () => true, limit: "2mb" }), (request, response) => {
      response.status(201).send(`${request.body.length} bytes`);
    })
    .get("/drafts/dot.svg", (_, response) => void response.type("svg").send(dot))
    .use((_, response, next) => {
      response.set("cross-origin-resource-policy", "same-origin");
      next();
    })
    .get("/assets/dot.svg", (_, response) => void response.type("svg").send(dot))
    .get("/assets/tiny.ttf", (_, response) => void response.type("ttf").send(tinyFont()))
    .get("/assets/film.wav", (request, response) => {
      response.type("wav").set("accept-ranges", "bytes");
      const [range] = [request.range(film.length) ?? []].flat() as { start: number; end: number }[];
      if (range === undefined) return void response.send(film);
      response.status(206).set("content-range", `bytes ${range.start}-${range.end}/${film.length}`);
      response.send(film.subarray(range.start, range.end + 1));
    });
}

/** A WAV file of so many seconds, at 8000 samples of 16 bits a second: a film that every browser has the decoder for. */
function silence(seconds: number): Buffer {
  const samples = Buffer.alloc(seconds * 16_000);
  const head = Buffer.from("RIFF....WAVEfmt ....................data....");
  head.writeUInt32LE(36 + samples.length, 4);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}
