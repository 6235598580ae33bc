import type { CommandDefinition } from "../command-definition.ts";
import { ACCESS_COMMANDS } from "./access.ts";
import { CARE_COMMANDS } from "./care.ts";
import { CLUSTER_COMMANDS } from "./cluster.ts";
import { JOB_COMMANDS } from "./jobs.ts";
import { PROVIDER_COMMANDS } from "./providers.ts";
import { RUN_COMMAND } from "./run.ts";

/** Every command, in the order that help shows. */
export const COMMANDS: readonly CommandDefinition[] = [
  ...CLUSTER_COMMANDS,
  RUN_COMMAND,
  ...JOB_COMMANDS,
  ...PROVIDER_COMMANDS,
  ...ACCESS_COMMANDS,
  ...CARE_COMMANDS,
];
