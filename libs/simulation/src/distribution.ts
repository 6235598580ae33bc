import { describe } from "@hodei/contracts";
import { randomExponential, randomLogNormal, randomPareto, randomUniform } from "d3-random";
import { z } from "zod";
import { Seconds } from "./seconds.ts";

const atMost = { max: Seconds.optional() };
const Shaped = z.discriminatedUnion(
  "distribution",
  [
    z.strictObject({ distribution: z.literal("uniform"), min: Seconds, max: Seconds }),
    z.strictObject({ distribution: z.literal("exponential"), mean: Seconds, ...atMost }),
    z
      .strictObject({ distribution: z.literal("lognormal"), median: Seconds, p95: Seconds, ...atMost })
      .refine(({ median, p95 }) => median > 0 && p95 >= median, {
        path: ["p95"],
        error: "is below the median, or the median is 0; write a median above 0 and a p95 above it",
      }),
    z.strictObject({
      distribution: z.literal("pareto"),
      min: Seconds,
      alpha: z
        .number()
        .positive({ error: "is not above 0; write for example 1.5 (the smaller, the heavier the tail)" }),
      ...atMost,
    }),
  ],
  {
    error: (issue) =>
      `${describe(issue.input)} is not a distribution; write a length of time, or a map with distribution: uniform, exponential, lognormal or pareto`,
  },
);

/** A length of time that varies: the same always (`"5m"`), or by a distribution with its parameters. */
export const Distribution = z.unknown().transform((value, context): Distribution => {
  const isMap = typeof value === "object" && value !== null;
  const parsed = isMap ? Shaped.safeParse(value) : Seconds.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { message, path } of parsed.error.issues) context.addIssue({ code: "custom", message, path });
  return z.NEVER;
});
export type Distribution = z.output<typeof Shaped> | number;

/** Standard deviations from the median to the 95th percentile. */
const P95_DEVIATIONS = 1.6448536269514722;

/** Draws seconds from a distribution by the chance that is given. */
export function makeSampler(distribution: Distribution, chance: () => number): () => number {
  if (typeof distribution === "number") return () => distribution;
  switch (distribution.distribution) {
    case "uniform":
      return randomUniform.source(chance)(distribution.min, distribution.max);
    case "exponential":
      return cut(randomExponential.source(chance)(1 / distribution.mean), distribution.max);
    case "lognormal": {
      const { median, p95, max } = distribution;
      const sigma = Math.log(p95 / median) / P95_DEVIATIONS;
      return cut(randomLogNormal.source(chance)(Math.log(median), sigma), max);
    }
    case "pareto": {
      const { alpha, min, max } = distribution;
      const pareto = randomPareto.source(chance)(alpha);
      return cut(() => min * pareto(), max);
    }
  }
}

function cut(draw: () => number, max: number | undefined): () => number {
  return max === undefined ? draw : () => Math.min(max, draw());
}
