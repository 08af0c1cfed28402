/** The results as a picture. */

import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Results } from "./results.ts";

use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Bars of CPU time to the bare Worker's, as SVG on white: it is shown in light and in dark pages. */
export function drawChart({ preflights, actuals, date }: Results): string {
  const shown = preflights
    .map(({ name }, index) => ({ name, index }))
    .filter(({ name }) => !name.includes("second copy"));
  const ratios = (costs: Results["preflights"]) =>
    shown.map(({ index }) =>
      Number(((costs[index]?.microsecondsPerRequest ?? 0) / (costs[0]?.microsecondsPerRequest ?? 1)).toFixed(2)),
    );
  const bars = (name: string, costs: Results["preflights"]) => ({
    name,
    type: "bar" as const,
    data: ratios(costs),
    label: { show: true, position: "right" as const },
  });
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 820, height: 440 });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: ["#2f5fd0", "#d08a2f"],
    title: {
      text: "CPU time a request, to that of a bare Worker",
      subtext: `less is better; ${date}`,
      left: 16,
      top: 8,
    },
    legend: { bottom: 8 },
    grid: { left: 230, right: 60, top: 72, bottom: 56 },
    xAxis: { type: "value" },
    yAxis: { type: "category", inverse: true, data: shown.map(({ name }) => name) },
    series: [bars("preflight", preflights), bars("actual request", actuals)],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
