import { z } from "zod";
import { HEALTH_STATES } from "../states.ts";

/** Body of `provider.changed`: the row is the truth, this is the knock. */
export const ProviderChanged = z.object({
  provider_id: z.string(),
  name: z.string(),
  generation: z.number(),
  change: z.enum(["created", "updated", "deleted"]),
});
export type ProviderChanged = z.output<typeof ProviderChanged>;

/** Body of `provider.health`. */
export const ProviderHealth = z.object({
  provider_id: z.string(),
  name: z.string(),
  health: z.enum(HEALTH_STATES),
  code: z.string().optional(),
  cause: z.string().optional(),
  fix: z.string().optional(),
  latency_ms: z.number().optional(),
  at: z.string(),
});
export type ProviderHealth = z.output<typeof ProviderHealth>;
