import { JobSpec } from "@hodei/contracts";
import { explainFailure, type FailureCode, isFailureCode } from "@hodei/diagnostics";
import { type Explanation, explain, requirementsOf } from "@hodei/placement";
import { readFleet, type Store, schema } from "@hodei/store";
import { and, desc, eq } from "drizzle-orm";
import { type JobRow, readJob, type WorkerRow } from "./read-job.ts";

/** One attempt, with why it went where it went and how it ended. */
export interface AttemptStory {
  worker: WorkerRow;
  explanation: Explanation | null;
  advice: { cause: string; fix: string } | null;
}

export interface JobStory {
  job: JobRow;
  attempts: AttemptStory[];
  /** For a job that waits: decided again at this moment on the fleet as it is, so that the reason is never stale. */
  now: Explanation | null;
}

const EXPLAINED_PROVIDERS = 1000;

/** Everything there is to say about where a job went, or why it waits (design §4 "Explain"). */
export async function explainJob(store: Store, jobId: string): Promise<JobStory> {
  const { job, workers } = await readJob(store, jobId);
  const attempts: AttemptStory[] = [];
  for (const worker of workers) {
    attempts.push({ worker, explanation: await storedExplanation(store, worker), advice: adviceOn(job, worker) });
  }
  return { job, attempts, now: job.state === "PENDING" ? await explainNow(store, job) : null };
}

async function explainNow(store: Store, job: JobRow): Promise<Explanation> {
  const requirements = requirementsOf(JobSpec.parse(job.spec), job.excludedProviders);
  return explain(requirements, await readFleet(store.pool), { limit: EXPLAINED_PROVIDERS });
}

/** The row of that very fleet version, else the newest of the class. */
async function storedExplanation({ db }: Store, worker: WorkerRow): Promise<Explanation | null> {
  const { placements } = schema;
  if (!worker.classId) return null;
  const ofClass = eq(placements.classId, worker.classId);
  const exact = await db
    .select()
    .from(placements)
    .where(and(ofClass, eq(placements.fleetVersion, worker.fleetVersion ?? "")));
  const [row] =
    exact.length > 0
      ? exact
      : await db.select().from(placements).where(ofClass).orderBy(desc(placements.decidedAt)).limit(1);
  return row?.explanation ?? null;
}

function adviceOn({ spec }: JobRow, worker: WorkerRow): AttemptStory["advice"] {
  const code = worker.failureCode;
  if (!code || !isFailureCode(code)) return null;
  const image = "image" in spec ? String(spec["image"]) : undefined;
  return explainFailure(code satisfies FailureCode, {
    job: worker.jobId,
    provider: worker.providerName,
    providerType: worker.providerType,
    ...(image !== undefined && { image }),
  });
}
