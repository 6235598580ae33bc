import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateFunctionCommand,
  type FunctionConfiguration,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import type { LambdaConfig } from "@hodei/contracts";
import { makeBackoff } from "@hodei/runtime";
import { type AdapterContext, StartError } from "../provider.ts";
import { within } from "../within.ts";
import { isNamed } from "./classify-error.ts";
import { CALL_TIMEOUT_MS } from "./connect.ts";
import { failedState, isActive } from "./function-state.ts";
import { DEFAULT_RUNTIME, type OwnedFunction, ownedFunction, TAGS } from "./owned-function.ts";
import { workerCode } from "./worker-code.ts";

/** A new function is active within seconds, one in a network of its own within a minute or two. */
const ACTIVE_WITHIN_MS = 240_000;

/** Makes sure that the worker function is there; starts that need it at once share one creation. */
export interface FunctionKeeper {
  /** The function's name, once it can be invoked. @throws StartError, or the AWS client's own errors */
  ensure(progress: (line: string) => void, signal: AbortSignal): Promise<string>;
  /** What is believed of the function is wrong: the next start looks again. */
  forget(): void;
}

export function makeFunctionKeeper(
  client: LambdaClient,
  config: LambdaConfig,
  context: AdapterContext,
): FunctionKeeper {
  let known: Promise<string> | undefined;
  return {
    async ensure(progress, signal) {
      if (config.function_name) return config.function_name;
      known ??= makeActive(client, config, context, progress);
      const current = known;
      // One that failed is tried again by the next start.
      current.catch(() => {
        if (known === current) known = undefined;
      });
      return await within(current, ACTIVE_WITHIN_MS + CALL_TIMEOUT_MS, signal);
    },
    forget() {
      known = undefined;
    },
  };
}

/** What the worker function of a configuration is called and made of. */
export async function ownedFunctionOf(config: LambdaConfig, context: AdapterContext): Promise<OwnedFunction> {
  return ownedFunction(config, await workerCode(config.runtime ?? DEFAULT_RUNTIME), context);
}

async function makeActive(
  client: LambdaClient,
  config: LambdaConfig,
  context: AdapterContext,
  progress: (line: string) => void,
): Promise<string> {
  const owned = await ownedFunctionOf(config, context);
  const found = (await find()) ?? (await createFunction(client, owned, config.role_arn, progress)) ?? (await find());
  if (!found) throw new StartError("PROVIDER_ERROR", `function ${owned.name} was there and is gone again`);
  if (!isActive(found)) {
    progress(`function ${owned.name}: waiting until it is active`);
    await untilActive(client, owned.name);
  }
  return owned.name;

  async function find(): Promise<FunctionConfiguration | undefined> {
    try {
      const { Configuration, Tags } = await client.send(new GetFunctionCommand({ FunctionName: owned.name }));
      if (Configuration) refuseForeign(Configuration, Tags ?? {});
      return Configuration;
    } catch (error) {
      if (isNamed(error, "ResourceNotFoundException")) return undefined;
      throw error;
    }
  }

  /** Jobs bring their secrets along: they go to our code only. */
  function refuseForeign({ CodeSha256 }: FunctionConfiguration, tags: Record<string, string>): void {
    if (tags[TAGS.cluster] === context.clusterId && CodeSha256 === owned.sha256) return;
    const what = tags[TAGS.cluster] === context.clusterId ? "its code was changed" : "it is not tagged as ours";
    const fix = `delete it, and Hodei makes it anew: aws lambda delete-function --function-name ${owned.name}`;
    throw new StartError("PROVIDER_ERROR", `function ${owned.name} is there, but ${what}; ${fix}`);
  }
}

/** @returns undefined when another provisioner was faster */
async function createFunction(
  client: LambdaClient,
  owned: OwnedFunction,
  role: string | undefined,
  progress: (line: string) => void,
): Promise<FunctionConfiguration | undefined> {
  if (!role) throw new StartError("CONFIG_INVALID", roleMissing(owned.name));
  const { Runtime, MemorySize, Timeout } = owned.request;
  progress(`function ${owned.name}: creating it (${Runtime}, ${MemorySize} MB, ${Timeout} s)`);
  try {
    return await client.send(new CreateFunctionCommand({ ...owned.request, Role: role }));
  } catch (error) {
    if (isNamed(error, "ResourceConflictException")) return undefined;
    throw error;
  }
}

export function roleMissing(functionName: string): string {
  return `role_arn is missing: write the ARN of the role that function ${functionName} shall run as (it may be one without any rights but to write its log), or the function_name of a function of your own`;
}

async function untilActive(client: LambdaClient, name: string): Promise<void> {
  const backoff = makeBackoff(200, 2_000);
  const deadline = performance.now() + ACTIVE_WITHIN_MS;
  for (;;) {
    const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    if (isActive(found)) return;
    if (found.State === "Failed") {
      const { code, detail } = failedState(name, found);
      const fix = `mend it, then delete the function, and Hodei makes it anew: aws lambda delete-function --function-name ${name}`;
      throw new StartError(code, `${detail}; ${fix}`);
    }
    if (performance.now() > deadline)
      throw new StartError("PROVIDER_ERROR", `function ${name} was ${found.State} for ${ACTIVE_WITHIN_MS / 1000} s`);
    await sleep(backoff.next());
  }
}
