import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Job, type JobState, ListJobsRequestSchema } from "@hodei/api/job";
import { jobs } from "../api/clients.ts";
import { type Failure, failureOf } from "../api/failure.ts";
import { msOf } from "../ui/format-time.ts";
import { follow } from "./follow.ts";
import { gather } from "./gather.ts";
import { makeStore, type Store } from "./make-store.ts";

export interface JobFilter {
  states: readonly JobState[];
  provider: string;
  search: string;
  classId: string;
}

export interface JobTable {
  /** Newest first. */
  jobs: readonly Job[];
  isKnown: boolean;
  /** Nothing older is left to be read. */
  isWhole: boolean;
  failure?: Failure;
}

const PAGE = 500;

/** Jobs that match, live: each change by the stream, older ones a page at a time when they are asked for. */
export function openJobTable(filter: JobFilter): { table: Store<JobTable>; more: () => void; close: () => void } {
  const table = makeStore<JobTable>({ jobs: [], isKnown: false, isWhole: false });
  let byId = new Map<string, Job>();
  let oldestMs: number | undefined;
  let isReading = false;
  let isWhole = false;
  /** Counts openings of the stream: a page that was asked for before is of no use. */
  let opening = 0;
  /** Jobs that the stream told of while a page was on its way: the page is older. */
  const told = new Set<string>();
  const closing = new AbortController();
  const drawing = gather(show, 120);
  const stop = follow({
    name: "jobs",
    open: (signal) => jobs.watch({ snapshot: true }, { signal }),
    onMessage({ jobs: changed, lagged }, isFirst) {
      if (isFirst || lagged) restart();
      for (const job of changed) {
        if (isReading) told.add(job.id);
        if (matches(job, filter)) byId.set(job.id, job);
        else byId.delete(job.id);
      }
      drawing.soon();
    },
  });
  return {
    table,
    more: () => void readOlder(),
    close() {
      closing.abort();
      stop();
      drawing.stop();
    },
  };

  function show(): void {
    const sorted = [...byId.values()].sort(newestFirst);
    table.set({ jobs: sorted, isKnown: oldestMs !== undefined || isWhole, isWhole });
  }

  /** The stream was opened anew: what happened in between is read from the list. */
  function restart(): void {
    byId = new Map();
    oldestMs = undefined;
    isWhole = false;
    isReading = false;
    opening += 1;
    void readOlder();
  }

  function fail(error: unknown): void {
    if (!closing.signal.aborted) table.set({ ...table.get(), isKnown: true, failure: failureOf(error) });
  }

  async function readOlder(): Promise<void> {
    if (isReading || isWhole || closing.signal.aborted) return;
    isReading = true;
    told.clear();
    const mine = opening;
    try {
      const request = create(ListJobsRequestSchema, { ...filter, states: [...filter.states], pageSize: PAGE });
      // Times are cut to the millisecond on their way: the last one is asked for again.
      if (oldestMs !== undefined) request.submittedBefore = timestampFromMs(oldestMs + 1);
      const page = await jobs.listJobs(request, { signal: closing.signal });
      if (mine !== opening) return;
      for (const job of page.jobs) if (!told.has(job.id)) byId.set(job.id, job);
      oldestMs = msOf(page.jobs.at(-1)?.submittedAt) ?? oldestMs;
      isWhole = page.nextPageToken === "";
      show();
    } catch (error) {
      fail(error);
    } finally {
      if (mine === opening) isReading = false;
    }
  }
}

function matches(job: Job, { states, provider, search, classId }: JobFilter): boolean {
  if (classId !== "" && job.classId !== classId) return false;
  if (states.length > 0 && !states.includes(job.state)) return false;
  if (provider !== "" && provider !== job.providerName && provider !== job.providerId) return false;
  const part = search.toLowerCase();
  return part === "" || job.id.toLowerCase().includes(part) || job.name.toLowerCase().includes(part);
}

function newestFirst(a: Job, b: Job): number {
  return (msOf(b.submittedAt) ?? 0) - (msOf(a.submittedAt) ?? 0) || (a.id < b.id ? 1 : -1);
}
