import { LambdaConfig } from "@hodei/contracts";
import { makeExitQueue } from "../exit-queue.ts";
import type { AdapterContext, Provider, ProviderAdapter, WorkerHandle, WorkerSpec } from "../provider.ts";
import { checkLambda } from "./check-lambda.ts";
import { connectLambda } from "./connect.ts";
import { makeFunctionKeeper } from "./ensure-function.ts";
import { handleOf, openInvocations } from "./invocations.ts";
import { readOutput } from "./output.ts";
import { makeWorkerRunner } from "./run-worker.ts";
import { stopInvocation } from "./stop-invocation.ts";

/** Workers are invocations of a function of AWS Lambda: Hodei's own, which runs commands, or one of the user's. */
export const lambda: ProviderAdapter<LambdaConfig> = {
  parse: (config) => LambdaConfig.parse(config),
  open: async (config, context) => openLambdaProvider(config, context),
};

function openLambdaProvider(config: LambdaConfig, context: AdapterContext): Provider {
  const clients = connectLambda(config);
  const exits = makeExitQueue();
  const invocations = openInvocations(`${context.clusterId}/${context.providerId}`, exits);
  const keeper = makeFunctionKeeper(clients.calls, config, context);
  const runner = makeWorkerRunner({ clients, config, keeper, invocations });

  async function start(worker: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
    const known = invocations.find(worker.name);
    if (!known) return await runner.start(worker, signal);
    await runner.accepted(known, signal);
    return handleOf(known, true);
  }

  return {
    unlistedMeans:
      "the provisioner that waited for the answer is gone, and AWS cannot tell how an invocation ended: the function may have run to its end or still be running",
    check: (signal) => checkLambda(clients.calls, config, context, signal),
    start,
    watch: (signal) => exits.watch(signal),
    async *logs(name, position, signal) {
      const invocation = invocations.find(name);
      if (!invocation) return;
      await untilAborted(invocation.ended.promise, signal);
      if (invocation.state === "exited") yield* readOutput(invocation.output, position);
    },
    async stop(name, graceSeconds) {
      const invocation = invocations.find(name);
      if (invocation) await stopInvocation(invocation, graceSeconds);
    },
    async remove(name) {
      invocations.remove(name);
    },
    list: async () => invocations.list(),
    async [Symbol.asyncDispose]() {
      const left = invocations.inFlight();
      if (left.length > 0)
        context.logger.warn(
          { invocations: left.length },
          "functions go on at AWS, and nobody waits for their answers any more",
        );
      runner.close();
      for (const { givenUp } of left) givenUp.abort();
      invocations[Symbol.dispose]();
      clients[Symbol.dispose]();
    },
  };
}

async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
