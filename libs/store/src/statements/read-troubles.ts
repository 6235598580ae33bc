import type { Queryable } from "../queryable.ts";

/** A class of waiting jobs, by its eldest. */
export interface WaitingClass {
  jobId: string;
  jobs: number;
  spec: unknown;
  excludedProviders: string[];
  waitsSeconds: number;
}

/** The classes of jobs that wait now (not those that wait for their retry), the longest waiting first. */
export async function readWaitingClasses(db: Queryable, limit: number): Promise<WaitingClass[]> {
  const { rows } = await db.query<{
    id: string;
    jobs: number;
    spec: unknown;
    excluded_providers: string[];
    waits_seconds: number;
  }>({
    name: "read-waiting-classes",
    text: `SELECT DISTINCT ON (class_id) id, spec, excluded_providers, count(*) OVER (PARTITION BY class_id)::int AS jobs,
                  extract(epoch FROM now() - submitted_at)::float8 AS waits_seconds
             FROM jobs WHERE is_waiting AND (not_before IS NULL OR not_before <= now())
            ORDER BY class_id, submitted_at, id`,
  });
  return rows
    .map((row) => ({
      jobId: row.id,
      jobs: row.jobs,
      spec: row.spec,
      excludedProviders: row.excluded_providers,
      waitsSeconds: row.waits_seconds,
    }))
    .sort((a, b) => b.waitsSeconds - a.waitsSeconds)
    .slice(0, limit);
}

/** A worker that should have got further by now. */
export interface StuckWorker {
  jobId: string;
  attempt: number;
  providerName: string;
  providerType: string;
  state: string;
  sinceSeconds: number;
  /** Nobody holds it: no provisioner took it, or the one that did is gone. */
  isUnclaimed: boolean;
}

/** Workers that have not run `startSeconds` after they were asked for, and live ones whose claim ended `claimSeconds` ago. */
export async function readStuckWorkers(
  db: Queryable,
  { startSeconds, claimSeconds }: { startSeconds: number; claimSeconds: number },
): Promise<StuckWorker[]> {
  const { rows } = await db.query<{
    job_id: string;
    attempt: number;
    provider_name: string;
    provider_type: string;
    state: string;
    since_seconds: number;
    is_unclaimed: boolean;
  }>({
    name: "read-stuck-workers",
    text: `SELECT * FROM (
             SELECT job_id, attempt, provider_name, provider_type, state,
                    extract(epoch FROM now() - requested_at)::float8 AS since_seconds,
                    coalesce(claim_expires_at, requested_at) < now() - make_interval(secs => $2) AS is_unclaimed
               FROM workers WHERE is_live) w
            WHERE is_unclaimed OR (state <> 'RUNNING' AND since_seconds > $1) ORDER BY since_seconds DESC LIMIT 100`,
    values: [startSeconds, claimSeconds],
  });
  return rows.map((row) => ({
    jobId: row.job_id,
    attempt: row.attempt,
    providerName: row.provider_name,
    providerType: row.provider_type,
    state: row.state,
    sinceSeconds: row.since_seconds,
    isUnclaimed: row.is_unclaimed,
  }));
}

/** How many messages could not be handled in the last day, by subject, with the newest. */
export async function readRecentDeadLetters(
  db: Queryable,
): Promise<
  { subject: string; letters: number; jobId: string | null; problems: { path: string; message: string }[] }[]
> {
  const { rows } = await db.query<{
    subject: string;
    letters: number;
    job_id: string | null;
    problems: { path: string; message: string }[];
  }>({
    name: "read-recent-dead-letters",
    text: `SELECT DISTINCT ON (subject) subject, count(*) OVER (PARTITION BY subject)::int AS letters, job_id, problems
             FROM dead_letters WHERE created_at > now() - interval '1 day' ORDER BY subject, id DESC`,
  });
  return rows.map((row) => ({ subject: row.subject, letters: row.letters, jobId: row.job_id, problems: row.problems }));
}

/** Connections of each of Hodei's processes to this database, by application name. */
export async function readSessions(db: Queryable): Promise<Map<string, number>> {
  const { rows } = await db.query<{ name: string; sessions: number }>(
    `SELECT application_name AS name, count(*)::int AS sessions FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'hodei-%' GROUP BY 1`,
  );
  return new Map(rows.map((row) => [row.name, row.sessions]));
}
