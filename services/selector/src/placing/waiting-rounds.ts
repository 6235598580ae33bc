import { type RequirementClass, requirementClassOf } from "@hodei/admission";
import { JobSpec } from "@hodei/contracts";
import { type Queryable, readWaitingJobs, reserveWaiting, type WaitingJob } from "@hodei/store";
import { type Logger, metrics, traceStatement } from "@hodei/telemetry";
import { LRUCache } from "lru-cache";
import type { DecisionLedger } from "./decision-ledger.ts";
import type { FleetView } from "./fleet-view.ts";
import { type PlacedJob, placedJob } from "./placed-job.ts";
import type { Candidate, Proposals } from "./proposals.ts";

export type Announce = (placed: readonly PlacedJob[]) => Promise<void>;

/**
 * Places waiting jobs by priority and submission time, until nobody fits any more (design §4 "No provider").
 * @param heads the first waiting job of each requirement class, in the order in which jobs are placed
 * @param announce told of each round before the next
 */
export type PlaceRounds = (heads: readonly WaitingJob[], announce?: Announce) => Promise<PlacedJob[]>;

/** Waiting jobs read for the first round beyond the heads, and at most for one. */
const FIRST_ROUND = 16;
const LARGEST_ROUND = 256;
/** Classes whose requirements need not be read from a body again. */
const KNOWN_CLASSES = 10_000;

export interface WaitingRoundsParts {
  db: Queryable;
  view: FleetView;
  ledger: DecisionLedger;
  proposals: Proposals;
  logger: Logger;
}

export function makeWaitingRounds({ db, view, ledger, proposals, logger }: WaitingRoundsParts): PlaceRounds {
  const { fleet } = view;
  const classes = new LRUCache<string, RequirementClass>({ max: KNOWN_CLASSES });

  return async function placeRounds(heads, announce) {
    const placed: PlacedJob[] = [];
    let next: readonly WaitingJob[] = heads;
    let isHeads = true;
    let isLast = false;
    for (let limit = FIRST_ROUND; ; limit = Math.min(limit * 4, LARGEST_ROUND)) {
      // A head speaks for its class, also when it is placed itself. Why the others wait is noted anew: the fleet may have moved.
      const open = heads.filter((head) => wouldPlace(classOf(head)));
      if (open.length === 0 || isLast) return placed;
      if (!isHeads) {
        const ids = open.map(({ classId }) => classId);
        next = await readWaitingJobs(db, ids, limit);
      }
      const round = await placeRound(isHeads ? open : next, { isHeads });
      // Heads that are gone were placed by somebody else; who is next in their classes has to be read.
      if (round.length === 0 && !isHeads) return placed;
      isLast = !isHeads && next.length < limit && round.length === next.length;
      isHeads = false;
      placed.push(...round);
      if (round.length > 0) await announce?.(round);
    }
  };

  function wouldPlace(requirementClass: RequirementClass): boolean {
    metrics.decisions.inc();
    const { placed } = fleet.decide(requirementClass.requirements, requirementClass.classId);
    if (!placed) ledger.note(requirementClass);
    return placed;
  }

  /** Slots for these, in their order. Of heads only as many as nobody behind them could come before: the next of a class may be older
   *  than the head of another. */
  async function placeRound(waiting: readonly WaitingJob[], { isHeads }: { isHeads: boolean }): Promise<PlacedJob[]> {
    const closed = new Set<string>();
    const reservations = [];
    for (const job of waiting) {
      if (closed.has(job.classId)) continue;
      const candidate = candidateOf(job);
      const proposal = proposals.propose(candidate);
      const { classId } = candidate.requirementClass;
      if (!proposal) {
        closed.add(job.classId);
        continue;
      }
      const startSeconds = candidate.spec.provisioningTimeoutSeconds;
      reservations.push({ ...job, classId, fleetVersion: fleet.version, startSeconds, proposal });
      if (isHeads && wouldPlace(candidate.requirementClass)) break;
    }
    return reservations.length === 0 ? [] : await reserve(reservations);
  }

  async function reserve(reservations: readonly Reservation[]): Promise<PlacedJob[]> {
    const contexts = reservations.map(({ traceparent }) => traceparent);
    const { outcomes, loads } = await proposals.givingBack(reservations, () =>
      traceStatement("reserve-waiting", contexts, () =>
        reserveWaiting(db, reservations, proposals.totalsOf(reservations)),
      ),
    );
    const placed: PlacedJob[] = [];
    const lostAt = new Set<string>();
    for (const { jobId, attempt, traceparent, proposal } of reservations) {
      const outcome = outcomes.get(jobId);
      if (outcome === "placed")
        placed.push(...placedJob({ fleet, logger }, { jobId, attempt: attempt + 1, traceparent }, proposal));
      else proposals.giveBack(proposal);
      if (outcome === "lost") lostAt.add(proposal.providerId);
    }
    view.applyLoads(loads);
    if (lostAt.size > 0) await view.refresh([...lostAt]);
    return placed;
  }

  /** What the jobs of a class have in common: read from one body, whichever it was. */
  function classOf(job: WaitingJob): RequirementClass {
    const known = classes.get(job.classId);
    if (known) return known;
    const { requirementClass } = candidateOf(job);
    classes.set(job.classId, requirementClass);
    return requirementClass;
  }
}

type Reservation = Parameters<typeof reserveWaiting>[1][number] & { traceparent: string | null };

function candidateOf(job: WaitingJob): Candidate {
  // The row was written from a body that passed this very schema.
  const spec = JobSpec.parse(job.spec);
  const requirementClass = requirementClassOf(spec, job.excludedProviders);
  return { jobId: job.jobId, attempt: job.attempt + 1, traceparent: job.traceparent, spec, requirementClass };
}
