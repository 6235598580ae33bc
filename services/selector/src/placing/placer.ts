import { type RequirementClass, requirementClassOf, type Submission } from "@hodei/admission";
import { type AdmissionOutcome, admitJobs, type ProviderLoad, type Queryable, readWaitingHeads } from "@hodei/store";
import { type Logger, traceStatement } from "@hodei/telemetry";
import { makeDecisionLedger } from "./decision-ledger.ts";
import type { FleetView } from "./fleet-view.ts";
import { type PlacedJob, placedJob } from "./placed-job.ts";
import { makeProposals } from "./proposals.ts";
import { makeSerial } from "./serial.ts";
import { type Announce, makeWaitingRounds } from "./waiting-rounds.ts";

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
  /** Places waiting jobs, in rounds; of at most `classesAtOnce` requirement classes, those that follow in the next call. */
  placeWaiting(announce: Announce): Promise<WaitingLook>;
  /** Slots were freed: seen by the next `placeWaiting`, so that those who wait come first. */
  freed(loads: readonly ProviderLoad[]): void;
}

interface WaitingLook {
  /** There are classes that were not looked at: the next call does. */
  hasMore: boolean;
  /** Until the next retry's backoff ends; `null` when none waits for one. */
  retrySeconds: number | null;
}

/** Their waiting jobs are placed in exact order; with more kinds than this waiting, the others have their turn after them. */
const CLASSES_AT_ONCE = 1_000;

export interface PlacerParts {
  db: Queryable;
  view: FleetView;
  logger: Logger;
  classesAtOnce?: number;
}

export function makePlacer({ db, view, logger, classesAtOnce = CLASSES_AT_ONCE }: PlacerParts): Placer {
  const { fleet } = view;
  const ledger = makeDecisionLedger(db, fleet, logger);
  const proposals = makeProposals(fleet, ledger);
  const placeRounds = makeWaitingRounds({ db, view, ledger, proposals, logger });
  const serial = makeSerial();
  const freedLoads: ProviderLoad[] = [];
  const readHeads = (from: string) => readWaitingHeads(db, from, classesAtOnce);
  /** Of what waits or is free, as far as this process knows: admissions that ended, slots that were freed. */
  let changes = 0;
  let page = "";

  async function admitBatch(arrivals: readonly Arrival[]): Promise<AdmittedBatch> {
    const admissions = arrivals.map((arrival) => {
      const requirementClass = requirementClassOf(arrival.spec);
      const { jobId, spec, traceparent } = arrival;
      // Of the decision: the slot that it takes may fill its provider, and move the version on.
      const fleetVersion = fleet.version;
      const proposal = proposals.propose({ jobId, attempt: 1, traceparent, requirementClass, spec });
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
          fleetVersion,
          submittedAt: arrival.submittedAt,
          startSeconds: arrival.spec.provisioningTimeoutSeconds,
          proposal,
        },
      };
    });
    const rows = admissions.map((each) => each.row);
    const contexts = rows.map((row) => row.traceparent);
    const { outcomes, loads } = await proposals.givingBack(admissions, () =>
      traceStatement("admit-jobs", contexts, () => admitJobs(db, rows, proposals.totalsOf(admissions))),
    );
    const placed: PlacedJob[] = [];
    const left: typeof admissions = [];
    for (const admission of admissions) {
      const { jobId, traceparent } = admission.arrival;
      const outcome = outcomes.get(jobId);
      if (outcome === "placed" && admission.proposal) {
        placed.push(...placedJob({ fleet, logger }, { jobId, attempt: 1, traceparent }, admission.proposal));
        continue;
      }
      if (admission.proposal) proposals.giveBack(admission.proposal);
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
    const read = async () => (await readHeads("")).heads;
    const placed = await placeRounds(await read(), read);
    const done = new Set(placed.map((job) => job.jobId));
    for (const { arrival, requirementClass } of left) {
      if (done.has(arrival.jobId)) continue;
      // Of a class that this look did not come to: the next one does.
      if (fleet.decide(requirementClass.requirements, requirementClass.classId).placed) continue;
      ledger.noteRefused(arrival, requirementClass);
    }
    return placed;
  }

  return {
    admit: (arrivals) =>
      serial(async () => {
        try {
          const admitted = await admitBatch(arrivals);
          await ledger.flush();
          return admitted;
        } finally {
          changes += 1;
        }
      }),
    async placeWaiting(announce) {
      const seen = changes;
      // Asked before its turn: while nobody waits, which is most of the time, new jobs are not held up by it.
      let look = await readHeads(page);
      const again = async () => {
        look = await readHeads(page);
        return look.heads;
      };
      if (look.heads.length === 0) {
        view.applyLoads(freedLoads.splice(0));
      } else {
        await serial(async () => {
          view.applyLoads(freedLoads.splice(0));
          // What has changed since then may be somebody who comes first.
          await placeRounds(changes === seen ? look.heads : await again(), again, announce);
          // Provisioners start before the reasons are written: nothing of what they do depends on them.
          await ledger.flush();
        });
      }
      page = look.nextPage;
      return { hasMore: page !== "", retrySeconds: look.retrySeconds };
    },
    freed(loads) {
      freedLoads.push(...loads);
      changes += 1;
    },
  };
}
