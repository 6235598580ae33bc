import { z } from "zod";
import { SecretReference } from "../secret-reference.ts";
import { describe, Text, WholeNumber } from "../text.ts";
import { commonFields } from "./common-fields.ts";

/** Runtimes for which Hodei has code of its own to run a job's command. */
const WORKER_RUNTIMES = /^(provided\.|nodejs|python3)/;

const Region = z.string({ error: (issue) => `${describe(issue.input)} is not a region; write for example us-east-1` });

const RoleArn = z.string().regex(/^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, {
  error: (issue) =>
    `${describe(issue.input)} is not the ARN of a role; write for example arn:aws:iam::123456789012:role/hodei-worker`,
});

/** `provider_configs.config` of AWS Lambda. `role_arn` is asked for only when a function must be created. */
export const LambdaConfig = z
  .strictObject({
    type: z.literal("lambda"),
    ...commonFields,
    region: Region.regex(/^[a-z][a-z0-9-]{0,63}$/, {
      error: (issue) => `${describe(issue.input)} is not a region; write for example us-east-1`,
    }),
    runtime: Text(64, 1).optional(),
    timeout_seconds: WholeNumber(1, 900).optional(),
    memory_mb: WholeNumber(128, 10_240).optional(),
    layers: z.array(Text(512, 1)).max(5, { error: "has more than 5 layers, which is Lambda's limit" }).optional(),
    role_arn: RoleArn.optional(),
    /** A function that is there already: its name, or its ARN, with a version or an alias. */
    function_name: Text(170, 1).optional(),
    endpoint: z.url({ error: "is not a URL; write for example http://127.0.0.1:4566" }).optional(),
    access_key_id: SecretReference.optional(),
    secret_access_key: SecretReference.optional(),
    session_token: SecretReference.optional(),
  })
  .refine(({ runtime, function_name }) => function_name || !runtime || WORKER_RUNTIMES.test(runtime), {
    path: ["runtime"],
    error:
      "is a runtime that Hodei has no worker for; write provided.al2023, a nodejs or a python3 runtime, or the function_name of a function of your own",
  })
  .refine((config) => !config.secret_access_key === !config.access_key_id, {
    path: ["access_key_id"],
    error: "and secret_access_key go together; write both, or neither for the default credentials of AWS",
  })
  .refine((config) => !config.session_token || config.access_key_id, {
    path: ["session_token"],
    error: "needs access_key_id and secret_access_key; write them beside it",
  });
export type LambdaConfig = z.output<typeof LambdaConfig>;
