import type { FinalJobState, JobState, WorkerState } from "@hodei/contracts";
import type { JobFacts } from "@hodei/lifecycle";
import type { Queryable } from "../queryable.ts";

/** What a report about an attempt is judged by. */
export interface AttemptRow {
  jobId: string;
  attempt: number;
  workerState: WorkerState;
  jobState: JobState | FinalJobState;
  /** The job's present attempt: a report of an earlier one changes nothing (I5). */
  currentAttempt: number;
  providerId: string;
  providerName: string;
  providerType: string;
  /** The wire body and what earlier attempts excluded: what the class of a further attempt is made of. */
  spec: unknown;
  excludedProviders: string[];
  facts: JobFacts;
}

/** Reads the attempts named by two equally long lists. */
export async function readAttempts(
  db: Queryable,
  jobIds: readonly string[],
  attempts: readonly number[],
): Promise<AttemptRow[]> {
  const { rows } = await db.query<{
    job_id: string;
    attempt: number;
    worker_state: WorkerState;
    job_state: JobState;
    current_attempt: number;
    provider_id: string;
    provider_name: string;
    provider_type: string;
    spec: unknown;
    excluded_providers: string[];
    max_attempts: number;
    backoff_seconds: number;
    own_failures: number;
    infrastructure_failures: number;
    cancel_requested: boolean;
  }>({
    name: "read-attempts",
    text: `SELECT w.job_id, w.attempt, w.state AS worker_state, j.state AS job_state, j.attempt AS current_attempt,
                  w.provider_id, w.provider_name, w.provider_type, j.spec, j.excluded_providers,
                  coalesce((j.spec #>> '{retry,max_attempts}')::int, 1) AS max_attempts,
                  coalesce((j.spec #>> '{retry,backoff_seconds}')::float8, 5) AS backoff_seconds,
                  j.own_failures, j.infrastructure_failures, j.cancel_requested_at IS NOT NULL AS cancel_requested
             FROM unnest($1::text[], $2::int[]) AS i(job_id, attempt)
            CROSS JOIN LATERAL (SELECT * FROM workers w WHERE w.job_id = i.job_id AND w.attempt = i.attempt OFFSET 0) w
            CROSS JOIN LATERAL (SELECT * FROM jobs j WHERE j.id = i.job_id OFFSET 0) j`,
    values: [jobIds, attempts],
  });
  return rows.map((row) => ({
    jobId: row.job_id,
    attempt: row.attempt,
    workerState: row.worker_state,
    jobState: row.job_state,
    currentAttempt: row.current_attempt,
    providerId: row.provider_id,
    providerName: row.provider_name,
    providerType: row.provider_type,
    spec: row.spec,
    excludedProviders: row.excluded_providers,
    facts: {
      maxAttempts: row.max_attempts,
      backoffSeconds: row.backoff_seconds,
      ownFailures: row.own_failures,
      infrastructureFailures: row.infrastructure_failures,
      cancelRequested: row.cancel_requested,
    },
  }));
}
