import { z } from "zod";
import { SecretReference } from "../secret-reference.ts";
import { Text, WholeNumber } from "../text.ts";
import { commonFields } from "./common-fields.ts";

/** `provider_configs.config` of AWS Lambda. `role_arn` is asked for only when a function must be created. */
export const LambdaConfig = z.strictObject({
  type: z.literal("lambda"),
  ...commonFields,
  region: Text(64, 1),
  runtime: Text(64, 1).optional(),
  timeout_seconds: WholeNumber(1, 900).optional(),
  memory_mb: WholeNumber(128, 10_240).optional(),
  layers: z.array(Text(512, 1)).max(5, { error: "has more than 5 layers, which is Lambda's limit" }).optional(),
  role_arn: Text(512, 1).optional(),
  function_name: Text(170, 1).optional(),
  endpoint: z.url({ error: "is not a URL; write for example http://127.0.0.1:4566" }).optional(),
  access_key_id: SecretReference.optional(),
  secret_access_key: SecretReference.optional(),
  session_token: SecretReference.optional(),
});
export type LambdaConfig = z.output<typeof LambdaConfig>;
