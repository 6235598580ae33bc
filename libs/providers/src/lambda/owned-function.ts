import { createHash } from "node:crypto";
import type { CreateFunctionCommandInput, Runtime } from "@aws-sdk/client-lambda";
import type { LambdaConfig } from "@hodei/contracts";
import type { WorkerCode } from "./worker-code.ts";

export const DEFAULT_RUNTIME = "provided.al2023";
const DEFAULT_TIMEOUT_SECONDS = 900;
export const DEFAULT_MEMORY_MB = 1024;

/** Tags of what Hodei makes: whose it is. */
export const TAGS = {
  managed: "hodei.dev/managed",
  cluster: "hodei.dev/cluster",
  provider: "hodei.dev/provider",
} as const;

/** A function as `CreateFunction` wants it, but for its role, which only a creation needs. */
export interface OwnedFunction {
  name: string;
  sha256: string;
  request: Omit<CreateFunctionCommandInput, "Role">;
}

/**
 * The worker function of a configuration. Its name carries a hash of all that makes it what it is, so it is never changed: another
 * configuration or another version of Hodei is another function, and what runs in the old one goes on there. Pure.
 */
export function ownedFunction(
  config: LambdaConfig,
  code: WorkerCode,
  { clusterId, providerName }: { clusterId: string; providerName: string },
): OwnedFunction {
  const runtime = config.runtime ?? DEFAULT_RUNTIME;
  const timeout = config.timeout_seconds ?? DEFAULT_TIMEOUT_SECONDS;
  const memory = config.memory_mb ?? DEFAULT_MEMORY_MB;
  const layers = config.layers ?? [];
  const identity = JSON.stringify([
    clusterId,
    code.sha256,
    code.handler,
    runtime,
    timeout,
    memory,
    layers,
    config.role_arn ?? "",
  ]);
  const name = `hodei-worker-${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
  return {
    name,
    sha256: code.sha256,
    request: {
      FunctionName: name,
      Runtime: runtime as Runtime,
      Handler: code.handler,
      Code: { ZipFile: code.zip },
      Description: "Runs jobs of Hodei, one command per invocation",
      Timeout: timeout,
      MemorySize: memory,
      Publish: false,
      ...(layers.length > 0 && { Layers: layers }),
      Tags: { [TAGS.managed]: "true", [TAGS.cluster]: clusterId, [TAGS.provider]: tagText(providerName) },
    },
  };
}

/** A provider may be called anything, a tag's value not. */
function tagText(name: string): string {
  return name.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "_").slice(0, 256);
}
