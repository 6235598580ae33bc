import type { AttemptStory, Decision, ExplainResponse } from "@hodei/api/job";
import { openApi } from "../api/open-api.ts";
import { printJson } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";
import { jobFields, workerFields } from "./job-fields.ts";
import { printStory } from "./print-story.ts";

/** `hodei jobs explain` */
export async function explainJob(
  jobId: string,
  { json, ...server }: ServerOptions & { json?: boolean },
): Promise<void> {
  await using api = await openApi(server);
  const story = await api.jobs.explain({ what: { case: "jobId", value: jobId } });
  if (json) printJson(storyFields(story));
  else printStory(story);
}

function storyFields({ job, attempts, now }: ExplainResponse) {
  return {
    job: job && jobFields(job),
    attempts: attempts.map(attemptFields),
    now: now ? decisionFields(now) : null,
  };
}

function attemptFields({ worker, decision, cause, fix }: AttemptStory) {
  return {
    worker: worker && workerFields(worker),
    explanation: decision ? decisionFields(decision) : null,
    advice: cause ? { cause, fix } : null,
  };
}

function decisionFields(decision: Decision) {
  const { placed, providers, candidates, eligible, omitted, hints, refusedBy } = decision;
  return {
    placed,
    ...(placed && {
      providerName: decision.providerName,
      fallbackStep: decision.fallbackStep,
      rank: {
        priority: decision.rankPriority,
        activeWorkers: decision.rankActiveWorkers,
        maxWorkers: decision.rankMaxWorkers,
        health: decision.rankHealth,
      },
    }),
    candidates,
    eligible,
    providers: providers.map(({ providerId, providerName, refusals }) => ({
      providerId,
      name: providerName,
      refusals: refusals.map(({ rule, subject, wants, has }) => ({ rule, subject, wants, has })),
    })),
    omitted,
    hints,
    refusedBy,
  };
}
