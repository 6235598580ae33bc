import type { Provider } from "@hodei/api/provider";
import { type Api, openApi } from "../api/open-api.ts";
import { UsageError } from "../errors.ts";
import { printLine, say } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";
import { configOf } from "./config-of.ts";
import { formatPath } from "./format-path.ts";
import { statusOf } from "./provider-fields.ts";
import { readProviderFile } from "./provider-file.ts";
import { readColumns } from "./read-columns.ts";

/** `hodei providers add` */
export async function addProvider({ file, ...server }: ServerOptions & { file: string }): Promise<void> {
  const { config } = configOf(readProviderFile(file));
  await using api = await openApi(server);
  const { provider } = await api.providers.registerProvider({ config });
  tellVerdict(provider, "added");
}

/** `hodei providers update` */
export async function updateProvider(
  name: string,
  { file, set, ...server }: ServerOptions & { file?: string; set: string[] },
): Promise<void> {
  const change = configOf(readColumns({ ...(file !== undefined && { file }), set }, "change"));
  await using api = await openApi(server);
  const { provider } = await api.providers.updateProvider({ providerId: name, ...change });
  tellVerdict(provider, "updated");
}

/** `hodei providers rollback` */
export async function rollbackProvider(
  name: string,
  { to, ...server }: ServerOptions & { to?: string },
): Promise<void> {
  const generation = to === undefined ? {} : { generation: generationOf(to) };
  await using api = await openApi(server);
  const { provider, restoredGeneration } = await api.providers.rollbackProvider({ providerId: name, ...generation });
  tellVerdict(provider, `rolled back to generation ${restoredGeneration}:`);
}

/** `hodei providers remove` */
export async function removeProvider(name: string, server: ServerOptions): Promise<void> {
  await using api = await openApi(server);
  await api.providers.deleteProvider({ providerId: name });
  printLine(`removed ${name}`);
}

export const enableProvider = (name: string, server: ServerOptions) =>
  setStatus(server, (api) => api.providers.enableProvider({ providerId: name }));
export const disableProvider = (name: string, server: ServerOptions) =>
  setStatus(server, (api) => api.providers.disableProvider({ providerId: name }));
export const setMaintenance = (name: string, server: ServerOptions) =>
  setStatus(server, (api) => api.providers.setMaintenance({ providerId: name }));

async function setStatus(
  server: ServerOptions,
  change: (api: Api) => Promise<{ provider?: Provider | undefined }>,
): Promise<void> {
  await using api = await openApi(server);
  const { provider } = await change(api);
  printLine(`${provider?.config?.name} is ${statusOf(provider?.config?.status)}`);
}

function generationOf(text: string): bigint {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new UsageError(`--to ${text}: write a generation; providers get lists them`);
  return BigInt(text);
}

/** What the registry found the configuration to be. */
function tellVerdict(provider: Provider | undefined, what: string): void {
  if (!provider) return;
  const name = provider.config?.name ?? "";
  if (!provider.validated) say("its configuration was not validated yet: is the registry running? see: hodei status");
  if (provider.configErrors.length === 0) return printLine(`${what} ${name}`);
  say(`${name} is ${what}, but takes no work until its configuration is valid:`);
  for (const problem of provider.configErrors) say(`  ${formatPath(problem)}`);
  process.exitCode = 1;
}
