/** Where the tricks were found: scanners, papers, advisories, and what the standards themselves warn of. */

/** Every source of a trick, and its address. */
export const SOURCES = {
  Corsy: "https://github.com/s0md3v/Corsy",
  CORScanner: "https://github.com/chenjj/CORScanner",
  CORStest: "https://github.com/RUB-NDS/CORStest",
  CorsMe: "https://github.com/Shivangx01b/CorsMe",
  "Chen 2018": "https://www.usenix.org/conference/usenixsecurity18/presentation/chen-jianjun",
  "Kettle 2016": "https://portswigger.net/research/exploiting-cors-misconfigurations-for-bitcoins-and-bounties",
  "Kettle 2017": "https://portswigger.net/research/cracking-the-lens-targeting-https-hidden-attack-surface",
  "Kettle 2018": "https://portswigger.net/research/practical-web-cache-poisoning",
  "Kettle 2019": "https://portswigger.net/research/http-desync-attacks-request-smuggling-reborn",
  "PortSwigger labs": "https://portswigger.net/web-security/cors",
  "URL cheat sheet": "https://portswigger.net/web-security/ssrf/url-validation-bypass-cheat-sheet",
  "Leo 2018": "https://www.corben.io/advanced-cors-techniques/",
  "Tsai 2018":
    "https://i.blackhat.com/us-18/Wed-August-8/us-18-Orange-Tsai-Breaking-Parser-Logic-Take-Your-Path-Normalization-Off-And-Pop-0days-Out-2.pdf",
  "Davison 2019": "https://nathandavison.com/blog/abusing-http-hop-by-hop-request-headers",
  "Schneider 2013": "https://christian-schneider.net/CrossSiteWebSocketHijacking.html",
  "Fetch metadata": "https://www.w3.org/TR/fetch-metadata/",
  "Private network access": "https://wicg.github.io/private-network-access/",
  "Fetch standard": "https://fetch.spec.whatwg.org/#http-cors-protocol",
  "URL standard": "https://url.spec.whatwg.org/#host-parsing",
  "RFC 6454": "https://www.rfc-editor.org/rfc/rfc6454#section-7.1",
  "RFC 9110": "https://www.rfc-editor.org/rfc/rfc9110#name-vary",
  "cors-anywhere": "https://github.com/Rob--W/cors-anywhere",
  "CVE-2017-11173 (rack-cors)": "https://github.com/advisories/GHSA-2j9c-9vmv-7m39",
  "CVE-2018-20744 (rs/cors)": "https://nvd.nist.gov/vuln/detail/CVE-2018-20744",
  "CVE-2019-18978 (rack-cors)": "https://github.com/advisories/GHSA-pf8f-w267-mq2h",
  "CVE-2019-25211 (gin-contrib/cors)": "https://nvd.nist.gov/vuln/detail/CVE-2019-25211",
  "CVE-2024-1681 (flask-cors)": "https://github.com/advisories/GHSA-84pr-m4jr-85g5",
  "CVE-2024-6221 (flask-cors)": "https://github.com/advisories/GHSA-hxwh-jpp2-84pm",
  "CVE-2024-6839 (flask-cors)": "https://nvd.nist.gov/vuln/detail/CVE-2024-6839",
  "CVE-2024-6844 (flask-cors)": "https://github.com/advisories/GHSA-8vgw-p6qm-5gr7",
  "CVE-2024-6866 (flask-cors)": "https://github.com/advisories/GHSA-43qf-4rqw-9q2g",
  "CVE-2024-25124 (Fiber)": "https://nvd.nist.gov/vuln/detail/CVE-2024-25124",
  "CVE-2026-54290 (Hono)": "https://github.com/honojs/hono/security/advisories/GHSA-88fw-hqm2-52qc",
  "CVE-2026-69207 (Hono)": "https://github.com/advisories/GHSA-8j4g-w8fx-2239",
  "GHSA-q7jf-gf43-6x6p (Hono)": "https://github.com/honojs/hono/security/advisories/GHSA-q7jf-gf43-6x6p",
  "GHSA-mh55-gqvf-xfwm (rs/cors)": "https://github.com/advisories/GHSA-mh55-gqvf-xfwm",
  "GHSA-vhxv-fg4m-p2w8 (jub0bs/cors)": "https://github.com/jub0bs/cors/security/advisories/GHSA-vhxv-fg4m-p2w8",
  "go-safeweb #372": "https://github.com/google/go-safeweb/pull/372",
  "our own review": "#tricks-of-our-own",
} as const;

/** The name of a source. */
export type Source = keyof typeof SOURCES;
