import type { Submission } from "@hodei/admission";
import { type RequirementClass, requirementClassOf } from "@hodei/admission";
import { DEFAULT_TIMEOUT_SECONDS, type JobSpec, JobSpec as JobSpecSchema, type Resources } from "@hodei/contracts";
import type { Fleet, FleetProvider } from "@hodei/placement";
import {
  type AdmissionOutcome,
  admitJobs,
  hasWaitingJobs,
  type PlacementProposal,
  type ProviderLoad,
  type ProviderTotal,
  type Queryable,
  readWaitingHeads,
  readWaitingJobs,
  reserveWaiting,
  type WaitingJob,
} from "@hodei/store";
import { epochMs, isRecorded, jobFields, type Logger, metrics, traceStatement } from "@hodei/telemetry";
import { traceDecision } from "../tracing/trace-decision.ts";
import { makeDecisionLedger } from "./decision-ledger.ts";
import type { FleetView } from "./fleet-view.ts";
import { makeSerial } from "./serial.ts";

/** A worker that was reserved and now waits for a provisioner. */
export interface PlacedJob {
  jobId: string;
  attempt: number;
  provider: FleetProvider;
  traceparent: string | null;
}

/** A submission with what its message told. */
export interface Arrival extends Submission {
  submittedAt: Date;
  traceparent: string | null;
}

interface AdmittedBatch {
  outcomes: Map<string, AdmissionOutcome>;
  placed: PlacedJob[];
}

/** Decides and reserves. One placing at a time in a process, so that an older waiting job is never overtaken by a new one here. */
export interface Placer {
  /** Writes new jobs and places those that fit; each id at most once in `arrivals`. */
  admit(arrivals: readonly Arrival[]): Promise<AdmittedBatch>;
  /** Places waiting jobs, by priority and submission time, until nobody fits any more (design §4 "No provider").
   *  Each round is announced before the next. `waited`: there were any, those that wait for their retry included. */
  placeWaiting(announce: (placed: readonly PlacedJob[]) => Promise<void>): Promise<{ waited: boolean }>;
  /** Slots were freed: seen by the next `placeWaiting`, so that those who wait come first. */
  freed(loads: readonly ProviderLoad[]): void;
}

/** Waiting jobs taken in the first, and at most in one, round. */
const FIRST_ROUND = 16;
const LARGEST_ROUND = 256;

interface Candidate {
  jobId: string;
  /** The attempt that would be made. */
  attempt: number;
  traceparent: string | null;
  requirementClass: RequirementClass;
  spec: JobSpec;
}

export function makePlacer({ db, view, logger }: { db: Queryable; view: FleetView; logger: Logger }): Placer {
  const { fleet } = view;
  const ledger = makeDecisionLedger(db, fleet, logger);
  const serial = makeSerial();
  const freedLoads: ProviderLoad[] = [];

  /** Decides for one job and takes the slot in memory. */
  function propose(candidate: Candidate): PlacementProposal | null {
    const { requirementClass, spec } = candidate;
    const { classId } = requirementClass;
    const begun = isRecorded(candidate.traceparent) ? epochMs() : 0;
    metrics.decisions.inc();
    const decision = fleet.decide(requirementClass.requirements, classId);
    const explanation = ledger.note(requirementClass);
    const provider = decision.placed ? fleet.get(decision.providerId) : undefined;
    traceDecision(candidate, begun, { decision, provider, explanation, classId, fleetVersion: fleet.version });
    if (!decision.placed || !provider) return null;
    const amounts = amountsOf(spec.resources, provider.defaultResources);
    fleet.reserve(provider.id, amounts);
    const longest = Math.min(DEFAULT_TIMEOUT_SECONDS, provider.longestRunSeconds ?? DEFAULT_TIMEOUT_SECONDS);
    return {
      providerId: provider.id,
      step: decision.step,
      rank: decision.rank,
      amounts,
      runSeconds: spec.timeoutSeconds ?? longest,
    };
  }

  function giveBack(proposal: PlacementProposal): void {
    if (fleet.get(proposal.providerId)) fleet.release(proposal.providerId, proposal.amounts);
  }

  /** A statement that failed reserved nothing, or so much that its redelivery finds it: the slots taken in memory are free again. */
  async function givingBack<T>(
    proposed: readonly { proposal: PlacementProposal | null }[],
    statement: () => Promise<T>,
  ): Promise<T> {
    try {
      return await statement();
    } catch (error) {
      for (const { proposal } of proposed) if (proposal) giveBack(proposal);
      throw error;
    }
  }

  function placedJob(
    jobId: string,
    attempt: number,
    proposal: PlacementProposal,
    traceparent: string | null,
  ): PlacedJob[] {
    const provider = fleet.get(proposal.providerId);
    if (!provider) return [];
    logger.info(
      { ...jobFields(jobId, traceparent, attempt), provider: provider.name },
      `Selected provider ${provider.name} for job ${jobId}`,
    );
    return [{ jobId, attempt, provider, traceparent }];
  }

  async function admitBatch(arrivals: readonly Arrival[]): Promise<AdmittedBatch> {
    const admissions = arrivals.map((arrival) => {
      const requirementClass = requirementClassOf(arrival.spec);
      const { jobId, spec, traceparent } = arrival;
      const proposal = propose({ jobId, attempt: 1, traceparent, requirementClass, spec });
      return {
        arrival,
        requirementClass,
        proposal,
        row: {
          jobId: arrival.jobId,
          name: arrival.spec.name ?? null,
          spec: arrival.json,
          bodySha256: arrival.bodySha256,
          classId: requirementClass.classId,
          priority: arrival.spec.priority,
          traceparent: arrival.traceparent,
          fleetVersion: fleet.version,
          submittedAt: arrival.submittedAt,
          startSeconds: arrival.spec.provisioningTimeoutSeconds,
          proposal,
        },
      };
    });
    const rows = admissions.map((each) => each.row);
    const contexts = rows.map((row) => row.traceparent);
    const { outcomes, loads } = await givingBack(admissions, () =>
      traceStatement("admit-jobs", contexts, () => admitJobs(db, rows, totalsOf(fleet, admissions))),
    );
    const placed: PlacedJob[] = [];
    const left: typeof admissions = [];
    for (const admission of admissions) {
      const outcome = outcomes.get(admission.arrival.jobId);
      if (outcome === "placed" && admission.proposal) {
        placed.push(...placedJob(admission.arrival.jobId, 1, admission.proposal, admission.arrival.traceparent));
        continue;
      }
      if (admission.proposal) giveBack(admission.proposal);
      if (outcome === "waiting" || outcome === "lost") left.push(admission);
    }
    view.applyLoads(loads);
    if (left.length > 0) placed.push(...(await placeLeftOver(left)));
    return { outcomes, placed };
  }

  /** Somebody else may have taken or freed slots while we decided: look again before a job is left waiting. */
  async function placeLeftOver(
    left: readonly { arrival: Arrival; requirementClass: RequirementClass }[],
  ): Promise<PlacedJob[]> {
    await view.refresh();
    const placed = await placeRounds();
    const done = new Set(placed.map((job) => job.jobId));
    for (const { arrival, requirementClass } of left) {
      if (!done.has(arrival.jobId)) ledger.noteRefused(arrival, requirementClass);
    }
    return placed;
  }

  async function placeRounds(announce?: (placed: readonly PlacedJob[]) => Promise<void>): Promise<PlacedJob[]> {
    const placed: PlacedJob[] = [];
    for (let limit = FIRST_ROUND; ; limit = Math.min(limit * 4, LARGEST_ROUND)) {
      const open = (await readWaitingHeads(db)).filter((head) => wouldPlace(head));
      if (open.length === 0) return placed;
      const round = await placeRound(
        await readWaitingJobs(
          db,
          open.map((head) => head.classId),
          limit,
        ),
      );
      if (round.length === 0) return placed;
      placed.push(...round);
      await announce?.(round);
    }
  }

  function wouldPlace(head: WaitingJob): boolean {
    const { requirementClass } = candidateOf(head);
    metrics.decisions.inc();
    const { placed } = fleet.decide(requirementClass.requirements, requirementClass.classId);
    if (!placed) ledger.note(requirementClass);
    return placed;
  }

  async function placeRound(waiting: readonly WaitingJob[]): Promise<PlacedJob[]> {
    const closed = new Set<string>();
    const reservations = waiting.flatMap((job) => {
      if (closed.has(job.classId)) return [];
      const candidate = candidateOf(job);
      const proposal = propose(candidate);
      if (!proposal) {
        closed.add(job.classId);
        return [];
      }
      const startSeconds = candidate.spec.provisioningTimeoutSeconds;
      const classId = candidate.requirementClass.classId;
      return [
        { jobId: job.jobId, attempt: job.attempt, classId, fleetVersion: fleet.version, startSeconds, proposal, job },
      ];
    });
    if (reservations.length === 0) return [];
    const contexts = reservations.map(({ job }) => job.traceparent);
    const { outcomes, loads } = await givingBack(reservations, () =>
      traceStatement("reserve-waiting", contexts, () =>
        reserveWaiting(db, reservations, totalsOf(fleet, reservations)),
      ),
    );
    const placed: PlacedJob[] = [];
    const lostAt = new Set<string>();
    for (const { jobId, attempt, proposal, job } of reservations) {
      const outcome = outcomes.get(jobId);
      if (outcome === "placed") placed.push(...placedJob(jobId, attempt + 1, proposal, job.traceparent));
      else giveBack(proposal);
      if (outcome === "lost") lostAt.add(proposal.providerId);
    }
    view.applyLoads(loads);
    if (lostAt.size > 0) await view.refresh([...lostAt]);
    return placed;
  }

  async function withLedger<T>(work: () => Promise<T>): Promise<T> {
    const result = await work();
    await ledger.flush();
    return result;
  }

  return {
    admit: (arrivals) => serial(() => withLedger(() => admitBatch(arrivals))),
    async placeWaiting(announce) {
      // Asked before its turn: while nobody waits, which is most of the time, new jobs are not held up by it.
      if (!(await hasWaitingJobs(db))) {
        view.applyLoads(freedLoads.splice(0));
        return { waited: false };
      }
      await serial(async () => {
        view.applyLoads(freedLoads.splice(0));
        // Provisioners start before the reasons are written: nothing of what they do depends on them.
        await placeRounds(announce);
        await ledger.flush();
      });
      return { waited: true };
    },
    freed(loads) {
      freedLoads.push(...loads);
    },
  };
}

function candidateOf(job: WaitingJob): Candidate {
  // The row was written from a body that passed this very schema.
  const spec = JobSpecSchema.parse(job.spec);
  const requirementClass = requirementClassOf(spec, job.excludedProviders);
  return { jobId: job.jobId, attempt: job.attempt + 1, traceparent: job.traceparent, spec, requirementClass };
}

function amountsOf(asked: Resources, fallback: Resources): Required<Resources> {
  return {
    cpuMillis: asked.cpuMillis ?? fallback.cpuMillis ?? 0,
    memoryBytes: asked.memoryBytes ?? fallback.memoryBytes ?? 0,
    gpu: asked.gpu ?? fallback.gpu ?? 0,
  };
}

/** Total capabilities of the providers that are proposed, for the check in the database. */
function totalsOf(fleet: Fleet, proposed: readonly { proposal: PlacementProposal | null }[]): ProviderTotal[] {
  const ids = new Set(proposed.flatMap(({ proposal }) => (proposal ? [proposal.providerId] : [])));
  return [...ids].map((providerId) => ({ providerId, total: fleet.get(providerId)?.capabilities.total ?? {} }));
}
