import { type RequirementClass, requirementClassOf } from "@hodei/admission";
import { storedJobSpec } from "@hodei/contracts";
import {
  type Queryable,
  readWaitingJobs,
  reserveWaiting,
  type WaitingJob,
  type WaitingReservation,
} from "@hodei/store";
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
 * @param readHeads reads them anew: between rounds somebody may have come who goes before all others
 * @param announce told of each round before the next
 */
export type PlaceRounds = (
  heads: readonly WaitingJob[],
  readHeads: () => Promise<readonly WaitingJob[]>,
  announce?: Announce,
) => Promise<PlacedJob[]>;

/** Waiting jobs read for the first round beyond the heads, and at most for one. */
const FIRST_ROUND = 64;
const LARGEST_ROUND = 256;
/** Rounds in a row that others were faster in: who loses is placed elsewhere at once, but no two selectors chase each other for ever. */
const FRUITLESS_ROUNDS = 8;
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

  return async function placeRounds(firstHeads, readHeads, announce) {
    const placed: PlacedJob[] = [];
    let heads = firstHeads;
    let next = openOf(heads);
    let isHeads = true;
    let fruitless = 0;
    for (let limit = FIRST_ROUND; next.length > 0; limit = Math.min(limit * 2, LARGEST_ROUND)) {
      const round = await placeRound(next, { isHeads });
      placed.push(...round);
      if (round.length > 0) await announce?.(round);
      fruitless = round.length > 0 ? 0 : fruitless + 1;
      // Where the heads took all there was, nobody behind them needs to be read.
      if (openOf(heads).length === 0 || fruitless === FRUITLESS_ROUNDS) break;
      heads = await readHeads();
      const ids = openOf(heads).map(({ classId }) => classId);
      next = ids.length > 0 ? await readWaitingJobs(db, ids, limit) : [];
      isHeads = false;
    }
    return placed;
  };

  /** Classes that would find somebody. Why the others wait is noted anew: the fleet may have moved. */
  function openOf(heads: readonly WaitingJob[]): WaitingJob[] {
    return heads.filter((head) => wouldPlace(classOf(head)));
  }

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
    const reservations: Reservation[] = [];
    for (const job of waiting) {
      if (closed.has(job.classId)) continue;
      const candidate = candidateOf(job);
      // Of the decision: the slot that it takes may fill its provider, and move the version on.
      const fleetVersion = fleet.version;
      const proposal = proposals.propose(candidate);
      const { classId } = candidate.requirementClass;
      if (!proposal) {
        closed.add(job.classId);
        continue;
      }
      const startSeconds = candidate.spec.provisioningTimeoutSeconds;
      reservations.push({ ...job, classId, fleetVersion, startSeconds, proposal });
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

type Reservation = WaitingReservation & { traceparent: string | null };

function candidateOf(job: WaitingJob): Candidate {
  const spec = storedJobSpec(job.spec);
  const requirementClass = requirementClassOf(spec, job.excludedProviders);
  return { jobId: job.jobId, attempt: job.attempt + 1, traceparent: job.traceparent, spec, requirementClass };
}
