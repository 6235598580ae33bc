import {
  Capabilities,
  type HealthState,
  isBuiltInProviderType,
  PROVIDER_TYPE_TRAITS,
  type Problem,
  type ProviderConfig,
  type ProviderStatus,
  parseProviderConfig,
} from "@hodei/contracts";
import type { FleetProvider } from "@hodei/placement";
import type { Queryable } from "../queryable.ts";

interface ProviderRow {
  id: string;
  name: string;
  provider_type: string;
  config: unknown;
  status: ProviderStatus;
  config_errors: Problem[] | null;
  priority: number;
  max_workers: number;
  active_workers: number;
  preferred_region: string | null;
  allowed_regions: string[];
  required_labels: Record<string, string>;
  annotations: Record<string, string>;
  capabilities: unknown;
  reserved_cpu_millis: number;
  reserved_memory_bytes: number;
  reserved_gpu: number;
  generation: number;
  health: HealthState | null;
}

/** The fleet as placement sees it: the providers named, or all of them. */
export async function readFleet(db: Queryable, providerIds?: readonly string[]): Promise<FleetProvider[]> {
  const { rows } = await db.query<ProviderRow>({
    name: "read-fleet",
    text: `SELECT p.id, p.name, p.provider_type, p.config, p.status, p.config_errors, p.priority, p.max_workers, p.active_workers,
                  p.preferred_region, p.allowed_regions, p.required_labels, p.annotations, p.capabilities, p.reserved_cpu_millis,
                  p.reserved_memory_bytes, p.reserved_gpu, p.generation, h.health
             FROM provider_configs p LEFT JOIN provider_health h ON h.provider_id = p.id
            WHERE $1::uuid[] IS NULL OR p.id = ANY ($1)`,
    values: [providerIds ?? null],
  });
  return rows.map(fleetProviderOf);
}

const NO_TRAITS = { runsImages: false, needsImage: false, takesPayload: false };

function fleetProviderOf(row: ProviderRow): FleetProvider {
  const type = row.provider_type;
  const traits = isBuiltInProviderType(type) ? PROVIDER_TYPE_TRAITS[type] : NO_TRAITS;
  // A configuration that cannot be read gives no defaults; `config_errors` keeps its provider out of placement.
  const parsed = parseProviderConfig(type, row.config);
  const config = parsed.ok ? parsed.config : undefined;
  return {
    id: row.id,
    name: row.name,
    providerType: type,
    status: row.status,
    configErrors: row.config_errors,
    health: row.health ?? "unknown",
    priority: row.priority,
    maxWorkers: row.max_workers,
    activeWorkers: row.active_workers,
    preferredRegion: row.preferred_region,
    allowedRegions: row.allowed_regions,
    requiredLabels: row.required_labels,
    annotations: row.annotations,
    capabilities: capabilitiesOf(row.capabilities, config),
    defaultResources: config?.default_resources ?? {},
    reserved: { cpuMillis: row.reserved_cpu_millis, memoryBytes: row.reserved_memory_bytes, gpu: row.reserved_gpu },
    longestRunSeconds: longestRunOf(config),
    runsImages: traits.runsImages,
    needsImage: traits.needsImage,
    takesPayload: traits.takesPayload,
    hasDefaultImage: config !== undefined && "default_image" in config && config.default_image !== undefined,
    generation: row.generation,
  };
}

/** `config.capabilities` over the discovered ones, part by part. */
function capabilitiesOf(discovered: unknown, config: ProviderConfig | undefined): Capabilities {
  const read = Capabilities.safeParse(discovered);
  const found = read.success ? read.data : { perWorker: {}, total: {} };
  const configured = config?.capabilities;
  if (!configured) return found;
  return {
    ...found,
    ...(configured.architecture !== undefined && { architecture: configured.architecture }),
    perWorker: { ...found.perWorker, ...configured.perWorker },
    total: { ...found.total, ...configured.total },
  };
}

function longestRunOf(config: ProviderConfig | undefined): number | null {
  return config?.type === "lambda"
    ? (config.timeout_seconds ?? PROVIDER_TYPE_TRAITS.lambda.longestRunSeconds ?? null)
    : null;
}
