import { z } from "zod";
import { commonFields, DefaultImage } from "./common-fields.ts";

/** What any provider's configuration may say, whatever its type: enough to place, to queue and to check, without its adapter. */
export const CommonConfig = z.object({ ...commonFields, default_image: DefaultImage.optional() });
export type CommonConfig = z.output<typeof CommonConfig>;

/** The common part of a configuration; nothing where it cannot be read: its `config_errors` say why. */
export function commonConfigOf(config: unknown): CommonConfig {
  const parsed = CommonConfig.safeParse(config);
  return parsed.success ? parsed.data : {};
}
