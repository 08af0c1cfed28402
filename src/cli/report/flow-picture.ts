/** The flow picture as inline SVG; its colours are the style sheet's. */

import { type SankeyLink, type SankeyNode, sankey, sankeyLinkHorizontal } from "d3-sankey";
import { html } from "hono/html";
import type { PolicyDocument } from "../../core/document-schema.ts";
import { count } from "../count.ts";
import { type Caller, countCallers } from "./access.ts";
import { type FlowEnd, type FlowStream, flowGraph } from "./flow-graph.ts";
import { type Markup, shorten } from "./markup.ts";

const WIDTH = 1040;
/** Where the origins' nodes begin, and the upstreams' end; labels stand outside. */
const [LEFT, RIGHT] = [290, 760];
const TOP = 36;
const ROW_HEIGHT = 34;
/** Characters that a label has room for, column by column. */
const LABEL_LENGTHS = [37, 24, 36];
/** So many colours the style sheet has. */
const HUES = 8;

type Node = SankeyNode<FlowEnd, FlowStream>;
type Link = SankeyLink<FlowEnd, FlowStream>;

/**
 * The picture of a policy, and a caption.
 * @param id unique in the page
 */
export function flowPicture(document: PolicyDocument, callers: readonly Caller[], id: string): Markup {
  if (callers.length === 0) return html`<p>Nobody may call: every origin has expired.</p>`;
  const graph = flowGraph(document, callers);
  const rows = Math.max(...[0, 1, 2].map((column) => graph.ends.filter((end) => end.column === column).length));
  const bottom = TOP + Math.max(rows, 2) * ROW_HEIGHT;
  const { nodes, links } = sankey<FlowEnd, FlowStream>()
    .nodeId((end) => end.id)
    .nodeAlign((node) => (node as Node).column)
    .nodeWidth(8)
    .nodePadding(18)
    .extent([
      [LEFT, TOP],
      [RIGHT, bottom],
    ])({ nodes: graph.ends.map((end) => ({ ...end })), links: graph.streams.map((stream) => ({ ...stream })) });
  const [who, rules, upstreams] = [
    countCallers(callers),
    count(document.rules.length, "rule"),
    count(graph.upstreamCount, "upstream"),
  ];
  return html`<figure>
<div class="scroll" tabindex="0" role="region" aria-label="Flow picture">
<svg class="flow" viewBox="0 0 ${WIDTH} ${bottom + 12}" role="img" aria-labelledby="${id}-flow">
<title id="${id}-flow">From ${who} by ${rules} to ${upstreams}; the table that follows has the same as text</title>
<g class="columns"><text x="${LEFT + 8}" y="16" text-anchor="end">${who}</text><text x="${(LEFT + RIGHT) / 2}" y="16" text-anchor="middle">${rules}</text><text x="${RIGHT - 8}" y="16">${upstreams}</text></g>
${links.map(drawLink)}
${nodes.map(drawNode)}
</svg>
</div>
<figcaption>A band is a right to call, in the colour of its rule.${graph.isCut ? " What would not be legible one by one is drawn as one." : ""}</figcaption>
</figure>`;
}

function drawLink(link: Link): Markup {
  const path = sankeyLinkHorizontal<FlowEnd, FlowStream>()(link);
  return html`<path class="hue-${link.rule % HUES}" d="${path}" stroke-width="${Math.max(1.5, link.width ?? 0).toFixed(1)}"/>
`;
}

function drawNode(node: Node): Markup {
  const { x0 = 0, x1 = 0, y0 = 0, y1 = 0, column } = node;
  const x = column === 0 ? x0 - 8 : x1 + 8;
  const hue = column === 1 ? `hue-${Number(node.id.slice("rule-".length)) % HUES}` : "";
  return html`<g><title>${node.title}</title><rect class="${hue}" x="${x0}" y="${y0.toFixed(1)}" width="${x1 - x0}" height="${Math.max(2, y1 - y0).toFixed(1)}" rx="2"/><text class="${column === 1 ? "rule" : ""}" x="${x}" y="${((y0 + y1) / 2).toFixed(1)}" dy="0.35em" text-anchor="${column === 0 ? "end" : "start"}">${shorten(node.label, LABEL_LENGTHS[column] ?? 0)}</text></g>
`;
}
