import { JobSpec } from "@hodei/contracts";
import { type AdviceKey, explainFailure, isFailureCode } from "@hodei/diagnostics";
import { type Explanation, type FleetProvider, formatRefusal } from "@hodei/placement";
import { readFleet, type Store } from "@hodei/store";
import { UserError } from "../errors.ts";
import { type AttemptStory, explainJob, type JobStory } from "../jobs/explain-job.ts";
import { formatDuration } from "../print.ts";
import { adviceOnRefusal, hintFindings } from "./examine-jobs.ts";
import { advised, type Finding } from "./finding.ts";
import { lookCommands } from "./look-commands.ts";
import { type AskingJob, remediesOf } from "./remedies.ts";

/** Near misses that are spelled out with their ways out. */
const SHOWN = 5;

/** One job: where it is, since when, why, who misses it by one rule, and what to type. */
export async function* examineJob(store: Store, jobId: string): AsyncGenerator<Finding> {
  const story = await storyOf(store, jobId);
  if ("finding" in story) {
    yield story.finding;
    return;
  }
  const fleet = await readFleet(store.pool);
  for (const attempt of story.attempts) yield* attemptFindings(story, attempt);
  if (story.now) yield* waitingFindings(story, story.now, fleet);
  else yield* placedFindings(story);
}

export function askingJob(id: string, spec: JobSpec): AskingJob {
  const { command = [], requiredLabels, requiredAnnotations } = spec;
  return { id, command, requiredLabels, requiredAnnotations };
}

async function storyOf(store: Store, jobId: string): Promise<JobStory | { finding: Finding }> {
  try {
    return await explainJob(store, jobId);
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
function* attemptFindings({ job }: JobStory, { worker, advice }: AttemptStory): Generator<Finding> {
  const where = `attempt ${worker.attempt} on ${worker.providerName}`;
  const look = lookCommands(worker);
  if (worker.state === "REQUESTED" || worker.state === "STARTING") {
    yield advised("STUCK_PROVISIONING", {
      area: "jobs",
      severity: "warning",
      text: `${where} is ${worker.state} since ${worker.requestedAt.toISOString()}${worker.startDeadlineAt ? `; it moves on at ${worker.startDeadlineAt.toISOString()}` : ""}`,
      commands: [...look, `hodei jobs logs ${job.id}`],
      advice: ["NO_WORKERS_CREATED"],
    });
  } else if (worker.state === "RUNNING") {
    yield {
      area: "jobs",
      severity: "ok",
      text: `${where} runs since ${worker.runningAt?.toISOString() ?? "just now"}`,
    };
  } else if (worker.failureCode) {
    const isLast = worker.attempt === job.attempt && job.state !== "PENDING";
    const code = worker.failureCode;
    yield {
      area: "jobs",
      severity: isLast && job.state !== "CANCELLED" && job.state !== "SUCCEEDED" ? "problem" : "note",
      text: `${where} ended with ${code}: ${worker.failureMessage ?? worker.state}`,
      code,
      ...(advice ??
        (isFailureCode(code)
          ? explainFailure(code, { job: job.id, provider: worker.providerName, providerType: worker.providerType })
          : {})),
      commands: [`hodei jobs logs ${job.id}`, ...look],
      ...(worker.runningAt === null && { advice: ["STUCK_PROVISIONING"] as const }),
    };
  }
}

function* waitingFindings({ job }: JobStory, now: Explanation, fleet: readonly FleetProvider[]): Generator<Finding> {
  const since = `job ${job.id} is PENDING since ${job.submittedAt.toISOString()} (${formatDuration(Date.now() - job.submittedAt.getTime())})`;
  if (job.notBefore && job.notBefore.getTime() > Date.now()) {
    yield { area: "jobs", severity: "ok", text: `${since}; its retry is due at ${job.notBefore.toISOString()}` };
    return;
  }
  if (now.decision.placed) {
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
  const asking = askingJob(job.id, JobSpec.parse(job.spec));
  for (const { providerId, name, refusals } of now.providers.slice(0, SHOWN)) {
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
    last?.explanation?.providers.filter((each) => each.refusals.length === 0 && each.name !== job.providerName) ?? [];
  const since = (job.finishedAt ?? job.runningAt ?? job.provisioningAt ?? job.submittedAt).toISOString();
  const isWell = job.state === "SUCCEEDED" || job.state === "RUNNING" || job.state === "PROVISIONING";
  yield {
    area: "jobs",
    severity: isWell ? "ok" : job.state === "CANCELLED" ? "note" : "problem",
    text: `job ${job.id} is ${job.state} since ${since}${job.providerName ? ` on ${job.providerName}` : ""}`,
    ...(!isWell &&
      job.state !== "CANCELLED" && { commands: [`hodei jobs explain ${job.id}`, `hodei jobs retry ${job.id}`] }),
  };
  const refused = last?.explanation?.providers.filter((each) => each.refusals.length > 0).slice(0, SHOWN) ?? [];
  for (const { name } of others.slice(0, SHOWN)) {
    const rank = last?.worker.rankKey;
    const won = rank
      ? `: ${job.providerName} ranks higher by priority ${rank.priority}, ${rank.active_workers} of ${rank.max_workers} slots taken, ${rank.health}`
      : "";
    yield advised("NOT_SELECTED", { area: "jobs", severity: "note", text: `${name} fits as well${won}` });
  }
  for (const { name, refusals } of refused)
    yield { area: "jobs", severity: "note", text: `${name} was refused: ${refusals.map(formatRefusal).join("; ")}` };
}
