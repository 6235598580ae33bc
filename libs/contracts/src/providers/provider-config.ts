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

/** Reads `provider_configs.config` of a built-in type; every problem at once, by path. Never throws. */
export function parseProviderConfig(providerType: string, config: unknown): ParsedProviderConfig {
  if (!isBuiltInProviderType(providerType))
    return { ok: false, problems: [unknownTypeProblem(providerType, PROVIDER_TYPES)] };
  const opened = openProviderConfig(providerType, config);
  if (!opened.ok) return opened;
  const parsed = PROVIDER_CONFIGS[providerType].safeParse(config);
  return parsed.success ? { ok: true, config: parsed.data } : { ok: false, problems: problemsOf(parsed.error) };
}

/** What is wrong with a type that nobody here knows; `known` are those that somebody does. */
export function unknownTypeProblem(providerType: string, known: readonly string[]): Problem {
  return {
    path: "provider_type",
    message: `${describe(providerType)} is not a provider type; write one of ${known.join(", ")}, or name the package of the plug-in that adds it in HODEI_PLUGINS`,
  };
}

/** What holds for a configuration of any type: it is an object, and `type` says the same as the row. Never throws. */
export function openProviderConfig(
  providerType: string,
  config: unknown,
): { ok: true; fields: Record<string, unknown> } | { ok: false; problems: Problem[] } {
  const problem = (path: string, message: string) => ({ ok: false as const, problems: [{ path, message }] });
  if (typeof config !== "object" || config === null || Array.isArray(config))
    return problem("", `${describe(config)} is not a configuration; write a JSON object`);
  if (!("type" in config)) return problem("type", `is missing; write "type": "${providerType}"`);
  if (config.type !== providerType)
    return problem("type", `${describe(config.type)} does not match provider_type; write "${providerType}"`);
  return { ok: true, fields: config as Record<string, unknown> };
}
