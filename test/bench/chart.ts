/** The results as a picture: bars for the peers, lines for what grows. */

import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Cost } from "./measure.ts";
import type { Point, Results } from "./results.ts";

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const TITLE = "CPU time a request, to that of a bare Worker";
const COLORS = ["#2f5fd0", "#d08a2f", "#2f8f6b", "#9b4fc0", "#c0392b"];

/** The picture as SVG, on white: it is shown in light and in dark pages. */
export function drawChart({ preflights, actuals, origins, rules, headers, date }: Results): string {
  const names = preflights.map(({ name }) => name);
  const bars = (name: string, costs: readonly Cost[]) => ({
    name,
    type: "bar" as const,
    data: costs.map(({ ratio }) => Number(ratio.toFixed(2))),
    label: { show: true, position: "right" as const },
  });
  const line = (name: string, points: readonly Point[]) => ({
    name,
    type: "line" as const,
    xAxisIndex: 1,
    yAxisIndex: 1,
    symbolSize: 7,
    data: points.map(({ count, ratio }) => [count, Number(ratio.toFixed(3))]),
  });
  const title = (text: string, subtext: string, top: number) => ({ text, subtext, left: 16, top });
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 820, height: 860 });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: COLORS,
    title: [
      title(TITLE, `less is better; ${date}`, 8),
      title(
        "CPU time of a preflight as the policy or the request grows",
        "to that of the first point; flat is better",
        490,
      ),
    ],
    legend: [
      { top: 452, itemGap: 30, data: ["preflight", "actual request"] },
      { top: 826, itemGap: 30, data: ["exact origins", "rules", "requested headers"] },
    ],
    grid: [
      { left: 230, right: 60, top: 72, height: 350 },
      { left: 60, right: 60, top: 560, height: 220 },
    ],
    xAxis: [
      { type: "value", gridIndex: 0 },
      { type: "log", gridIndex: 1 },
    ],
    yAxis: [
      { type: "category", gridIndex: 0, inverse: true, data: names },
      { type: "value", gridIndex: 1, min: 0 },
    ],
    series: [
      bars("preflight", preflights),
      bars("actual request", actuals),
      line("exact origins", origins),
      line("rules", rules),
      line("requested headers", headers),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg.replace(/^<svg[^>]*>/, (start) => `${start}\n<title>${TITLE}</title>`);
}
