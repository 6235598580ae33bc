import type { ProviderVersion } from "@hodei/api/provider";
import { openApi } from "../api/open-api.ts";
import { timeOf } from "../jobs/job-fields.ts";
import { printJson, printLine } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";
import { providerFields } from "./provider-fields.ts";

const SHOWN_VERSIONS = 20;

/** `hodei providers get` */
export async function getProvider(
  name: string,
  { json, ...server }: ServerOptions & { json?: boolean },
): Promise<void> {
  await using api = await openApi(server);
  const { provider } = await api.providers.getProvider({ providerId: name });
  if (!provider) return;
  const { versions } = await api.providers.listProviderHistory({ providerId: provider.id, pageSize: SHOWN_VERSIONS });
  const { health, ...row } = providerFields(provider);
  if (json) return printJson({ provider: row, health, history: versions.map(versionFields) });
  for (const [key, value] of Object.entries(row))
    printLine(`${key.padEnd(20)} ${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
  const why = health?.cause ? `: ${health.cause}; ${health.fix ?? ""}` : "";
  printLine(`${"health".padEnd(20)} ${health?.health ?? "unknown"}${why}`);
  for (const { generation, replacedAt, replacedBy } of versions)
    printLine(`generation ${generation}, replaced ${timeOf(replacedAt)} by ${replacedBy}`);
}

function versionFields({ generation, config, replacedAt, replacedBy }: ProviderVersion) {
  return {
    generation: Number(generation),
    name: config?.name,
    providerType: config?.providerType,
    config: config?.config,
    priority: config?.priority,
    maxWorkers: config?.maxWorkers,
    preferredRegion: config?.preferredRegion ?? null,
    allowedRegions: config?.allowedRegions,
    requiredLabels: config?.requiredLabels,
    annotations: config?.annotations,
    replacedAt: timeOf(replacedAt),
    replacedBy,
  };
}
