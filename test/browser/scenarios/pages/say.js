/** Writes what comes of a promise into an <output>. A call that CORS forbids is a TypeError, and says no more. */
export async function say(id, promise) {
  document.getElementById(id).value = await promise.catch((error) => error.name);
}

/** The APIs of a page, by their names in its query. */
export const apis = Object.fromEntries(new URLSearchParams(location.search));
