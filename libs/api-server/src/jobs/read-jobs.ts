import type { Job } from "@hodei/api/job";
import { formatProblem } from "@hodei/contracts";
import { readKeptJob, type Store, schema } from "@hodei/store";
import { eq, getTableColumns, inArray } from "drizzle-orm";
import { notFound } from "../shared/refuse.ts";
import { type JobRow, jobMessage } from "./job-message.ts";

const { jobs, deadLetters } = schema;
const { spec: _spec, bodySha256: _bodySha256, ...summary } = getTableColumns(jobs);

/** Every column but the body. */
export const JOB_SUMMARY = summary;

/** A job's row. @throws NOT_FOUND, with what was wrong where a job of that id was rejected */
export async function findJob(store: Store, jobId: string): Promise<JobRow> {
  const job = await readKeptJob(store, jobId);
  if (job) return job;
  const { db } = store;
  const [letter] = await db.select().from(deadLetters).where(eq(deadLetters.jobId, jobId)).limit(1);
  if (letter) throw notFound(`job ${jobId} was rejected: ${letter.problems.map(formatProblem).join("; ")}`);
  throw notFound(`there is no job ${JSON.stringify(jobId.slice(0, 200))}; ListJobs shows those there are`);
}

/** The archive as if it were `jobs`: conditions on its columns hold here too. */
export function archivedJobs({ db }: Pick<Store, "db">) {
  return db.select().from(schema.jobsArchive).as("jobs");
}

/** Jobs by id, without their bodies; in no order. */
export async function readJobs(store: Store, ids: readonly string[]): Promise<Job[]> {
  if (ids.length === 0) return [];
  const { db } = store;
  const rows = await db
    .select(JOB_SUMMARY)
    .from(jobs)
    .where(inArray(jobs.id, [...ids]));
  const found = new Set(rows.map((row) => row.id));
  const left = ids.filter((id) => !found.has(id));
  if (left.length === 0) return rows.map(jobMessage);
  const archived = await db
    .select(JOB_SUMMARY)
    .from(archivedJobs(store))
    .where(inArray(jobs.id, left))
    .orderBy(jobs.finishedAt);
  // The last of each id.
  const byId = new Map([...archived, ...rows].map((row) => [row.id, row]));
  return [...byId.values()].map(jobMessage);
}
