import type { Provider } from "@hodei/api/provider";
import { type Api, openApi } from "../api/open-api.ts";
import { colorState, printJson, printLine, printTable } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";
import { formatPath } from "./format-path.ts";
import { healthOf, providerFields, statusOf } from "./provider-fields.ts";

const LARGEST_PAGE = 1000;

/** `hodei providers list` */
export async function listProviders({ json, ...server }: ServerOptions & { json?: boolean }): Promise<void> {
  await using api = await openApi(server);
  const providers = await readProviders(api);
  if (json) return printJson({ providers: providers.map(providerFields) });
  printTable(
    ["NAME", "TYPE", "STATUS", "HEALTH", "SLOTS", "PRIORITY", "REGION", "REASON"],
    providers.map((provider) => [
      provider.config?.name ?? "",
      provider.config?.providerType ?? "",
      colorState(statusOf(provider.config?.status)),
      colorState(healthOf(provider.health)),
      `${provider.activeWorkers}/${provider.config?.maxWorkers ?? 0}`,
      String(provider.config?.priority ?? 0),
      provider.config?.preferredRegion ?? "",
      reasonOf(provider),
    ]),
  );
  for (const { config, health } of providers)
    if (health?.fix && healthOf(health) !== "healthy")
      printLine(`\n${config?.name}: ${health.detail || health.cause}\n  fix: ${health.fix}`);
}

async function readProviders({ providers }: Api): Promise<Provider[]> {
  const all: Provider[] = [];
  for (let pageToken = ""; ; ) {
    const page = await providers.listProviders({ pageSize: LARGEST_PAGE, pageToken });
    all.push(...page.providers);
    pageToken = page.nextPageToken;
    if (pageToken === "") return all;
  }
}

function reasonOf({ validated, configErrors, statusReason, health }: Provider): string {
  if (!validated) return "configuration not validated yet";
  return configErrors.map(formatPath).join("; ") || statusReason || health?.cause || "";
}
