import type { Explanation } from "@hodei/placement";
import { and, asc, desc, eq, getTableColumns, sql } from "drizzle-orm";
import type { Store } from "../open-store.ts";
import { jobs, jobsArchive } from "../schema/jobs.ts";
import { placements, placementsArchive } from "../schema/placements.ts";
import { workers, workersArchive } from "../schema/workers.ts";

export type JobRow = typeof jobs.$inferSelect;
export type WorkerRow = typeof workers.$inferSelect;

const { jobFinishedAt: _jobFinishedAt, ...archivedWorker } = getTableColumns(workersArchive);

/** A job wherever it is kept: the one whose id it is now, else the last in the archive that had it. */
export async function readKeptJob({ db }: Pick<Store, "db">, jobId: string): Promise<JobRow | undefined> {
  const [job] = await db.select().from(jobs).where(eq(jobs.id, jobId));
  if (job) return job;
  const ofId = eq(jobsArchive.id, jobId);
  const [archived] = await db.select().from(jobsArchive).where(ofId).orderBy(desc(jobsArchive.finishedAt)).limit(1);
  return archived;
}

/** The attempts of a job that `readKeptJob` answered, first to last. */
export async function readKeptWorkers({ db }: Pick<Store, "db">, job: JobRow): Promise<WorkerRow[]> {
  const rows = await db.select().from(workers).where(eq(workers.jobId, job.id)).orderBy(asc(workers.attempt));
  if (rows.length > 0 || job.attempt === 0) return rows;
  const ofJob = sql`${workersArchive.jobFinishedAt} = (SELECT max(finished_at) FROM jobs_archive WHERE id = ${job.id})`;
  return await db
    .select(archivedWorker)
    .from(workersArchive)
    .where(and(eq(workersArchive.jobId, job.id), ofJob))
    .orderBy(asc(workersArchive.attempt));
}

/** Why an attempt was placed as it was: as it was decided on that very fleet, else the newest of its requirement class. */
export async function readExplanation(
  { db }: Pick<Store, "db">,
  { classId, fleetVersion }: Pick<WorkerRow, "classId" | "fleetVersion">,
): Promise<Explanation | undefined> {
  if (!classId) return undefined;
  const version = fleetVersion ?? "";
  const [exact] = await db
    .select()
    .from(placements)
    .where(and(eq(placements.classId, classId), eq(placements.fleetVersion, version)));
  if (exact) return exact.explanation;
  const [archived] = await db
    .select()
    .from(placementsArchive)
    .where(and(eq(placementsArchive.classId, classId), eq(placementsArchive.fleetVersion, version)))
    .limit(1);
  if (archived) return archived.explanation;
  const ofClass = eq(placements.classId, classId);
  const [newest] = await db.select().from(placements).where(ofClass).orderBy(desc(placements.decidedAt)).limit(1);
  return newest?.explanation;
}
