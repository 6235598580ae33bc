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

/** News of jobs for whoever watches: each status message says which row to read again, once for all watchers. */
export function makeJobNews({ store, bus, logger, signal }: ApiContext): Hub<Job> {
  const hub = makeHub<Job>();
  let changed = new Set<string>();
  let isAwaited = false;
  bus.subscribe(
    "job.status.*",
    ({ data }) => {
      if (hub.size === 0) return;
      const status = JobStatus.safeParse(JSON.parse(Buffer.from(data).toString("utf8")));
      if (!status.success) return;
      changed.add(status.data.job_id);
      tellIn(GATHER_MS);
    },
    signal,
  );
  return hub;

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
      for (let at = 0; at < ids.length; at += READ_AT_ONCE) {
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
