import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type AttemptStory,
  type Decision,
  type ExplainResponse,
  type Job,
  JobState,
  WorkerState,
} from "@hodei/api/job";
import { type AdviceKey, explainFailure } from "@hodei/diagnostics";
import { type FleetProvider, formatRefusal, type Refusal, type Rule, remediesOf } from "@hodei/placement";
import { readFleet, type Store } from "@hodei/store";
import { openDirectApi } from "../api/open-api.ts";
import { UserError } from "../errors.ts";
import { timeOf } from "../jobs/job-fields.ts";
import { formatDuration } from "../print.ts";
import { adviceOnRefusal, hintFindings } from "./examine-jobs.ts";
import { advised, type Finding } from "./finding.ts";
import { lookCommands } from "./look-commands.ts";

/** Near misses that are spelled out with their ways out. */
const SHOWN = 5;

interface JobStory extends ExplainResponse {
  job: Job;
}

/** One job: where it is, since when, why, who misses it by one rule, and what to type. */
export async function* examineJob(store: Store, jobId: string): AsyncGenerator<Finding> {
  const story = await storyOf(jobId);
  if ("finding" in story) {
    yield story.finding;
    return;
  }
  const fleet = await readFleet(store.pool);
  for (const attempt of story.attempts) yield* attemptFindings(story, attempt);
  if (story.now) yield* waitingFindings(story, story.now, fleet);
  else yield* placedFindings(story);
}

async function storyOf(jobId: string): Promise<JobStory | { finding: Finding }> {
  try {
    await using api = await openDirectApi();
    return (await api.jobs.explain({ what: { case: "jobId", value: jobId } })) as JobStory;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const finding = { area: "jobs", severity: "problem", text: error.message } as const;
    const fix = "mend each problem as it says, and submit the job again";
    return {
      finding: error.message.includes("rejected") ? { ...finding, fix } : { ...finding, commands: ["hodei jobs list"] },
    };
  }
}

/** What became of each attempt: the one that runs, and those that failed. */
function* attemptFindings({ job }: JobStory, { worker, cause, fix }: AttemptStory): Generator<Finding> {
  if (!worker) return;
  const where = `attempt ${worker.attempt} on ${worker.providerName}`;
  const look = lookCommands(worker);
  if (worker.state === WorkerState.REQUESTED || worker.state === WorkerState.STARTING) {
    yield advised("STUCK_PROVISIONING", {
      area: "jobs",
      severity: "warning",
      text: `${where} is ${WorkerState[worker.state]} since ${timeOf(worker.requestedAt)}${worker.startDeadlineAt ? `; it moves on at ${timeOf(worker.startDeadlineAt)}` : ""}`,
      commands: [...look, `hodei jobs logs ${job.id}`],
      advice: ["NO_WORKERS_CREATED"],
    });
  } else if (worker.state === WorkerState.RUNNING) {
    yield {
      area: "jobs",
      severity: "ok",
      text: `${where} runs since ${timeOf(worker.runningAt) ?? "just now"}`,
    };
  } else if (worker.failureCode) {
    const isLast = worker.attempt === job.attempt && job.state !== JobState.PENDING;
    const code = worker.failureCode;
    yield {
      area: "jobs",
      severity: isLast && job.state !== JobState.CANCELLED && job.state !== JobState.SUCCEEDED ? "problem" : "note",
      text: `${where} ended with ${code}: ${worker.failureMessage || WorkerState[worker.state]}`,
      code,
      ...(cause && { cause, fix }),
      commands: [`hodei jobs logs ${job.id}`, ...look],
      ...(worker.runningAt === undefined && { advice: ["STUCK_PROVISIONING"] as const }),
    };
  }
}

function* waitingFindings({ job }: JobStory, now: Decision, fleet: readonly FleetProvider[]): Generator<Finding> {
  const since = `job ${job.id} is PENDING since ${timeOf(job.submittedAt)} (${formatDuration(Date.now() - msOf(job.submittedAt))})`;
  if (job.notBefore && msOf(job.notBefore) > Date.now()) {
    yield { area: "jobs", severity: "ok", text: `${since}; its retry is due at ${timeOf(job.notBefore)}` };
    return;
  }
  if (now.placed) {
    yield {
      area: "jobs",
      severity: "note",
      text: `${since}; a provider fits now`,
      fix: "it is being placed; if it stays, see whether a selector runs",
      commands: ["hodei doctor"],
    };
    return;
  }
  yield advised("NOT_SELECTED", {
    area: "jobs",
    severity: "problem",
    text: `${since}: no provider fits; ${now.candidates} were looked at`,
    commands: [`hodei jobs explain ${job.id}`],
    advice: ["NOT_AVAILABLE", ...(now.candidates === 0 ? (["PROVIDER_NOT_LISTED"] as const) : [])],
  });
  const byId = new Map(fleet.map((provider) => [provider.id, provider]));
  const { command = [], requiredLabels = {}, requiredAnnotations = {} } = job.spec ?? {};
  const asking = { id: job.id, command, requiredLabels, requiredAnnotations };
  for (const verdict of now.providers.slice(0, SHOWN)) {
    const { providerId, providerName: name } = verdict;
    const refusals: Refusal[] = verdict.refusals.map((each) => ({ ...each, rule: each.rule as Rule }));
    const provider = byId.get(providerId);
    const isNear = refusals.length === 1;
    const advice = new Set(refusals.flatMap((refusal): AdviceKey[] => adviceOnRefusal(refusal)));
    const ways = provider ? refusals.flatMap((refusal) => remediesOf(refusal, provider, asking)) : [];
    const isShort = refusals.some(({ rule }) => rule === "E4");
    yield {
      area: "jobs",
      severity: "warning",
      text: `${name} misses by ${isNear ? "one rule" : `${refusals.length} rules`}: ${refusals.map(formatRefusal).join("; ")}`,
      ...(isShort && {
        code: "INSUFFICIENT_RESOURCES",
        ...explainFailure("INSUFFICIENT_RESOURCES", { provider: name }),
      }),
      ...(isNear && { ways }),
      advice: [...advice],
    };
  }
  yield* hintFindings(now);
}

function* placedFindings({ job, attempts }: JobStory): Generator<Finding> {
  const last = attempts.at(-1);
  const others =
    last?.decision?.providers.filter((each) => each.refusals.length === 0 && each.providerName !== job.providerName) ??
    [];
  const since = timeOf(job.finishedAt ?? job.runningAt ?? job.provisioningAt ?? job.submittedAt);
  const isWell = [JobState.SUCCEEDED, JobState.RUNNING, JobState.PROVISIONING].includes(job.state);
  const isCancelled = job.state === JobState.CANCELLED;
  yield {
    area: "jobs",
    severity: isWell ? "ok" : isCancelled ? "note" : "problem",
    text: `job ${job.id} is ${JobState[job.state]} since ${since}${job.providerName ? ` on ${job.providerName}` : ""}`,
    ...(!isWell && !isCancelled && { commands: [`hodei jobs explain ${job.id}`, `hodei jobs retry ${job.id}`] }),
  };
  const refused = last?.decision?.providers.filter((each) => each.refusals.length > 0).slice(0, SHOWN) ?? [];
  for (const { providerName: name } of others.slice(0, SHOWN)) {
    const rank = last?.decision;
    const won = rank?.rankHealth
      ? `: ${job.providerName} ranks higher by priority ${rank.rankPriority}, ${rank.rankActiveWorkers} of ${rank.rankMaxWorkers} slots taken, ${rank.rankHealth}`
      : "";
    yield advised("NOT_SELECTED", { area: "jobs", severity: "note", text: `${name} fits as well${won}` });
  }
  for (const { providerName: name, refusals } of refused)
    yield { area: "jobs", severity: "note", text: `${name} was refused: ${refusals.map(formatRefusal).join("; ")}` };
}

function msOf(time: Timestamp | undefined): number {
  return time ? timestampMs(time) : Date.now();
}
