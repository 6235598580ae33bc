import { JobSpec } from "@hodei/contracts";
import type { AdviceKey } from "@hodei/diagnostics";
import {
  type Explanation,
  explain,
  type FleetProvider,
  formatRefusal,
  type Refusal,
  requirementsOf,
} from "@hodei/placement";
import {
  readFleet,
  readStuckWorkers,
  readWaitingClasses,
  type Store,
  type StuckWorker,
  type WaitingClass,
} from "@hodei/store";
import { formatDuration } from "../print.ts";
import { advised, type Finding } from "./finding.ts";

const CLASSES = 50;
const EXPLAINED_PROVIDERS = 1000;
/** A start that takes longer is worth a look; its own deadline is provisioning_timeout_seconds. */
const START_SECONDS = 60;
const CLAIM_SECONDS = 30;
/** A job that fits somewhere is placed within a second. */
const PLACING_SECONDS = 15;

/** Jobs that wait and why, and workers that do not get on. */
export async function* examineJobs({ pool }: Store): AsyncGenerator<Finding> {
  const waiting = await readWaitingClasses(pool, CLASSES);
  const fleet = await readFleet(pool);
  for (const each of waiting) yield* waitingFindings(each, fleet);
  const stuck = await readStuckWorkers(pool, { startSeconds: START_SECONDS, claimSeconds: CLAIM_SECONDS });
  for (const worker of stuck) yield stuckFinding(worker);
  if (waiting.length === 0 && stuck.length === 0)
    yield { area: "jobs", severity: "ok", text: "no job waits, and every start gets on" };
}

function* waitingFindings(
  { jobId, jobs, spec, excludedProviders, waitsSeconds }: WaitingClass,
  fleet: FleetProvider[],
): Generator<Finding> {
  const requirements = requirementsOf(JobSpec.parse(spec), excludedProviders);
  const explanation = explain(requirements, fleet, { limit: EXPLAINED_PROVIDERS });
  const many = jobs === 1 ? `job ${jobId} waits` : `${jobs} jobs wait`;
  const since = `for ${formatDuration(waitsSeconds * 1000)}`;
  const commands = [`hodei doctor --job ${jobId}`];
  if (explanation.decision.placed) {
    const isLate = waitsSeconds > PLACING_SECONDS;
    yield {
      area: "jobs",
      severity: isLate ? "problem" : "note",
      text: `${many} ${since}, and a provider fits`,
      ...(isLate && {
        cause: "the selector does not place it: it is not running, or cannot reach PostgreSQL or NATS",
        fix: "start the selector, and look at what it logs",
        commands: ["hodei status", "hodei logs selector"],
      }),
    };
    return;
  }
  const nearest = explanation.providers.find(({ refusals }) => refusals.length > 0);
  const miss = nearest
    ? `; nearest is ${nearest.name}: ${nearest.refusals.map(formatRefusal).join("; ")}`
    : "; there is no provider";
  yield advised("NOT_AVAILABLE", {
    area: "jobs",
    severity: "problem",
    text: `${many} ${since}: no provider fits${miss}`,
    commands,
  });
  yield* hintFindings(explanation);
}

/** Pairs that differ only by case or spaces: the mistake nobody sees. */
export function* hintFindings({ hints }: Pick<Explanation, "hints">): Generator<Finding> {
  for (const hint of hints) {
    const isSpaces = /"\s|\s"/.test(hint.replaceAll('": "', '":"'));
    const keys: AdviceKey[] = isSpaces ? ["LABEL_SPACES", "LABEL_CASE"] : ["LABEL_CASE"];
    const [key = "LABEL_CASE", ...more] = keys;
    yield advised(key, { area: "jobs", severity: "warning", text: hint, advice: more });
  }
}

function stuckFinding({ jobId, attempt, providerName, state, sinceSeconds, isUnclaimed }: StuckWorker): Finding {
  const since = formatDuration(sinceSeconds * 1000);
  if (isUnclaimed) {
    return {
      area: "jobs",
      severity: "problem",
      text: `attempt ${attempt} of ${jobId} on ${providerName} is ${state} and nobody holds it`,
      cause: "no provisioner runs that can take it, or it cannot reach PostgreSQL",
      fix: "start a provisioner; it takes over what nobody holds",
      commands: ["hodei status", "hodei logs provisioner"],
    };
  }
  return advised("STUCK_PROVISIONING", {
    area: "jobs",
    severity: "warning",
    text: `attempt ${attempt} of ${jobId} is ${state} at ${providerName} for ${since}`,
    commands: [`hodei doctor --job ${jobId}`],
  });
}

/** The advice that belongs to a rule that refused. */
export function adviceOnRefusal({ rule, subject, wants, has }: Refusal): AdviceKey[] {
  switch (rule) {
    case "E1":
      return ["PROVIDER_NOT_LISTED"];
    case "E2":
      return ["STATUS_UNHEALTHY"];
    case "E3":
      return ["NO_WORKERS_CREATED"];
    case "E6":
    case "E7":
      return isDoubleEquals(subject, wants)
        ? ["LABEL_DOUBLE_EQUALS"]
        : isSpaced(subject, wants, has)
          ? ["LABEL_SPACES"]
          : ["LABEL_CASE"];
    case "E8":
      return ["REGIONS_APART"];
    case "E4":
    case "E5":
    case "E9":
      return [];
  }
}

function isDoubleEquals(key: string, wants: string): boolean {
  return key.endsWith("=") || wants.startsWith('"=');
}

function isSpaced(key: string, wants: string, has: string): boolean {
  return [key, unquoted(wants), unquoted(has)].some((text) => text !== text.trim());
}

function unquoted(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}
