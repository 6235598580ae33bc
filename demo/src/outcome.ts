import { isFinalJobState, type JobState, JobStatus } from "@hodei/contracts";
import type { NatsConnection } from "nats";
import type pg from "pg";

/** What became of one job of the demo. */
export interface Outcome {
  key: string;
  state: JobState;
  provider: string | undefined;
  why: string;
  attempt: number;
  exitCode: number | undefined;
  waitMs: number;
  runMs: number | undefined;
  traceId: string;
}

/** Final states as they are announced on NATS, by job id. */
export interface FinalStates {
  of(jobId: string): Promise<JobStatus>;
  /** Resolves once the job was said to wait. */
  pending(jobId: string): Promise<void>;
}

const PATIENCE_MS = 60_000;

export function collectFinalStates(nats: NatsConnection): FinalStates {
  const finals = new Map<string, PromiseWithResolvers<JobStatus>>();
  const waits = new Map<string, PromiseWithResolvers<void>>();
  nats.subscribe("job.status.*", {
    callback: (_error, message) => {
      const parsed = JobStatus.safeParse(message.json());
      if (!parsed.success) return;
      const { job_id: jobId, state } = parsed.data;
      if (state === "PENDING") entry(waits, jobId).resolve();
      if (isFinalJobState(state)) entry(finals, jobId).resolve(parsed.data);
    },
  });
  return {
    of: (jobId) => within(entry(finals, jobId).promise, `the end of ${jobId}`),
    pending: (jobId) => within(entry(waits, jobId).promise, `${jobId} waiting`),
  };
}

function entry<T>(map: Map<string, PromiseWithResolvers<T>>, key: string): PromiseWithResolvers<T> {
  const known = map.get(key) ?? Promise.withResolvers<T>();
  map.set(key, known);
  return known;
}

async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`waited ${PATIENCE_MS / 1000} s for ${what}; see: npx hodei jobs list`)),
    PATIENCE_MS,
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

interface Row {
  state: JobState;
  wait_ms: number;
  run_ms: number | null;
  fallback_step: string | null;
  rank_key: { priority: number; active_workers: number; max_workers: number } | null;
  refused: string | null;
}

/** What the rows say of a finished job, told as a line of the table. */
export async function readOutcome(db: pg.Client, key: string, final: JobStatus): Promise<Outcome> {
  const { job_id: jobId } = final;
  const common = {
    key,
    state: final.state,
    attempt: final.attempt,
    exitCode: final.exit_code,
    traceId: final.trace_id ?? "",
  };
  if (final.state === "REJECTED") {
    const why = (final.problems ?? []).map((problem) => `${problem.path}: ${problem.message}`).join("; ");
    return { ...common, provider: undefined, why, waitMs: 0, runMs: undefined };
  }
  const { rows } = await db.query<Row>(
    `SELECT j.state, extract(epoch FROM coalesce(j.running_at, j.finished_at) - j.submitted_at)::float8 * 1000 AS wait_ms,
            extract(epoch FROM j.finished_at - j.running_at)::float8 * 1000 AS run_ms, w.fallback_step, w.rank_key,
            (SELECT string_agg(f.provider_name || ': ' || f.failure_code, ', ' ORDER BY f.attempt)
               FROM workers f WHERE f.job_id = j.id AND f.attempt < j.attempt) AS refused
       FROM jobs j LEFT JOIN workers w ON w.job_id = j.id AND w.attempt = j.attempt WHERE j.id = $1`,
    [jobId],
  );
  const [row] = rows;
  if (!row) throw new Error(`there is no row for ${jobId}`);
  return { ...common, provider: final.provider, why: tell(row), waitMs: row.wait_ms, runMs: row.run_ms ?? undefined };
}

const STEPS: Readonly<Record<string, string>> = {
  "R1-preferred": "in its preferred region",
  "R1-allowed": "allows its preferred region",
  R2: "in an allowed region",
  R3: "best of all that fit",
};

function tell({ fallback_step: step, rank_key: rank, refused }: Row): string {
  const place = STEPS[step ?? ""] ?? "";
  const load = rank ? `priority ${rank.priority}, ${rank.active_workers}/${rank.max_workers} busy` : "";
  return [refused && `after ${refused}`, place, load].filter(Boolean).join("; ");
}
