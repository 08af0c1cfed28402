/** Hono's cors() with the allow-list in memory. */

import { createApp } from "./hono-app.js";

const ALLOWED = new Set(["https://app.example.com", "https://shop.example.com", "https://admin.example.com"]);

export default createApp(() => ALLOWED);
