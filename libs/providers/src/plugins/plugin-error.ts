import type { Problem } from "@hodei/contracts";

/** Why the plug-ins that the settings name cannot be used: all of it, each with what to write instead. The service does not start. */
export class PluginError extends Error {
  readonly code = "PLUGIN_INVALID";

  constructor(problems: readonly Problem[]) {
    super(
      ["The plug-ins cannot be used:", ...problems.map(({ path, message }) => `  plug-in ${path}: ${message}`)].join(
        "\n",
      ),
    );
    this.name = "PluginError";
  }
}
