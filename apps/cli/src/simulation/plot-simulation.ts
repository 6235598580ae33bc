import type { Report } from "@hodei/simulation";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

const WIDTH = 900;
const HEIGHT = 150;

/** Waiting, running and utilisation over the virtual time, as SVG. */
export function plotSimulation(report: Report): Promise<string> {
  return new View(parse(compile(chartOf(report)).spec), { renderer: "none" }).toSVG();
}

function chartOf({ series, jobs, time }: Report): TopLevelSpec {
  const values = series.map(({ atSeconds, ...moment }) => ({ hours: atSeconds / 3600, ...moment }));
  const panel = (field: string, title: string, color: string, format: string) => ({
    width: WIDTH,
    height: HEIGHT,
    mark: {
      type: "area" as const,
      color,
      opacity: 0.35,
      line: { color, strokeWidth: 1.5 },
      interpolate: "step-after" as const,
    },
    encoding: {
      x: { field: "hours", type: "quantitative" as const, title: field === "utilisation" ? "hours" : null },
      y: { field, type: "quantitative" as const, title, axis: { format } },
    },
  });
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    title: {
      text: `${jobs.submitted.toLocaleString("en")} jobs`,
      subtitle: `the last came after ${(time.last_arrival_seconds / 3600).toFixed(1)} h, the last ended after ${(time.last_end_seconds / 3600).toFixed(1)} h`,
      anchor: "start",
      offset: 16,
    },
    padding: 12,
    config: { font: "system-ui, sans-serif", axis: { grid: true, gridOpacity: 0.4 }, view: { stroke: null } },
    data: { values },
    vconcat: [
      panel("waiting", "jobs waiting", "#c2410c", "~s"),
      panel("running", "workers", "#1d4ed8", "~s"),
      panel("utilisation", "slots taken", "#15803d", "%"),
    ],
  };
}
