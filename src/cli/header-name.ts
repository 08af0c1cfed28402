/** Header names as people know them. */

/**
 * A byte-lowercase header name in its usual spelling.
 * @example headerName("access-control-allow-origin") // "Access-Control-Allow-Origin"
 */
export function headerName(name: string): string {
  if (name === "cors-decision") return "CORS-Decision";
  return name.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}
