import {
  type FunctionConfiguration,
  GetAccountSettingsCommand,
  type GetAccountSettingsCommandOutput,
  GetFunctionConfigurationCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import type { Capabilities, LambdaConfig } from "@hodei/contracts";
import type { AdapterContext, CheckStep, Failure, Health } from "../provider.ts";
import { isNamed, lambdaFailure } from "./classify-error.ts";
import { ownedFunctionOf, roleMissing } from "./ensure-function.ts";
import { failedState, isActive } from "./function-state.ts";
import { DEFAULT_MEMORY_MB } from "./owned-function.ts";

/** Faults that only repetition makes certain (design §6). */
const UNCERTAIN: ReadonlySet<string> = new Set(["UNREACHABLE", "PROVIDER_ERROR", "THROTTLED"]);
/** A function has one vCPU for so many MB of its memory (AWS Lambda Developer Guide, "Memory"). */
const MB_PER_CPU = 1769;
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", arm64: "arm64" };

/** What one step found: what it says, and what it takes away from the provider's health. */
interface Finding {
  step: CheckStep;
  failure?: Failure;
  /** Work is possible all the same. */
  isPartial?: boolean;
  found?: FunctionConfiguration;
}

/** Verifies the credentials with a call that costs nothing, then looks at the function that jobs will run in. */
export async function checkLambda(
  client: LambdaClient,
  config: LambdaConfig,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<Health> {
  const account = await checkAccount(client, config, signal);
  if (account.failure && !account.isPartial) return healthOf([account], undefined);
  const owned = config.function_name ? undefined : await ownedFunctionOf(config, context);
  const lookedAt = await checkFunction(client, config, config.function_name ?? owned?.name ?? "", signal);
  return healthOf([account, lookedAt], capabilitiesOf(config, lookedAt.found));
}

async function checkAccount(client: LambdaClient, config: LambdaConfig, signal: AbortSignal): Promise<Finding> {
  const step = {
    name: "read the account's limits, which verifies the credentials",
    command: awsCommand(config, "get-account-settings"),
  };
  try {
    const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}), { abortSignal: signal });
    return { step: { ...step, ok: true, detail: limitsOf(AccountLimit) } };
  } catch (error) {
    const failure = lambdaFailure(error);
    // AWS knew who asked: the credentials are good, only this call is not allowed.
    const isPartial = isNamed(error, "AccessDeniedException");
    const missing = "the permission lambda:GetAccountSettings is missing; workers do not need it, this check does";
    const detail = isPartial ? `${missing} (${failure.detail})` : failure.detail;
    return { step: { ...step, ok: false, detail }, failure: { ...failure, detail }, isPartial };
  }
}

async function checkFunction(
  client: LambdaClient,
  config: LambdaConfig,
  name: string,
  signal: AbortSignal,
): Promise<Finding> {
  const step = {
    name: `look at function ${name}`,
    command: awsCommand(config, `get-function-configuration --function-name ${name}`),
  };
  const refused = (failure: Failure, isPartial = false): Finding => ({
    step: { ...step, ok: false, detail: failure.detail },
    failure,
    isPartial,
  });
  try {
    const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }), {
      abortSignal: signal,
    });
    const failure = problemOf(found, config, name);
    if (failure) return { ...refused(failure, found.State !== "Failed"), found };
    const detail = `${found.State ?? "there"}, ${found.Runtime ?? found.PackageType}, ${found.MemorySize} MB, ${found.Timeout} s`;
    return { step: { ...step, ok: true, detail }, found };
  } catch (error) {
    const isOwn = !config.function_name;
    if (isNamed(error, "ResourceNotFoundException") && isOwn && config.role_arn)
      return { step: { ...step, ok: true, detail: "not there yet; the first job creates it" } };
    if (isNamed(error, "ResourceNotFoundException") && isOwn)
      return refused({ code: "CONFIG_INVALID", detail: roleMissing(name) });
    // Whether an existing function can be invoked does not depend on whether it can be looked at.
    return refused(lambdaFailure(error), isNamed(error, "AccessDeniedException") && !isOwn);
  }
}

function problemOf(found: FunctionConfiguration, config: LambdaConfig, name: string): Failure | undefined {
  if (found.State === "Failed") return failedState(name, found);
  if (!isActive(found))
    return {
      code: "PROVIDER_ERROR",
      detail: `function ${name} is not ready: ${found.State}, last update ${found.LastUpdateStatus}`,
    };
  const { timeout_seconds: wanted } = config;
  if (wanted !== undefined && found.Timeout !== undefined && found.Timeout < wanted)
    return {
      code: "CONFIG_INVALID",
      detail: `timeout_seconds is ${wanted}, but function ${name} ends after ${found.Timeout} s; write "timeout_seconds": ${found.Timeout}, or raise it at the function`,
    };
  return undefined;
}

function healthOf(findings: readonly Finding[], capabilities: Capabilities | undefined): Health {
  const steps = findings.map(({ step }) => step);
  const failed =
    findings.find(({ failure, isPartial }) => failure && !isPartial) ?? findings.find(({ failure }) => failure);
  const found = { ...(capabilities && { capabilities }), steps };
  if (!failed?.failure) return { state: "healthy", ...found };
  const { failure, isPartial = false } = failed;
  const needsConfirmation = !isPartial && UNCERTAIN.has(failure.code);
  return {
    state: isPartial || needsConfirmation ? "degraded" : "unhealthy",
    ...failure,
    ...(needsConfirmation && { needsConfirmation }),
    ...found,
  };
}

function capabilitiesOf(config: LambdaConfig, found: FunctionConfiguration | undefined): Capabilities {
  const memoryMb = found?.MemorySize ?? config.memory_mb ?? DEFAULT_MEMORY_MB;
  const [architecture = "x86_64"] = found?.Architectures ?? [];
  return {
    architecture: ARCHITECTURES[architecture] ?? architecture,
    perWorker: { memoryBytes: memoryMb * 2 ** 20, cpuMillis: Math.floor((memoryMb * 1000) / MB_PER_CPU) },
    total: {},
  };
}

function limitsOf(limit: GetAccountSettingsCommandOutput["AccountLimit"]): string {
  const { ConcurrentExecutions: all = "unknown", UnreservedConcurrentExecutions: free = "unknown" } = limit ?? {};
  return `${all} concurrent executions in the account, ${free} of them reserved by no function`;
}

function awsCommand({ region, endpoint }: LambdaConfig, call: string): string {
  return `aws lambda ${call} --region ${region}${endpoint ? ` --endpoint-url ${endpoint}` : ""}`;
}
