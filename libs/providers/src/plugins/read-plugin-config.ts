import { type CommonConfig, commonFields, DefaultImage, type Problem, problemsOf } from "@hodei/contracts";
import { z } from "zod";
import { within } from "../within.ts";
import type { PluginProviderType } from "./plugin-provider-type.ts";

/** A configuration of a plug-in's type, read: what every type has, and what is its own. */
export interface PluginConfig {
  common: CommonConfig;
  own: unknown;
}

const READ_TIMEOUT_MS = 5_000;
const WithoutImage = z.object(commonFields);
const WithImage = z.object({ ...commonFields, default_image: DefaultImage.optional() });

/** Reads `config` (an object whose `type` is right) by the common schema and the plug-in's own; every problem at once. Never throws. */
export async function readPluginConfig(
  { config: schema, traits }: PluginProviderType<unknown>,
  fields: Readonly<Record<string, unknown>>,
): Promise<{ ok: true; config: PluginConfig } | { ok: false; problems: Problem[] }> {
  const Common = traits.runsImages ? WithImage : WithoutImage;
  const common = Common.safeParse(fields);
  const ownFields = Object.entries(fields).filter(([key]) => key !== "type" && !Object.hasOwn(Common.shape, key));
  const own = await validate(schema, Object.fromEntries(ownFields));
  const problems = [...(common.success ? [] : problemsOf(common.error)), ...(own.issues ? problemsOf(own) : [])];
  if (!common.success || own.issues) return { ok: false, problems };
  return { ok: true, config: { common: common.data, own: own.value } };
}

/** A schema that throws or hangs is a problem of the configurations it is for, and of nobody else. */
async function validate(schema: PluginProviderType<unknown>["config"], value: unknown) {
  try {
    return await within((async () => await schema["~standard"].validate(value))(), READ_TIMEOUT_MS);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      issues: [{ message: `the plug-in's own schema failed (${reason}); it is the plug-in that has to be mended` }],
    };
  }
}
