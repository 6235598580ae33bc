import {
  formatProblem,
  isBuiltInProviderType,
  openProviderConfig,
  PROVIDER_TYPE_TRAITS,
  PROVIDER_TYPES,
  type Problem,
  type ProviderTypeTraits,
  parseProviderConfig,
  unknownTypeProblem,
} from "@hodei/contracts";
import type { PluginReference } from "@hodei/runtime";
import type { Logger } from "@hodei/telemetry";
import { openProvider } from "./adapters.ts";
import { guardProvider } from "./plugins/guard-provider.ts";
import { type LoadedPlugin, loadPlugin } from "./plugins/load-plugin.ts";
import { asPlugin, type PluginOwner } from "./plugins/plugin-context.ts";
import { PluginError } from "./plugins/plugin-error.ts";
import type { PluginContext, PluginProviderType } from "./plugins/plugin-provider-type.ts";
import { type PluginConfig, readPluginConfig } from "./plugins/read-plugin-config.ts";
import { type AdapterContext, type Provider, StartError } from "./provider.ts";

/** A provider type that this process knows. */
export interface ProviderTypeInfo {
  type: string;
  traits: ProviderTypeTraits;
  /** The plug-in's package, and its version where it has one; `null` for the built-in ones. */
  package: string | null;
  version: string | null;
}

/** The provider types of this process, built-in and by plug-ins: made once at its start, and passed to who needs it. */
export interface AdapterRegistry {
  readonly types: readonly ProviderTypeInfo[];
  /** Everything that keeps a configuration of that type from use, by path; empty = it can be opened. Never throws. */
  judge: (type: string, config: unknown) => Promise<Problem[]>;
  /** Opens a provider. @throws StartError CONFIG_INVALID with every problem when the type is not known or the configuration not valid */
  open: (type: string, config: unknown, context: AdapterContext) => Promise<Provider>;
}

interface PluginType {
  definition: PluginProviderType<unknown>;
  plugin: LoadedPlugin;
}

/** Loads the plug-ins that the settings name. @throws PluginError with every problem of all of them at once */
export async function loadAdapters(references: readonly PluginReference[], logger: Logger): Promise<AdapterRegistry> {
  const loaded = await Promise.all(
    references.map(async (each) => {
      const owner = { package: each.name, provider: null, logger };
      return { ...each, ...(await asPlugin(owner, () => loadPlugin(each))) };
    }),
  );
  const problems = loaded.flatMap((each) => (each.ok ? [] : each.problems));
  const types = new Map<string, PluginType>();
  for (const each of loaded) {
    if (!each.ok) continue;
    for (const definition of each.plugin.types) {
      const owner = isBuiltInProviderType(definition.type) ? "Hodei itself" : types.get(definition.type)?.plugin.name;
      if (owner === undefined) types.set(definition.type, { definition, plugin: each.plugin });
      else problems.push({ path: each.name, message: clash(definition.type, owner) });
    }
  }
  if (problems.length > 0) throw new PluginError(problems);
  return makeAdapterRegistry(types, logger);
}

function clash(type: string, owner: string): string {
  return `adds the type "${type}", which ${owner} has already; remove one of the two from HODEI_PLUGINS, or give the type another name`;
}

function makeAdapterRegistry(plugins: ReadonlyMap<string, PluginType>, logger: Logger): AdapterRegistry {
  const known = [...PROVIDER_TYPES, ...plugins.keys()];

  async function read(entry: PluginType, type: string, config: unknown) {
    const opened = openProviderConfig(type, config);
    if (!opened.ok) return opened;
    const owner = { package: entry.plugin.name, provider: null, logger };
    return await asPlugin(owner, () => readPluginConfig(entry.definition, opened.fields));
  }

  return {
    types: [
      ...PROVIDER_TYPES.map((type) => ({ type, traits: PROVIDER_TYPE_TRAITS[type], package: null, version: null })),
      ...[...plugins.values()].map(({ definition: { type, traits }, plugin }) => ({
        type,
        traits,
        package: plugin.name,
        version: plugin.version,
      })),
    ],
    async judge(type, config) {
      const entry = plugins.get(type);
      if (!entry) return problemsOfBuiltIn(type, config, known);
      const found = await read(entry, type, config);
      return found.ok ? [] : found.problems;
    },
    async open(type, config, context) {
      const entry = plugins.get(type);
      if (entry) {
        const found = await read(entry, type, config);
        if (found.ok) return await openPluginProvider(entry, found.config, context);
        throw invalid(found.problems);
      }
      const problems = problemsOfBuiltIn(type, config, known);
      if (problems.length > 0) throw invalid(problems);
      return await openProvider(type, config, context);
    },
  };
}

function invalid(problems: readonly Problem[]): StartError {
  return new StartError("CONFIG_INVALID", problems.map(formatProblem).join("; "));
}

function problemsOfBuiltIn(type: string, config: unknown, known: readonly string[]): Problem[] {
  if (!isBuiltInProviderType(type)) return [unknownTypeProblem(type, known)];
  const parsed = parseProviderConfig(type, config);
  return parsed.ok ? [] : parsed.problems;
}

async function openPluginProvider(
  { definition, plugin }: PluginType,
  { common, own }: PluginConfig,
  context: AdapterContext,
): Promise<Provider> {
  const owner: PluginOwner = { package: plugin.name, provider: context.providerName, logger: context.logger };
  const pluginContext: PluginContext = {
    ...context,
    defaultResources: common.default_resources ?? {},
    ...(common.default_image !== undefined && { defaultImage: common.default_image }),
  };
  return guardProvider(await asPlugin(owner, async () => await definition.open(own, pluginContext)), owner);
}
