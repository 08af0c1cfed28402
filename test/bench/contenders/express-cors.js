/** The same job by hand on Node: Express with cors and a proxy middleware. Arguments: the upstream's URL. */

import { Agent } from "node:http";
import cors from "cors";
import express from "express";
import { createProxyMiddleware } from "http-proxy-middleware";

const app = express();

app.use(
  "/v1",
  cors({
    origin: ["https://app.example.com", "https://shop.example.com", "https://admin.example.com"],
    methods: ["GET", "PUT", "DELETE"],
    allowedHeaders: ["authorization", "content-type"],
    exposedHeaders: ["etag"],
    credentials: true,
    maxAge: 7200,
  }),
);
app.use(
  createProxyMiddleware({
    target: process.argv[2],
    changeOrigin: true,
    xfwd: true,
    agent: new Agent({ keepAlive: true }),
  }),
);

const server = app.listen(0, "127.0.0.1", () => process.stdout.write(`${server.address().port}\n`));
