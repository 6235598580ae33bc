import type { ConfigFile } from "./config-file.ts";

/** A package that adds a provider type, as the settings name it. */
export interface PluginReference {
  /** A package's name, or the path of its folder or of a file: `@acme/hodei-nomad`, `./plugins/x`, `/opt/x/index.js`. */
  name: string;
  /** The folder that a relative path starts from, and where an installed package is looked for first. */
  folder: string;
}

/** `HODEI_PLUGINS=@acme/hodei-nomad,./plugins/x`, else `[plugins] packages` of the file. One that is named twice counts once. */
export function pluginReferencesOf(variable: string | undefined, { plugins }: ConfigFile): readonly PluginReference[] {
  const { packages, folder } =
    variable === undefined
      ? (plugins ?? { packages: [], folder: "" })
      : { packages: variable.split(","), folder: process.cwd() };
  const names = new Set(packages.map((name) => name.trim()).filter((name) => name !== ""));
  return [...names].map((name) => ({ name, folder }));
}
