import { create } from "@bufbuild/protobuf";
import type { ProviderChange } from "@hodei/api/job";
import { ProviderConfigSchema } from "@hodei/api/provider";
import { isBuiltInProviderType, parseProviderConfig } from "@hodei/contracts";
import type { FleetProvider } from "@hodei/placement";
import { type FleetRow, fleetProviderOf, readFleetRows, type Store } from "@hodei/store";
import { columnsOf, type ProviderColumns } from "../providers/columns-of.ts";
import { invalidField } from "../shared/refuse.ts";

/** The fleet as it would be: changed rows are read by the very code that reads real ones. Writes nothing. */
export async function changedFleet({ pool }: Store, changes: readonly ProviderChange[]): Promise<FleetProvider[]> {
  let rows = await readFleetRows(pool);
  for (const change of changes) rows = changeRows(rows, change);
  return rows.map(fleetProviderOf);
}

function changeRows(rows: readonly FleetRow[], change: ProviderChange): FleetRow[] {
  const found = rows.find((row) => row.id === change.providerId || row.name === change.providerId);
  const others = rows.filter((row) => row !== found);
  if (change.remove) {
    if (found) return others;
    throw invalidField("changes.provider_id", `there is no provider ${JSON.stringify(change.providerId)} to remove`);
  }
  const columns = columnsOf(change.config ?? create(ProviderConfigSchema), change.updateMask);
  // An operator's ACTIVE has what was known of its health forgotten.
  const health = columns.status === "ACTIVE" ? { health: null } : {};
  return [...others, judged({ ...(found ?? newRow(change.providerId)), ...fieldsOf(columns), ...health }, columns)];
}

/** A configuration that would not be valid would take its provider out of placement. */
function judged(row: FleetRow, columns: ProviderColumns): FleetRow {
  if (columns.config === undefined && columns.providerType === undefined) return row;
  const traits = { runs_images: null, needs_image: null, takes_payload: null, longest_run_seconds: null };
  if (!isBuiltInProviderType(row.provider_type)) return { ...row, config_errors: [] };
  const parsed = parseProviderConfig(row.provider_type, row.config);
  return { ...row, ...traits, config_errors: parsed.ok ? [] : parsed.problems };
}

function fieldsOf(columns: ProviderColumns): Partial<FleetRow> {
  const fields: { [Key in keyof FleetRow]?: FleetRow[Key] | undefined } = {
    name: columns.name,
    provider_type: columns.providerType,
    config: columns.config,
    status: columns.status,
    priority: columns.priority,
    max_workers: columns.maxWorkers,
    preferred_region: columns.preferredRegion,
    allowed_regions: columns.allowedRegions,
    required_labels: columns.requiredLabels,
    annotations: columns.annotations,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<FleetRow>;
}

/** A provider that would be new: active, never checked, nothing discovered. */
function newRow(name: string): FleetRow {
  return {
    id: name,
    name,
    provider_type: "",
    config: {},
    status: "ACTIVE",
    config_errors: [],
    priority: 0,
    max_workers: 10,
    active_workers: 0,
    preferred_region: null,
    allowed_regions: [],
    required_labels: {},
    annotations: {},
    capabilities: {},
    reserved_cpu_millis: 0,
    reserved_memory_bytes: 0,
    reserved_gpu: 0,
    generation: 0,
    health: null,
    runs_images: null,
    needs_image: null,
    takes_payload: null,
    longest_run_seconds: null,
  };
}
