import {
  InvokeCommand,
  type InvokeCommandInput,
  type InvokeCommandOutput,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { makeBackoff, pause } from "@hodei/runtime";
import type { Failure } from "../provider.ts";
import { isRefusal, lambdaFailure } from "./classify-error.ts";
import type { InvokeOptions } from "./invoke-connection.ts";

/** A throttle is over in moments or not for long: tried again this often, then the job is better off elsewhere. */
const THROTTLE_RETRIES = 2;
const THROTTLE_WAIT_MS = 200;
const LONGEST_THROTTLE_WAIT_MS = 2_000;

/** What became of an invocation. */
export type InvokeOutcome =
  | { kind: "answered"; answer: InvokeCommandOutput }
  /** Surely not run. */
  | { kind: "refused"; failure: Failure }
  /** It was sent, and nobody can say whether it ran or how it ended. */
  | { kind: "unknown"; failure: Failure };

/** Sends an invocation and waits for its answer, as long as it takes. Sent again is only what AWS refused for being too much. Never throws. */
export async function invokeFunction(
  client: LambdaClient,
  input: InvokeCommandInput,
  { signal, onSent, onRefused }: { signal: AbortSignal; onSent: () => void; onRefused: () => void },
): Promise<InvokeOutcome> {
  const backoff = makeBackoff(THROTTLE_WAIT_MS, LONGEST_THROTTLE_WAIT_MS);
  for (let refusals = 0; ; refusals += 1) {
    let wasSent = false;
    const options: InvokeOptions = {
      abortSignal: signal,
      onSent: () => {
        wasSent = true;
        onSent();
      },
    };
    try {
      return { kind: "answered", answer: await client.send(new InvokeCommand(input), options) };
    } catch (error) {
      const failure = lambdaFailure(error);
      if (wasSent && !isRefusal(error)) return { kind: "unknown", failure: lost(failure) };
      onRefused();
      if (failure.code !== "THROTTLED" || refusals >= THROTTLE_RETRIES || signal.aborted)
        return { kind: "refused", failure };
    }
    await pause(backoff.next(), signal);
  }
}

/** A connection that broke after the request was out says nothing about the function. */
function lost({ code, detail }: Failure): Failure {
  if (code !== "UNREACHABLE") return { code, detail: `${detail}; AWS does not say whether the function ran` };
  return {
    code: "WORKER_LOST",
    detail: `the connection to AWS broke before the answer came (${detail}); the function may have run to its end, and AWS cannot tell`,
  };
}
