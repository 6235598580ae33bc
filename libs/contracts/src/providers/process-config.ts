import { z } from "zod";
import { Text } from "../text.ts";
import { commonFields } from "./common-fields.ts";

/** `provider_configs.config` of the local machine: `{"type":"process"}` is complete. */
export const ProcessConfig = z.strictObject({
  type: z.literal("process"),
  ...commonFields,
  /** Where workers run; default: the worker's own empty folder. */
  working_directory: Text(4096, 1).optional(),
});
export type ProcessConfig = z.output<typeof ProcessConfig>;
