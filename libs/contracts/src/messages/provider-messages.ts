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
  certificate_expires_at: z.string().optional(),
  /** False = nothing changed since the last word: a heartbeat. */
  changed: z.boolean().default(true),
  at: z.string(),
});
export type ProviderHealth = z.output<typeof ProviderHealth>;

/** One step of a health check, as a person reads it. */
export const CheckStep = z.object({
  /** What was tried: `list pods in hodei-jobs`. */
  name: z.string(),
  ok: z.boolean(),
  /** What was answered, in the vendor's words. */
  detail: z.string().optional(),
  /** What a person would type to see the same: `kubectl auth can-i create jobs …`. */
  command: z.string().optional(),
});
export type CheckStep = z.output<typeof CheckStep>;

/** Body of a request on `provider.check`: check this provider now. */
export const CheckRequest = z.object({ provider_id: z.string() });

/** The answers to it, in order: `begun` (who checks), then `checked` or `refused`. The result stands in `provider_health` too. */
export const CheckAnswer = z.discriminatedUnion("event", [
  z.object({ event: z.literal("begun"), instance: z.string(), timeout_seconds: z.number() }),
  z.object({
    event: z.literal("checked"),
    health: z.enum(HEALTH_STATES),
    code: z.string().nullable(),
    cause: z.string().nullable(),
    fix: z.string().nullable(),
    detail: z.string().nullable(),
    latency_ms: z.number().nullable(),
    steps: z.array(CheckStep),
  }),
  z.object({ event: z.literal("refused"), reason: z.string() }),
]);
export type CheckAnswer = z.output<typeof CheckAnswer>;
