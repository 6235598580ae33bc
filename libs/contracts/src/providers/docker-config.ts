import { z } from "zod";
import { SecretReference } from "../secret-reference.ts";
import { Text, WholeNumber } from "../text.ts";
import { commonFields } from "./common-fields.ts";

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
    /** Containers kept started and empty, for a faster start; 0 = none. */
    warm_workers: WholeNumber(0, 256).optional(),
  })
  .refine((config) => !(config.socket_path && config.host), {
    path: ["host"],
    error: "stands beside socket_path; write one of the two",
  })
  .refine((config) => !config.port || config.host, { path: ["port"], error: "needs a host; write it beside the port" })
  .refine((config) => !config.tls || config.host, { path: ["tls"], error: "needs a host; a socket has no TLS" });
export type DockerConfig = z.output<typeof DockerConfig>;
