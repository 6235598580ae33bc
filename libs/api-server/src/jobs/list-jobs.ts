import { create } from "@bufbuild/protobuf";
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { JobStateSchema, type ListJobsRequest, type ListJobsResponse, ListJobsResponseSchema } from "@hodei/api/job";
import { type Store, schema } from "@hodei/store";
import { and, desc, eq, gt, ilike, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import { unionAll } from "drizzle-orm/pg-core";
import { wordOf } from "../shared/enums.ts";
import { pageSizeOf, readToken, writeToken } from "../shared/pages.ts";
import { invalidField } from "../shared/refuse.ts";
import { type JobRow, jobMessage } from "./job-message.ts";
import { archivedJobs, JOB_SUMMARY } from "./read-jobs.ts";

const { jobs } = schema;
/** To the microsecond, as the database orders by. */
const submitted = sql<string>`${jobs.submittedAt}::text`.as("submitted");

/** See `JobService.ListJobs`. */
export async function listJobs(store: Store, request: ListJobsRequest): Promise<ListJobsResponse> {
  const size = pageSizeOf(request.pageSize);
  const after = readToken(request.pageToken, 2);
  const states = statesOf(request);
  const isAfter = after && sql`(${jobs.submittedAt}, ${jobs.id}) < (${timeOf(after[0])}::timestamptz, ${after[1]})`;
  const wanted = and(...filtersOf(request, states), isAfter);
  // Each part by its own index as far as one page needs it, and both in one statement: a job that moves meanwhile is there once.
  const part = (from: typeof jobs | ReturnType<typeof archivedJobs>) =>
    store.db
      .select({ ...JOB_SUMMARY, submitted })
      .from(from)
      .where(wanted)
      .orderBy(desc(jobs.submittedAt), desc(jobs.id))
      .limit(size + 1);
  const rows = await (onlyUnfinished(states)
    ? part(jobs)
    : unionAll(part(jobs), part(archivedJobs(store)))
        .orderBy(desc(jobs.submittedAt), desc(jobs.id))
        .limit(size + 1));
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  return create(ListJobsResponseSchema, {
    jobs: shown.map(jobMessage),
    nextPageToken: rows.length > size && last ? writeToken([last.submitted, last.id]) : "",
  });
}

function timeOf(text: string | undefined): string {
  if (text && !Number.isNaN(Date.parse(text))) return text;
  throw invalidField("page_token", "is not a token of this list; use next_page_token of the page before, unchanged");
}

const UNFINISHED: ReadonlySet<string> = new Set(["PENDING", "PROVISIONING", "RUNNING"]);
// By the indexes that hold unfinished jobs only, however many have finished.
const unfinished = sql`${jobs.id} IN (
  SELECT id FROM jobs WHERE is_waiting
  UNION ALL SELECT job_id FROM workers WHERE is_live)`;

function statesOf(request: ListJobsRequest): JobRow["state"][] {
  return request.states.flatMap((each) => wordOf(JobStateSchema, each) ?? []) as JobRow["state"][];
}

function onlyUnfinished(states: readonly JobRow["state"][]): boolean {
  return states.length > 0 && states.every((each) => UNFINISHED.has(each));
}

function filtersOf(request: ListJobsRequest, states: JobRow["state"][]): (SQL | undefined)[] {
  const part = `%${request.search.replace(/[\\%_]/g, "\\$&")}%`;
  return [
    states.length > 0 ? inArray(jobs.state, states) : undefined,
    onlyUnfinished(states) ? unfinished : undefined,
    request.provider
      ? or(eq(jobs.providerName, request.provider), sql`${jobs.providerId}::text = ${request.provider}`)
      : undefined,
    request.search ? or(ilike(jobs.id, part), ilike(jobs.name, part)) : undefined,
    request.classId ? eq(jobs.classId, request.classId) : undefined,
    request.submittedAfter ? gt(jobs.submittedAt, dateOf("submitted_after", request.submittedAfter)) : undefined,
    request.submittedBefore ? lt(jobs.submittedAt, dateOf("submitted_before", request.submittedBefore)) : undefined,
  ];
}

function dateOf(field: string, time: Timestamp): Date {
  const date = timestampDate(time);
  const year = date.getUTCFullYear();
  if (year >= 1 && year <= 9999) return date;
  throw invalidField(field, "is no time from the year 1 to 9999; write for example 2026-01-31T00:00:00Z");
}
