import type { PluginApi } from "./plugin-api.ts";
import type { PluginProviderType } from "./plugin-provider-type.ts";

/**
 * The version of all that a plug-in sees: `PluginApi`, `Plugin`, and the promises of `Provider`. It moves when a plug-in that was right
 * would no longer be; what is merely added leaves it as it is.
 */
export const PLUGIN_API_VERSION = 1;

/** The default export of a plug-in's package; beside it stands `export const apiVersion = 1`. Called once in each process that loads it. */
export type MakePlugin = (hodei: PluginApi) => Plugin | Promise<Plugin>;

/** What a plug-in adds. */
export interface Plugin {
  types: readonly PluginProviderType<unknown>[];
}
