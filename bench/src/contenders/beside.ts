import type { Measure } from "../result.ts";
import { medianOf } from "../spread.ts";
import type { Contender } from "./contender.ts";

interface Figures {
  contender: Contender;
  values: readonly number[];
}

/** Hodei's median over that of the best peer of the same run; nothing when either took no part. */
export function beside(name: string, figures: readonly Figures[], best: "most" | "least", aim: string): Measure[] {
  const of = (isHodei: boolean) =>
    figures
      .filter(({ contender }) => (contender.name === "Hodei") === isHodei)
      .map(({ contender, values }) => ({ name: contender.name, median: medianOf(values) }));
  const [hodei] = of(true);
  const [peer] = of(false).sort((a, b) => (best === "most" ? b.median - a.median : a.median - b.median));
  if (!hodei || !peer) return [];
  return [{ name, value: hodei.median / peer.median, unit: "×", beside: `${aim}; ${peer.name}` }];
}
