import type { Capabilities, HealthState, Problem, ProviderStatus, Resources } from "@hodei/contracts";

/** A provider as placement sees it: one row of `provider_configs` with its health and what is reserved there. */
export interface FleetProvider {
  id: string;
  name: string;
  providerType: string;
  status: ProviderStatus;
  /** `null` = the configuration was not validated yet, which keeps it out of placement like a problem would. */
  configErrors: readonly Problem[] | null;
  health: HealthState;
  priority: number;
  maxWorkers: number;
  activeWorkers: number;
  preferredRegion: string | null;
  allowedRegions: readonly string[];
  requiredLabels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** `config.capabilities` over the discovered ones. */
  capabilities: Capabilities;
  /** What a worker gets where its job is silent. */
  defaultResources: Resources;
  /** Sum of what live workers asked for. */
  reserved: Required<Resources>;
  /** Longest run in seconds that the provider allows; `null` = no limit. */
  longestRunSeconds: number | null;
  runsImages: boolean;
  needsImage: boolean;
  takesPayload: boolean;
  hasDefaultImage: boolean;
  /** Version of what the operator configured. */
  generation: number;
}
