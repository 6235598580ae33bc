import type { z } from "zod";
import { type Problem, problemsOf } from "../problems.ts";
import { type BuiltInProviderType, isBuiltInProviderType, PROVIDER_TYPES } from "../provider-types.ts";
import { describe } from "../text.ts";
import { DockerConfig } from "./docker-config.ts";
import { KubernetesConfig } from "./kubernetes-config.ts";
import { LambdaConfig } from "./lambda-config.ts";
import { ProcessConfig } from "./process-config.ts";
import { SimulatedConfig } from "./simulated-config.ts";

/** The configuration schema of every built-in provider type. */
export const PROVIDER_CONFIGS = {
  docker: DockerConfig,
  kubernetes: KubernetesConfig,
  lambda: LambdaConfig,
  process: ProcessConfig,
  simulated: SimulatedConfig,
} as const satisfies Record<BuiltInProviderType, z.ZodType>;

export type ProviderConfig = DockerConfig | KubernetesConfig | LambdaConfig | ProcessConfig | SimulatedConfig;

export type ParsedProviderConfig = { ok: true; config: ProviderConfig } | { ok: false; problems: Problem[] };

/** Reads `provider_configs.config` of a row; every problem at once, by path. Never throws. */
export function parseProviderConfig(providerType: string, config: unknown): ParsedProviderConfig {
  if (!isBuiltInProviderType(providerType)) {
    const message = `${describe(providerType)} is not a provider type; write one of ${PROVIDER_TYPES.join(", ")}`;
    return { ok: false, problems: [{ path: "provider_type", message }] };
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    return {
      ok: false,
      problems: [{ path: "", message: `${describe(config)} is not a configuration; write a JSON object` }],
    };
  }
  if (!("type" in config)) {
    return { ok: false, problems: [{ path: "type", message: `is missing; write "type": "${providerType}"` }] };
  }
  if (config.type !== providerType) {
    const message = `${describe(config.type)} does not match provider_type; write "${providerType}"`;
    return { ok: false, problems: [{ path: "type", message }] };
  }
  const parsed = PROVIDER_CONFIGS[providerType].safeParse(config);
  return parsed.success ? { ok: true, config: parsed.data } : { ok: false, problems: problemsOf(parsed.error) };
}
