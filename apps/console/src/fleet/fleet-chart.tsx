import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useStore } from "../live/make-store.ts";
import { stats } from "../live/stats.ts";

const HEIGHT = 110;
/** Steps of the time axis: no label stands twice. */
const SECONDS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600];
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** Slots taken and jobs that wait, since the page was opened: the registry keeps no history. */
export function FleetChart() {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const { samples } = useStore(stats);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const open = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element), dataOf(), element);
    };
    open();
    const sized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    sized.observe(element);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", open);
    const themed = new MutationObserver(open);
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      sized.disconnect();
      themed.disconnect();
      dark.removeEventListener("change", open);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);
  useEffect(() => {
    if (samples.length > 0) plot.current?.setData(dataOf());
  }, [samples]);
  const last = samples.at(-1);
  const told = last
    ? `Now ${last.active} of ${last.max} slots are taken, ${last.running} jobs are on their way or running and ${last.waiting} wait.`
    : "Nothing is known yet.";
  return (
    <figure className="chart">
      <figcaption>
        <span className="key slots">Slots taken</span>
        <span className="key waiting">Jobs waiting</span>
        <span className="muted">since this page was opened</span>
        <span className="hidden">{told}</span>
      </figcaption>
      <div ref={box} aria-hidden="true" />
    </figure>
  );
}

function dataOf(): uPlot.AlignedData {
  const { samples } = stats.get();
  return [
    samples.map(({ at }) => at / 1000),
    samples.map(({ active }) => active),
    samples.map(({ waiting }) => waiting),
  ];
}

function optionsOf(element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => resolve(element, `var(${name})`);
  const axis = {
    stroke: style.color,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
  };
  const line = (label: string, name: string): uPlot.Series => ({
    label,
    stroke: colour(name),
    width: 2,
    points: { show: false },
  });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.1)] } },
    axes: [
      {
        ...axis,
        space: 110,
        size: 26,
        incrs: SECONDS,
        values: (_plot, times) => times.map((at) => CLOCK.format(at * 1000)),
      },
      { ...axis, size: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000, 50_000] },
    ],
    series: [{}, line("Slots taken", "--accent"), { ...line("Jobs waiting", "--warn"), dash: [4, 3] }],
  };
}

/** A canvas knows no custom properties and no light-dark(). */
function resolve(element: HTMLElement, value: string): string {
  const probe = document.createElement("span");
  probe.style.color = value;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
