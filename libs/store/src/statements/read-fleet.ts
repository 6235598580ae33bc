import {
  Capabilities,
  type CommonConfig,
  commonConfigOf,
  type HealthState,
  isBuiltInProviderType,
  LambdaConfig,
  PROVIDER_TYPE_TRAITS,
  type Problem,
  type ProviderStatus,
  type ProviderTypeTraits,
} from "@hodei/contracts";
import type { FleetProvider } from "@hodei/placement";
import type { Queryable } from "../queryable.ts";

/** A provider's row as placement needs it; `fleetProviderOf` reads it. */
export interface FleetRow {
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
  /** `null` where no registry knows the type. */
  runs_images: boolean | null;
  needs_image: boolean | null;
  takes_payload: boolean | null;
  longest_run_seconds: number | null;
}

/** The fleet as placement sees it: the providers named, or all of them. */
export async function readFleet(db: Queryable, providerIds?: readonly string[]): Promise<FleetProvider[]> {
  return (await readFleetRows(db, providerIds)).map(fleetProviderOf);
}

/** The same, before it is read: whoever asks "what if" changes the rows. */
export async function readFleetRows(db: Queryable, providerIds?: readonly string[]): Promise<FleetRow[]> {
  const { rows } = await db.query<FleetRow>({
    name: providerIds ? "read-providers" : "read-fleet",
    text: `SELECT p.id, p.name, p.provider_type, p.config, p.status, p.config_errors, p.priority, p.max_workers, p.active_workers,
                  p.preferred_region, p.allowed_regions, p.required_labels, p.annotations, p.capabilities, p.reserved_cpu_millis,
                  p.reserved_memory_bytes, p.reserved_gpu, p.generation, h.health, t.runs_images, t.needs_image,
                  t.takes_payload, t.longest_run_seconds
             FROM provider_configs p LEFT JOIN provider_health h ON h.provider_id = p.id
                  LEFT JOIN provider_types t ON t.type = p.provider_type
            ${providerIds ? "WHERE p.id = ANY ($1::uuid[])" : ""}`,
    values: providerIds ? [providerIds] : [],
  });
  return rows;
}

/** What placement needs of a type. */
type PlacementTraits = Omit<ProviderTypeTraits, "isPerMachine">;

const NO_TRAITS: PlacementTraits = { runsImages: false, needsImage: false, takesPayload: false };

export function fleetProviderOf(row: FleetRow): FleetProvider {
  const traits = traitsOf(row);
  // A configuration that cannot be read gives no defaults; `config_errors` keeps its provider out of placement.
  const config = commonConfigOf(row.config);
  return {
    id: row.id,
    name: row.name,
    providerType: row.provider_type,
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
    defaultResources: config.default_resources ?? {},
    reserved: { cpuMillis: row.reserved_cpu_millis, memoryBytes: row.reserved_memory_bytes, gpu: row.reserved_gpu },
    longestRunSeconds: longestRunOf(row, traits),
    runsImages: traits.runsImages,
    needsImage: traits.needsImage,
    takesPayload: takesPayload(row, traits),
    hasDefaultImage: config.default_image !== undefined,
    generation: row.generation,
  };
}

/** `config.capabilities` over the discovered ones, part by part. */
function capabilitiesOf(discovered: unknown, config: CommonConfig): Capabilities {
  const read = Capabilities.safeParse(discovered);
  const found = read.success ? read.data : { perWorker: {}, total: {} };
  const configured = config.capabilities;
  if (!configured) return found;
  return {
    ...found,
    ...(configured.architecture !== undefined && { architecture: configured.architecture }),
    perWorker: { ...found.perWorker, ...configured.perWorker },
    total: { ...found.total, ...configured.total },
  };
}

/** What the registry wrote of the type, so that a plug-in's is known without the plug-in; a built-in one is known before any registry ran. */
function traitsOf(row: FleetRow): PlacementTraits {
  if (row.runs_images === null || row.needs_image === null || row.takes_payload === null)
    return isBuiltInProviderType(row.provider_type) ? PROVIDER_TYPE_TRAITS[row.provider_type] : NO_TRAITS;
  return {
    runsImages: row.runs_images,
    needsImage: row.needs_image,
    takesPayload: row.takes_payload,
    ...(row.longest_run_seconds !== null && { longestRunSeconds: row.longest_run_seconds }),
  };
}

/** The type's limit; a Lambda function has one of its own below it. */
function longestRunOf(row: FleetRow, { longestRunSeconds }: PlacementTraits): number | null {
  return lambdaConfigOf(row)?.timeout_seconds ?? longestRunSeconds ?? null;
}

/** A payload is for a function of the user's own: the one that Hodei makes for a Lambda provider runs commands. */
function takesPayload(row: FleetRow, traits: PlacementTraits): boolean {
  return traits.takesPayload && (row.provider_type !== "lambda" || lambdaConfigOf(row)?.function_name !== undefined);
}

function lambdaConfigOf({ provider_type, config }: FleetRow): LambdaConfig | undefined {
  return provider_type === "lambda" ? LambdaConfig.safeParse(config).data : undefined;
}
