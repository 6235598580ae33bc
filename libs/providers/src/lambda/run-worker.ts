import { randomUUID } from "node:crypto";
import type { LambdaConfig } from "@hodei/contracts";
import { type Failure, StartError, type WorkerHandle, type WorkerSpec } from "../provider.ts";
import { asStartError } from "./classify-error.ts";
import type { LambdaClients } from "./connect.ts";
import type { FunctionKeeper } from "./ensure-function.ts";
import { endInvocation, handleOf, type Invocation, type Invocations } from "./invocations.ts";
import { type InvokeOutcome, invokeFunction } from "./invoke-function.ts";
import { formatReport } from "./log-tail.ts";
import { readAnswer } from "./read-answer.ts";
import { type WorkerEvent, workerEvent } from "./worker-event.ts";

/** AWS refuses at once or not at all, and says nothing when it accepts: a request without a refusal for so long counts as running. */
const REFUSAL_MS = 500;
/** The longest function, and what the answer may take beside: by then no answer comes any more. */
const LONGEST_ANSWER_MS = 1_000_000;

const STOPPED_BEFORE: Failure = { code: "CANCELLED", detail: "it was stopped before AWS had taken the invocation" };

/** Starts workers and follows each to its answer. */
export interface WorkerRunner {
  /** @throws StartError */
  start(worker: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle>;
  /** Resolves once AWS has taken an invocation that somebody else started. */
  accepted(invocation: Invocation, signal: AbortSignal): Promise<void>;
  /** From now on nothing is told: whoever is next decides what an unanswered invocation means. */
  close(): void;
}

export function makeWorkerRunner({
  clients,
  config,
  keeper,
  invocations,
}: {
  clients: LambdaClients;
  config: LambdaConfig;
  keeper: FunctionKeeper;
  invocations: Invocations;
}): WorkerRunner {
  let isClosed = false;

  async function start(worker: WorkerSpec, signal: AbortSignal): Promise<WorkerHandle> {
    if (worker.announced !== null) throw mayHaveRun(worker.announced);
    const event = workerEvent(worker, config);
    const invocation = invocations.open(worker.name, `invocation:${randomUUID()}`, worker.timeoutSeconds);
    // Before it is sent, whoever gives the start up gives the request up; afterwards only a stop does.
    const giveUp = () => {
      if (!invocation.sentAt) invocation.givenUp.abort(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await send(invocation, worker, event, signal);
      await accepted(invocation, signal);
      return handleOf(invocation, false);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  async function send(
    invocation: Invocation,
    worker: WorkerSpec,
    event: WorkerEvent,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      signal.throwIfAborted();
      const functionName = await keeper.ensure(worker.progress, invocation.givenUp.signal);
      // Durable before the call: whoever comes after a crash must not make it again.
      await worker.announce(invocation.resourceId);
      invocation.givenUp.signal.throwIfAborted();
      worker.progress(`function ${functionName}: invoking it`);
      void follow(invocation, worker, functionName, event);
    } catch (error) {
      invocations.drop(invocation);
      throw asStartError(error);
    }
  }

  /** Sees an invocation through to its end. Never throws. */
  async function follow(
    invocation: Invocation,
    worker: WorkerSpec,
    functionName: string,
    event: WorkerEvent,
  ): Promise<void> {
    const tooLong = new Error(`no answer within ${LONGEST_ANSWER_MS / 1000} s`);
    const patience = setTimeout(() => invocation.givenUp.abort(tooLong), LONGEST_ANSWER_MS);
    const input = {
      FunctionName: functionName,
      InvocationType: "RequestResponse" as const,
      LogType: "Tail" as const,
      Payload: event.payload,
      ...(event.clientContext && { ClientContext: event.clientContext }),
    };
    let refusalIsLate: NodeJS.Timeout | undefined;
    const outcome = await invokeFunction(clients.invocations, input, {
      signal: invocation.givenUp.signal,
      onSent: () => {
        invocation.sentAt = new Date();
        refusalIsLate = setTimeout(() => accept(invocation), REFUSAL_MS);
      },
      onRefused: () => {
        invocation.sentAt = undefined;
        clearTimeout(refusalIsLate);
      },
    });
    clearTimeout(refusalIsLate);
    clearTimeout(patience);
    if (isClosed) return;
    conclude(invocation, worker, outcome, { functionName, kind: event.kind });
  }

  function conclude(
    invocation: Invocation,
    worker: WorkerSpec,
    outcome: InvokeOutcome,
    { functionName, kind }: { functionName: string; kind: WorkerEvent["kind"] },
  ): void {
    if (outcome.kind === "refused") keeper.forget();
    if (outcome.kind === "refused" && invocation.state === "starting") {
      invocations.drop(invocation);
      invocation.accepted.reject(new StartError(outcome.failure.code, outcome.failure.detail));
      return;
    }
    accept(invocation);
    if (outcome.kind !== "answered") {
      const wasStopped = outcome.kind === "refused" && invocation.givenUp.signal.aborted;
      endInvocation(invocation, { failure: wasStopped ? STOPPED_BEFORE : outcome.failure });
      return;
    }
    const { FunctionError, Payload, LogResult, $metadata } = outcome.answer;
    const { end, output, tail, remarks } = readAnswer({
      functionName,
      kind,
      functionError: FunctionError,
      payload: Payload?.transformToString() ?? "",
      logResult: LogResult,
    });
    if (!endInvocation(invocation, end, output)) return;
    for (const remark of remarks) worker.progress(remark);
    worker.progress(formatReport($metadata.requestId, tail.report));
  }

  return {
    start,
    accepted,
    close() {
      isClosed = true;
    },
  };
}

function accept(invocation: Invocation): void {
  if (invocation.state === "starting") invocation.state = "running";
  invocation.accepted.resolve();
}

/** A start that is given up after its request was sent does not end the worker: that is for `stop`. */
async function accepted(invocation: Invocation, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(asStartError(signal.reason));
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([invocation.accepted.promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Whether that call was made, AWS cannot say: it keeps no record of invocations by any name of ours. */
function mayHaveRun(announced: string): StartError {
  return new StartError(
    "WORKER_LOST",
    `an earlier provisioner was about to send ${announced} when it ended; AWS cannot tell whether the function ran or how it ended, so this attempt is not invoked again`,
  );
}
