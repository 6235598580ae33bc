import type { Job } from "@hodei/api/job";
import { formatProblem } from "@hodei/contracts";
import { type Store, schema } from "@hodei/store";
import { asc, eq, getTableColumns, inArray } from "drizzle-orm";
import { notFound } from "../shared/refuse.ts";
import { type JobRow, jobMessage, type WorkerRow } from "./job-message.ts";

const { jobs, workers, deadLetters } = schema;
const { spec: _spec, bodySha256: _bodySha256, ...summary } = getTableColumns(jobs);

/** Every column but the body. */
export const JOB_SUMMARY = summary;

/** A job's row. @throws NOT_FOUND, with what was wrong where a job of that id was rejected */
export async function findJob({ db }: Store, jobId: string): Promise<JobRow> {
  const [job] = await db.select().from(jobs).where(eq(jobs.id, jobId));
  if (job) return job;
  const [letter] = await db.select().from(deadLetters).where(eq(deadLetters.jobId, jobId)).limit(1);
  if (letter) throw notFound(`job ${jobId} was rejected: ${letter.problems.map(formatProblem).join("; ")}`);
  throw notFound(`there is no job ${JSON.stringify(jobId.slice(0, 200))}; ListJobs shows those there are`);
}

export async function readWorkers({ db }: Store, jobId: string): Promise<WorkerRow[]> {
  return await db.select().from(workers).where(eq(workers.jobId, jobId)).orderBy(asc(workers.attempt));
}

/** Jobs by id, without their bodies; in no order. */
export async function readJobs({ db }: Store, ids: readonly string[]): Promise<Job[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .select(JOB_SUMMARY)
    .from(jobs)
    .where(inArray(jobs.id, [...ids]));
  return rows.map(jobMessage);
}
