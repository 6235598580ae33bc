import { type LambdaEndpoint, lambdaEndpoint } from "@hodei/testing";
import { type ExitLog, followExits } from "../src/conformance/follow-exits.ts";
import { openProvider } from "../src/index.ts";
import type { AdapterContext, Provider, WorkerExit, WorkerSpec } from "../src/provider.ts";
import { adapterContext } from "./adapter-context.ts";
import { lambdaConfig } from "./lambda-config.ts";

/** A provider at an endpoint of its own. */
export interface OpenLambda extends AsyncDisposable {
  endpoint: LambdaEndpoint;
  provider: Provider;
  exits: ExitLog;
  context: AdapterContext;
  /** Starts a worker and follows it to its end, whichever of the two says how it ended. */
  outcomeOf(worker: WorkerSpec): Promise<WorkerExit | { failure: { code: string; detail: string } }>;
}

export async function openLambda(
  more: Record<string, unknown> = {},
  { at, context = adapterContext("/nonexistent") }: { at?: LambdaEndpoint; context?: AdapterContext } = {},
): Promise<OpenLambda> {
  const endpoint = at ?? (await lambdaEndpoint());
  const provider = await openProvider("lambda", lambdaConfig(endpoint, more), context);
  const exits = followExits(provider);
  return {
    endpoint,
    provider,
    exits,
    context,
    async outcomeOf(worker) {
      try {
        await provider.start(worker, AbortSignal.timeout(30_000));
      } catch (error) {
        const { code, message: detail } = error as Error & { code: string };
        return { failure: { code, detail } };
      }
      return await exits.of(worker.name);
    },
    async [Symbol.asyncDispose]() {
      await exits.close();
      await provider[Symbol.asyncDispose]();
      if (!at) await endpoint[Symbol.asyncDispose]();
    },
  };
}
