import { z } from "zod";
import { WholeNumber } from "../text.ts";
import { commonFields } from "./common-fields.ts";

const Rate = z.number().min(0).max(1);

/** `provider_configs.config` of a provider that runs nothing and reports success: `{"type":"simulated"}` is complete. */
export const SimulatedConfig = z.strictObject({
  type: z.literal("simulated"),
  ...commonFields,
  start_latency_ms: WholeNumber(0, 3_600_000).default(0),
  run_time_ms: WholeNumber(0, 86_400_000).default(0),
  /** Share of starts that fail, and the catalogue code they fail with. */
  start_failure_rate: Rate.default(0),
  start_failure_code: z
    .string()
    .regex(/^[A-Z][A-Z_]*$/)
    .default("IMAGE_PULL"),
  /** Share of runs that end with `exit_code` instead of 0. */
  failure_rate: Rate.default(0),
  exit_code: WholeNumber(0, 255).default(1),
  /** What the health check answers. */
  health: z.enum(["healthy", "degraded", "unhealthy"]).default("healthy"),
  /** Seed of the failures, so that a run can be repeated. */
  seed: WholeNumber(0, 4_294_967_295).default(0),
});
export type SimulatedConfig = z.output<typeof SimulatedConfig>;
