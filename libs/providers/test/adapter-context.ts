import { randomUUID } from "node:crypto";
import { makeLogger } from "@hodei/telemetry";
import type { AdapterContext } from "../src/provider.ts";

export function adapterContext(stateDirectory: string, more: Partial<AdapterContext> = {}): AdapterContext {
  return {
    providerId: randomUUID(),
    providerName: "under test",
    clusterId: randomUUID(),
    stateDirectory,
    logger: makeLogger("test", "silent"),
    ...more,
  };
}
