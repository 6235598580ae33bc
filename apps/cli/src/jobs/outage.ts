import { setTimeout as sleep } from "node:timers/promises";
import { Code } from "@connectrpc/connect";
import { UserError } from "../errors.ts";
import { say } from "../print.ts";

/** How long a server may be away: a registry that restarts is back in seconds. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 500;

/** Bears with a server that goes away while a job is followed: the job runs on without it. */
export interface Outage {
  /** It answered. */
  over(): void;
  /** Waits a moment after a call that failed, and says once that it does. @throws the error, when it is none of an outage, or it has lasted too long */
  bear(error: unknown): Promise<void>;
}

export function makeOutage(jobId: string): Outage {
  let since: number | undefined;
  return {
    over() {
      since = undefined;
    },
    async bear(error) {
      if (!isOutage(error)) throw error;
      if (since === undefined) say(`the server is away, job ${jobId} is not; its log goes on when the server is back`);
      since ??= performance.now();
      if (performance.now() - since > PATIENCE_MS) throw error;
      await sleep(AGAIN_MS);
    },
  };
}

/** It does not answer, it stops, or its connection broke: then the last part of its answer is missing. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof UserError)) return false;
  return error.code === Code.Unavailable || error.code === Code.Aborted || error.message.includes("EndStreamResponse");
}
