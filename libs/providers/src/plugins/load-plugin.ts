import { pathToFileURL } from "node:url";
import { PROVIDER_TYPE_PATTERN, type Problem, ProviderTypeTraits, problemsOf } from "@hodei/contracts";
import type { PluginReference } from "@hodei/runtime";
import { z } from "zod";
import { findPlugin, type PluginPackage } from "./find-plugin.ts";
import { type MakePlugin, PLUGIN_API_VERSION } from "./plugin.ts";
import { pluginApi } from "./plugin-api.ts";
import type { PluginProviderType } from "./plugin-provider-type.ts";

/** A plug-in, loaded and found to be one. */
export interface LoadedPlugin extends PluginPackage {
  types: readonly PluginProviderType<unknown>[];
}

const isFunction = (error: string) =>
  z.custom<(...args: never[]) => unknown>((value) => typeof value === "function", { error });

const Types = z.object({
  types: z
    .array(
      z.strictObject({
        type: z.string().regex(PROVIDER_TYPE_PATTERN, {
          error: (issue) =>
            `${JSON.stringify(issue.input)} is no name of a type; write lower-case letters, digits, _ and -, a letter first`,
        }),
        traits: ProviderTypeTraits,
        config: z.custom(isStandardSchema, {
          error: "is no Standard Schema; write for example hodei.z.strictObject({ url: hodei.z.url() })",
        }),
        open: isFunction("is no function; write open(config, context) that answers a provider"),
      }),
      { error: "is not a list; write types: [{ type, traits, config, open }]" },
    )
    .min(1, { error: "is empty; write the provider types that the plug-in adds" }),
});

/** Imports one plug-in and judges what it exports. Never throws: what is wrong is `problems`. */
export async function loadPlugin(
  reference: PluginReference,
): Promise<{ ok: true; plugin: LoadedPlugin } | { ok: false; problems: Problem[] }> {
  const refuse = (...messages: string[]) => ({
    ok: false as const,
    problems: messages.map((message) => ({ path: reference.name, message })),
  });
  try {
    const found = findPlugin(reference);
    const module = (await import(pathToFileURL(found.entry).href)) as { apiVersion?: unknown; default?: unknown };
    const problem = problemOfExports(module, found.entry);
    if (problem) return refuse(problem);
    const made: unknown = await (module.default as MakePlugin)(pluginApi);
    const parsed = Types.safeParse(made);
    if (!parsed.success) {
      const found = problemsOf(parsed.error).map(({ path, message }) => `${path || "what it answers"}: ${message}`);
      return refuse(...found);
    }
    // As the plug-in made them: a copy would lose what they are called on.
    return { ok: true, plugin: { ...found, types: (made as LoadedPlugin).types } };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function problemOfExports(module: { apiVersion?: unknown; default?: unknown }, entry: string): string | undefined {
  const { apiVersion } = module;
  if (apiVersion === undefined)
    return `${entry} does not say which version of the plug-in API it is for; write export const apiVersion = ${PLUGIN_API_VERSION}`;
  if (apiVersion !== PLUGIN_API_VERSION)
    return `is for version ${JSON.stringify(apiVersion)} of the plug-in API and this Hodei has version ${PLUGIN_API_VERSION}; install the version of it that says apiVersion = ${PLUGIN_API_VERSION}, or another Hodei`;
  if (typeof module.default !== "function")
    return `${entry} exports no function by default; write export default (hodei) => ({ types: [{ type, traits, config, open }] })`;
  return undefined;
}

function isStandardSchema(value: unknown): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || !("~standard" in value))
    return false;
  const standard = value["~standard"];
  return (
    typeof standard === "object" &&
    standard !== null &&
    "validate" in standard &&
    typeof standard.validate === "function"
  );
}
