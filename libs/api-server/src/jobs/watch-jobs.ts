import { create } from "@bufbuild/protobuf";
import {
  type Job,
  ListJobsRequestSchema,
  type WatchRequest,
  type WatchResponse,
  WatchResponseSchema,
} from "@hodei/api/job";
import type { Store } from "@hodei/store";
import type { Hub } from "../shared/make-hub.ts";
import { listJobs } from "./list-jobs.ts";
import { readJobs } from "./read-jobs.ts";

const SNAPSHOT_JOBS = 1000;

/** See `JobService.Watch`. Listens before it looks, so that nothing falls between the snapshot and the changes. */
export async function* watchJobs(
  store: Store,
  news: Hub<Job>,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchResponse> {
  using changes = news.open();
  const { jobIds, states } = request;
  const [ids, wanted] = [new Set(jobIds), new Set(states)];
  /** Jobs that were shown: one that leaves the wanted states is told once more, as it left. */
  const shown = new Set<string>();
  const isWanted = (job: Job) => (ids.size === 0 || ids.has(job.id)) && (wanted.size === 0 || wanted.has(job.state));
  if (request.snapshot) {
    const jobs =
      ids.size > 0
        ? (await readJobs(store, jobIds)).filter(isWanted)
        : (await listJobs(store, create(ListJobsRequestSchema, { states, pageSize: SNAPSHOT_JOBS }))).jobs;
    for (const job of jobs) shown.add(job.id);
    yield create(WatchResponseSchema, { jobs, synced: true });
  }
  while (!signal.aborted) {
    const jobs = (await changes.take(signal)).filter((job) => isWanted(job) || shown.has(job.id));
    for (const job of jobs) {
      if (!isWanted(job)) shown.delete(job.id);
      else if (wanted.size > 0) shown.add(job.id);
    }
    if (jobs.length > 0) yield create(WatchResponseSchema, { jobs });
  }
}
