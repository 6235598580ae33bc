import { create } from "@bufbuild/protobuf";
import { requirementClassOf } from "@hodei/admission";
import {
  type AttemptStory,
  AttemptStorySchema,
  DecisionSchema,
  type ExplainRequest,
  type ExplainResponse,
  ExplainResponseSchema,
} from "@hodei/api/job";
import { storedJobSpec } from "@hodei/contracts";
import { explainFailure, isFailureCode } from "@hodei/diagnostics";
import { type Explanation, explain, type Requirements, requirementsOf } from "@hodei/placement";
import { readExplanation, readKeptWorkers, type Store } from "@hodei/store";
import { invalidField } from "../shared/refuse.ts";
import { changedFleet } from "./changed-fleet.ts";
import { decisionMessage } from "./decision-message.ts";
import { type JobRow, jobMessage, type WorkerRow, workerMessage } from "./job-message.ts";
import { findJob } from "./read-jobs.ts";
import { readSpec } from "./read-spec.ts";

/** Providers spelled out in one decision, at most; the rest is counted. */
const EXPLAINED_PROVIDERS = 1000;

/** See `JobService.Explain`. */
export async function explainJob(store: Store, { what, changes }: ExplainRequest): Promise<ExplainResponse> {
  const decide = async (requirements: Requirements) =>
    decisionMessage(explain(requirements, await changedFleet(store, changes), { limit: EXPLAINED_PROVIDERS }));
  if (what.case === "spec") {
    const { spec } = readSpec(what.value);
    return create(ExplainResponseSchema, { now: await decide(requirementClassOf(spec).requirements) });
  }
  if (what.case === undefined) throw invalidField("job_id", "is missing; write a job id, or a spec for a dry run");
  const job = await findJob(store, what.value);
  const attempts: AttemptStory[] = [];
  for (const worker of await readKeptWorkers(store, job)) attempts.push(await storyOf(store, job, worker));
  const asksWhatIf = changes.length > 0;
  const isWaiting = job.state === "PENDING";
  const requirements = requirementsOf(storedJobSpec(job.spec), job.excludedProviders);
  return create(ExplainResponseSchema, {
    job: jobMessage(job),
    attempts,
    ...((isWaiting || asksWhatIf) && { now: await decide(requirements) }),
  });
}

async function storyOf(store: Store, job: JobRow, worker: WorkerRow): Promise<AttemptStory> {
  const stored = await readExplanation(store, worker);
  return create(AttemptStorySchema, {
    worker: workerMessage(worker),
    ...((stored || worker.rankKey) && { decision: decisionOf(stored, worker) }),
    ...adviceOn(job, worker),
  });
}

/** What is stored is shared by all jobs of the class and fleet version; the rank key it was won by is the attempt's own. */
function decisionOf(stored: Explanation | undefined, worker: WorkerRow) {
  const message = stored ? decisionMessage(stored) : create(DecisionSchema);
  const rank = worker.rankKey;
  return {
    ...message,
    placed: true,
    providerId: worker.providerId,
    providerName: worker.providerName,
    fallbackStep: worker.fallbackStep ?? message.fallbackStep,
    ...(rank && {
      rankPriority: rank.priority,
      rankActiveWorkers: rank.active_workers,
      rankMaxWorkers: rank.max_workers,
      rankHealth: rank.health,
    }),
  };
}

function adviceOn({ spec }: JobRow, worker: WorkerRow): { cause?: string; fix?: string } {
  if (!worker.failureCode || !isFailureCode(worker.failureCode)) return {};
  const { image } = spec as { image?: unknown };
  return explainFailure(worker.failureCode, {
    job: worker.jobId,
    provider: worker.providerName,
    providerType: worker.providerType,
    ...(typeof image === "string" && { image }),
  });
}
