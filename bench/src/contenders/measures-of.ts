import type { Measure } from "../result.ts";
import { medianOf, rangeOf } from "../spread.ts";
import type { Contender } from "./contender.ts";

/** One figure of each contender, the median of its turns beside their range. */
export function measuresOf<T>(
  turns: ReadonlyMap<Contender, readonly T[]>,
  { name, unit, figureOf }: { name: (contender: string) => string; unit: string; figureOf: (turn: T) => number },
): Measure[] {
  return [...turns].map(([contender, taken]) => {
    const values = taken.map(figureOf);
    return { name: name(contender.name), value: medianOf(values), unit, beside: rangeOf(values) };
  });
}

/** Hodei's median over that of the best peer of the same run; nothing when either took no part. */
export function besideBest<T>(
  turns: ReadonlyMap<Contender, readonly T[]>,
  { name, aim, best, figureOf }: { name: string; aim: string; best: "most" | "least"; figureOf: (turn: T) => number },
): Measure[] {
  const medians = [...turns].map(([contender, taken]) => ({
    name: contender.name,
    isHodei: contender.variant === "Hodei",
    median: medianOf(taken.map(figureOf)),
  }));
  const hodei = medians.find(({ isHodei }) => isHodei);
  const [peer] = medians
    .filter(({ isHodei, median }) => !isHodei && median > 0)
    .sort((a, b) => (best === "most" ? b.median - a.median : a.median - b.median));
  if (!hodei || !peer) return [];
  return [{ name, value: hodei.median / peer.median, unit: "×", beside: `${aim}; ${peer.name}` }];
}
