/** Served by the widget's own host; it runs in every page that embeds it, as that page's origin. */

const host = new URL(".", import.meta.url);

export async function theme() {
  const response = await fetch(new URL("theme", host));
  return `${await response.text()}, ${response.headers.get("etag")}`;
}

export async function vote(stars) {
  const response = await fetch(new URL("votes", host), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ stars }),
  });
  return response.status;
}
