import type { FinalJobState } from "@hodei/contracts";
import type { Queryable } from "../queryable.ts";

/** A finished job as its `job.status.<state>` message tells it. */
export interface FinalJob {
  jobId: string;
  attempt: number;
  state: FinalJobState;
  providerName: string | null;
  finishedAt: Date;
  exitCode: number | null;
  code: string | null;
  message: string | null;
  result: unknown;
  traceparent: string | null;
}

const COLUMNS =
  "id, attempt, state, provider_name, finished_at, exit_code, failure_code, failure_message, result, traceparent";
const FINAL = "state IN ('SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED')";

/** Those of the named jobs that are finished. */
export async function readFinalJobs(db: Queryable, jobIds: readonly string[]): Promise<FinalJob[]> {
  return read(db, `id = ANY ($1::text[])`, [jobIds]);
}

/** The newest `limit` jobs that finished in the last `seconds`: what a lost stream has to be told again (I8). */
export async function readRecentlyFinishedJobs(db: Queryable, seconds: number, limit: number): Promise<FinalJob[]> {
  return read(db, "finished_at > now() - make_interval(secs => $1) ORDER BY finished_at DESC LIMIT $2", [
    seconds,
    limit,
  ]);
}

async function read(db: Queryable, condition: string, values: unknown[]): Promise<FinalJob[]> {
  const { rows } = await db.query<{
    id: string;
    attempt: number;
    state: FinalJobState;
    provider_name: string | null;
    finished_at: Date;
    exit_code: number | null;
    failure_code: string | null;
    failure_message: string | null;
    result: unknown;
    traceparent: string | null;
  }>({ text: `SELECT ${COLUMNS} FROM jobs WHERE ${FINAL} AND ${condition}`, values });
  return rows.map((row) => ({
    jobId: row.id,
    attempt: row.attempt,
    state: row.state,
    providerName: row.provider_name,
    finishedAt: row.finished_at,
    exitCode: row.exit_code,
    code: row.failure_code,
    message: row.failure_message,
    result: row.result,
    traceparent: row.traceparent,
  }));
}
