import { setTimeout as sleep } from "node:timers/promises";
import { endInvocation, type Invocation } from "./invocations.ts";

/** A stop this close to a worker's own timeout is that timeout: the function ends by itself and its answer says more than we can. */
const TIMEOUT_SLACK_MS = 1_000;

/**
 * Lambda takes no cancel. What was not sent is not sent; of what was, we stop waiting for the answer and say so, and the function goes on
 * until it ends by itself.
 */
export async function stopInvocation(invocation: Invocation, graceSeconds: number): Promise<void> {
  const { sentAt, timeoutSeconds, givenUp, ended, state } = invocation;
  if (state === "exited") return;
  if (!sentAt) return givenUp.abort();
  const endsBy = new Date(sentAt.getTime() + timeoutSeconds * 1000);
  if (endsBy.getTime() - Date.now() < TIMEOUT_SLACK_MS)
    await Promise.race([ended.promise, sleep(graceSeconds * 1000, undefined, { ref: false })]);
  const detail = `Hodei stopped waiting for the answer; Lambda has no way to end an invocation, and the function runs on until it ends by itself, its command at the latest at ${endsBy.toISOString()}`;
  endInvocation(invocation, { failure: { code: "CANCELLED", detail } });
  givenUp.abort();
}
