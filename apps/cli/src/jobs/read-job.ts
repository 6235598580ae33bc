import { type Store, schema } from "@hodei/store";
import { asc, eq } from "drizzle-orm";
import { UserError } from "../errors.ts";

export type JobRow = typeof schema.jobs.$inferSelect;
export type WorkerRow = typeof schema.workers.$inferSelect;

/** A job with all its attempts. @throws UserError when there is none, with what became of a rejected one */
export async function readJob({ db }: Store, jobId: string): Promise<{ job: JobRow; workers: WorkerRow[] }> {
  const { jobs, workers, deadLetters } = schema;
  const [job] = await db.select().from(jobs).where(eq(jobs.id, jobId));
  if (!job) {
    const [letter] = await db.select().from(deadLetters).where(eq(deadLetters.jobId, jobId));
    if (!letter) throw new UserError(`there is no job ${jobId}; see: hodei jobs list`);
    const problems = letter.problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
    throw new UserError(`job ${jobId} was rejected: ${problems}`);
  }
  return {
    job,
    workers: await db.select().from(workers).where(eq(workers.jobId, jobId)).orderBy(asc(workers.attempt)),
  };
}

/** Milliseconds a job waited for its first worker to run, and ran in all, as far as it is known. */
export function durations(job: JobRow, now = Date.now()): { waitMs: number | null; runMs: number | null } {
  const running = job.runningAt?.getTime();
  const end = job.finishedAt?.getTime() ?? now;
  return {
    waitMs: Math.max(0, (running ?? end) - job.submittedAt.getTime()),
    runMs: running === undefined ? null : Math.max(0, end - running),
  };
}
