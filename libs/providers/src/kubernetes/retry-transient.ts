import { setTimeout as sleep } from "node:timers/promises";
import { makeBackoff } from "@hodei/runtime";
import { isTransient } from "./api-error.ts";

/** An API server that restarts is back within seconds; one that is away for longer is said, so that the job can go elsewhere. */
const TRIES = 5;

/** Tries a call again that may be made twice, where the failure is of the moment; a call whose own time was over is not. */
export async function retryTransient<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const backoff = makeBackoff(400, 4_000);
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      const isOver = signal?.aborted || (error instanceof Error && error.name === "TimeoutError");
      if (left === 0 || isOver || !isTransient(error)) throw error;
      await sleep(backoff.next(), undefined, signal && { signal });
    }
  }
}
