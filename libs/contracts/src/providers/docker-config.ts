import { z } from "zod";
import { MemoryQuantity } from "../resources.ts";
import { SecretReference } from "../secret-reference.ts";
import { Text, WholeNumber } from "../text.ts";
import { commonFields } from "./common-fields.ts";

const LEAST_LOG_BYTES = 3 * 2 ** 20;

/** `provider_configs.config` of a Docker host: a socket, or `host`/`port` with optional TLS by file references. */
export const DockerConfig = z
  .strictObject({
    type: z.literal("docker"),
    ...commonFields,
    socket_path: Text(4096, 1).optional(),
    host: Text(255, 1).optional(),
    port: WholeNumber(1, 65_535).optional(),
    tls: z.strictObject({ ca: SecretReference, cert: SecretReference, key: SecretReference }).optional(),
    default_image: Text(512, 1).optional(),
    network: Text(128, 1).optional(),
    registry_auth: z
      .strictObject({
        username: Text(256, 1),
        password: SecretReference,
        server_address: Text(512, 1).optional(),
      })
      .optional(),
    pull_timeout_seconds: WholeNumber(1, 86_400).optional(),
    /** What the output of one worker may take on the engine's disk; older output goes first. */
    log_limit: MemoryQuantity.optional(),
    /** Containers kept started and empty, for a faster start; 0 = none. */
    warm_workers: WholeNumber(0, 256).optional(),
  })
  .refine((config) => !(config.socket_path && config.host), {
    path: ["host"],
    error: "stands beside socket_path; write one of the two",
  })
  .refine((config) => !config.port || config.host, { path: ["port"], error: "needs a host; write it beside the port" })
  .refine((config) => config.log_limit === undefined || config.log_limit >= LEAST_LOG_BYTES, {
    path: ["log_limit"],
    error: "is less than 3Mi; write 3Mi or more",
  })
  .refine((config) => !config.warm_workers || config.default_image, {
    path: ["warm_workers"],
    error: "needs a default_image, which they are made of; write one beside it",
  })
  .refine((config) => !config.warm_workers || !config.default_resources?.gpu, {
    path: ["warm_workers"],
    error: "stands beside default_resources.gpu_limit; empty containers would hold the GPUs: leave one of the two out",
  })
  .refine((config) => !config.tls || config.host, { path: ["tls"], error: "needs a host; a socket has no TLS" });
export type DockerConfig = z.output<typeof DockerConfig>;
