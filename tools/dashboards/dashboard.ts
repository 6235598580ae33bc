import { exploreTraces } from "./explore-traces.ts";

/** One line or number of a panel. `legend` is Grafana's: `{{provider}}`. */
interface Query {
  expr: string;
  legend: string;
}

interface Panel {
  kind: keyof typeof SIZES;
  title: string;
  /** What it says, and what to do about it. */
  description: string;
  unit: string;
  queries: readonly Query[];
  /** Shares and counts that are stacked to a whole. */
  stacked?: boolean;
  /** From green over yellow to red. */
  thresholds?: { yellow: number; red: number };
}

export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  /** Which traces its link opens, in TraceQL. */
  traces: string;
  panels: readonly Panel[];
}

const PROMETHEUS = { type: "prometheus", uid: `\${prometheus}` };
const COLUMNS = 24;
const SIZES = {
  stat: { w: 6, h: 4 },
  timeseries: { w: 12, h: 8 },
  "state-timeline": { w: 24, h: 8 },
} as const;

/** What Grafana imports. Data sources are variables, so that it fits into any Grafana. */
export function renderDashboard({ uid, title, description, traces, panels }: Dashboard): object {
  const places = layOut(panels);
  return {
    uid,
    title: `Hodei / ${title}`,
    description,
    tags: ["hodei"],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: "10s",
    time: { from: "now-1h", to: "now" },
    timezone: "",
    templating: {
      list: [dataSource("prometheus", "Prometheus", "prometheus"), dataSource("tempo", "Traces", "tempo")],
    },
    annotations: { list: [firingAlerts()] },
    links: [
      { type: "dashboards", title: "Hodei", tags: ["hodei"], asDropdown: true, includeVars: true, keepTime: true },
      {
        type: "link",
        title: "Traces",
        icon: "external link",
        tooltip: "What these jobs did, one trace each",
        url: exploreTraces(traces),
        targetBlank: true,
      },
    ],
    panels: [
      ...panels.map((panel, i) => renderPanel(panel, i + 1, places[i], traces)),
      whereToLookNext(panels.length + 1, Math.max(...places.map(({ y, h }) => y + h))),
    ],
  };
}

function renderPanel(panel: Panel, id: number, gridPos: object | undefined, traces: string): object {
  const { kind, title, description, unit, queries, stacked = false, thresholds } = panel;
  const custom =
    kind === "timeseries"
      ? {
          custom: {
            fillOpacity: stacked ? 40 : 8,
            stacking: { mode: stacked ? "normal" : "none" },
            showPoints: "never",
          },
        }
      : {};
  return {
    id,
    type: kind,
    title,
    description,
    gridPos,
    datasource: PROMETHEUS,
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: PROMETHEUS,
      expr,
      legendFormat: legend,
      instant: kind === "stat",
      range: kind !== "stat",
    })),
    fieldConfig: {
      defaults: {
        unit,
        ...custom,
        ...(thresholds && {
          color: { mode: kind === "timeseries" ? "palette-classic" : "thresholds" },
          thresholds: {
            mode: "absolute",
            steps: [
              { color: "green", value: null },
              { color: "yellow", value: thresholds.yellow },
              { color: "red", value: thresholds.red },
            ],
          },
        }),
        links: [{ title: "Traces of this time", url: exploreTraces(traces), targetBlank: true }],
      },
      overrides: [],
    },
    options: optionsOf(kind),
  };
}

function optionsOf(kind: Panel["kind"]): object {
  if (kind === "stat")
    return { reduceOptions: { calcs: ["lastNotNull"] }, colorMode: "value", graphMode: "area", textMode: "auto" };
  if (kind === "state-timeline") return { mergeValues: true, showValue: "never", legend: { displayMode: "list" } };
  return {
    legend: { displayMode: "table", placement: "right", calcs: ["lastNotNull", "max"] },
    tooltip: { mode: "multi", sort: "desc" },
  };
}

/** Left to right, top to bottom, each row as high as its highest panel. */
function layOut(panels: readonly Panel[]): { x: number; y: number; w: number; h: number }[] {
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  return panels.map(({ kind }) => {
    const { w, h } = SIZES[kind];
    if (x + w > COLUMNS) {
      x = 0;
      y += rowHeight;
      rowHeight = 0;
    }
    const place = { x, y, w, h };
    x += w;
    rowHeight = Math.max(rowHeight, h);
    return place;
  });
}

function whereToLookNext(id: number, y: number): object {
  const content = [
    "**Logs**: `hodei logs selector -f` (or another service), `hodei jobs logs JOB -f` for what a job wrote. Each line about a job has its",
    "`job_id` and `trace_id`; the trace id opens the job's trace in Tempo.",
    "",
    "**One job**: `hodei jobs explain JOB`. **One provider**: `hodei doctor --provider NAME`.",
  ].join("\n");
  const gridPos = { x: 0, y, w: COLUMNS, h: 4 };
  return { id, type: "text", title: "Where to look next", gridPos, options: { mode: "markdown", content } };
}

function dataSource(name: string, label: string, type: string): object {
  const current = { text: label, value: type };
  return { name, label, type: "datasource", query: type, current, hide: 0, refresh: 1, regex: "", options: [] };
}

function firingAlerts(): object {
  return {
    name: "Alerts",
    datasource: PROMETHEUS,
    enable: true,
    expr: 'ALERTS{alertname=~"Hodei.*", alertstate="firing"}',
    iconColor: "red",
    titleFormat: "{{alertname}}",
    textFormat: "{{provider}}{{consumer}}{{reason}}",
  };
}
