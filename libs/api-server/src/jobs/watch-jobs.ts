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
/** Jobs in one message of the snapshot: the next are read when these have left. */
const AT_ONCE = 200;

/** See `JobService.Watch`. Listens before it looks, so that nothing falls between the snapshot and the changes. */
export async function* watchJobs(
  store: Store,
  news: Hub<Job>,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchResponse> {
  using changes = await news.open();
  const wanted = makeWanted(request);
  if (request.snapshot)
    for await (const { jobs, isLast } of snapshotOf(store, request))
      yield create(WatchResponseSchema, { jobs: jobs.filter(wanted), synced: isLast });
  while (!signal.aborted) {
    const jobs = (await changes.take(signal)).filter(wanted);
    if (jobs.length > 0) yield create(WatchResponseSchema, { jobs });
  }
}

/** Whether a job is to be told; one that leaves the wanted states is told once more, as it left. */
function makeWanted({ jobIds, states }: WatchRequest): (job: Job) => boolean {
  const [ids, wanted] = [new Set(jobIds), new Set(states)];
  const shown = new Set<string>();
  return ({ id, state }) => {
    if (ids.size > 0 && !ids.has(id)) return false;
    if (wanted.size === 0) return true;
    if (!wanted.has(state)) return shown.delete(id);
    shown.add(id);
    return true;
  };
}

interface Page {
  jobs: readonly Job[];
  isLast: boolean;
}

function snapshotOf(store: Store, { jobIds, states }: WatchRequest): AsyncGenerator<Page> {
  return jobIds.length > 0 ? chosenJobs(store, jobIds) : newestJobs(store, states);
}

async function* chosenJobs(store: Store, ids: readonly string[]): AsyncGenerator<Page> {
  for (let at = 0; at < ids.length; at += AT_ONCE)
    yield { jobs: await readJobs(store, ids.slice(at, at + AT_ONCE)), isLast: at + AT_ONCE >= ids.length };
}

async function* newestJobs(store: Store, states: WatchRequest["states"]): AsyncGenerator<Page> {
  let pageToken = "";
  for (let count = 0, isLast = false; !isLast; ) {
    const page = await listJobs(store, create(ListJobsRequestSchema, { states, pageSize: AT_ONCE, pageToken }));
    count += page.jobs.length;
    pageToken = page.nextPageToken;
    isLast = pageToken === "" || count >= SNAPSHOT_JOBS;
    yield { jobs: page.jobs, isLast };
  }
}
