import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "@hodei/api/job";
import { JobStatus } from "@hodei/contracts";
import type { ApiContext } from "../context.ts";
import { type Hub, makeHub } from "../shared/make-hub.ts";
import { readJobs } from "./read-jobs.ts";

/** What happens in this time is read together. */
const GATHER_MS = 50;
/** Rows read in one query. */
const READ_AT_ONCE = 1000;
const RETRY_MS = 1_000;
/** NATS that does not answer in this time holds no watcher up: it is subscribed to when it is back. */
const SUBSCRIBE_MS = 2_000;

/** News of jobs for whoever watches: each status message says which row to read again, once for all watchers. Without one, nothing is heard. */
export function makeJobNews({ store, bus, logger }: ApiContext): Hub<Job> {
  const hub = makeHub<Job>(listen);
  return hub;

  async function listen(signal: AbortSignal): Promise<void> {
    let changed = new Set<string>();
    let isAwaited = false;
    bus.subscribe("job.status.*", ({ data }) => hear(data), signal);
    // Only what the server has heard of is subscribed to; rows that are read after that miss nothing.
    const subscribed = bus.check().catch(() => undefined);
    await Promise.race([subscribed, sleep(SUBSCRIBE_MS, undefined, { ref: false })]);

    function hear(data: Uint8Array): void {
      const status = JobStatus.safeParse(JSON.parse(Buffer.from(data).toString("utf8")));
      if (!status.success) return;
      changed.add(status.data.job_id);
      tellIn(GATHER_MS);
    }

    function tellIn(ms: number): void {
      if (isAwaited) return;
      isAwaited = true;
      setTimeout(() => void tell(), ms).unref();
    }

    async function tell(): Promise<void> {
      isAwaited = false;
      const ids = [...changed];
      changed = new Set();
      try {
        for (let at = 0; at < ids.length && !signal.aborted; at += READ_AT_ONCE) {
          const jobs = await readJobs(store, ids.slice(at, at + READ_AT_ONCE));
          hub.tell(new Map(jobs.map((job) => [job.id, job])));
        }
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error }, "changed jobs could not be read for those who watch; it is tried again");
        for (const id of ids) changed.add(id);
        tellIn(RETRY_MS);
      }
    }
  }
}
