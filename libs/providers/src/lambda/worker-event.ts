import type { LambdaConfig } from "@hodei/contracts";
import { StartError, type WorkerSpec } from "../provider.ts";

/** What `ClientContext` may be long, as base64 (Lambda API reference, Invoke). */
const LONGEST_CLIENT_CONTEXT = 3583;
/** Who the worker is; a function of the user's own gets these and nothing else of the job's environment. */
const IDENTITY = ["HODEI_JOB_ID", "HODEI_ATTEMPT", "HODEI_PROVIDER", "TRACEPARENT"] as const;

/** What is sent to a function. */
export interface WorkerEvent {
  /** `command`: a function that runs commands and answers in our form. `payload`: a function of the user's own. */
  kind: "command" | "payload";
  payload: string;
  clientContext?: string;
}

/**
 * The event of a job (docs/providers/lambda.md). With a command: the words and the environment as base64, each ended by NUL, so that a shell
 * script can read them; the environment holds secrets, and travels here and not in the function's configuration (design I6). Pure.
 * @throws StartError CONFIG_INVALID when the provider has no function for such a job
 */
export function workerEvent(worker: WorkerSpec, config: LambdaConfig): WorkerEvent {
  const { command, payload } = worker.job;
  const context = clientContextOf(worker.env);
  if (command) {
    const event = {
      hodei: 1,
      timeout_ms: worker.timeoutSeconds * 1000,
      argv: textList(command),
      env: textList(Object.entries(worker.env).map(([name, value]) => `${name}=${value}`)),
    };
    return { kind: "command", payload: JSON.stringify(event), ...context };
  }
  if (!config.function_name)
    throw new StartError(
      "CONFIG_INVALID",
      "the job has a payload and no command, and this provider has no function_name; write the function_name of the function that takes the payload, or give the job a command",
    );
  return { kind: "payload", payload: JSON.stringify(payload ?? null), ...context };
}

function textList(texts: readonly string[]): string {
  return Buffer.from(texts.map((text) => `${text}\0`).join("")).toString("base64");
}

function clientContextOf(env: WorkerSpec["env"]): { clientContext?: string } {
  const custom = Object.fromEntries(IDENTITY.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  const clientContext = Buffer.from(JSON.stringify({ custom })).toString("base64");
  return clientContext.length > LONGEST_CLIENT_CONTEXT ? {} : { clientContext };
}
