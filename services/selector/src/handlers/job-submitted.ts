import { readSubmission } from "@hodei/admission";
import { type Delivery, deriveJobId } from "@hodei/bus";
import type { AdmissionOutcome } from "@hodei/store";
import { epochMs, jobContextOf, metrics, traceIdOf } from "@hodei/telemetry";
import type { Refusal } from "../admission/reject-submissions.ts";
import type { Announcer } from "../announce.ts";
import type { PlacedJob } from "../placing/placed-job.ts";
import type { Arrival, Placer } from "../placing/placer.ts";
import { traceAdmission } from "../tracing/trace-admission.ts";

/** Passes over an id that another selector is inserting at this moment; by then its row is visible. */
const RACE_ROUNDS = 5;

interface Arrived extends Arrival {
  delivery: Delivery;
  /** The publisher's trace context, where it sent one. */
  publisher: string | null;
}

/** `job.submitted`: read, decide, write, knock; then the batch is acknowledged (I3). */
export function jobSubmitted({
  placer,
  announcer,
  reject,
  onWaiting,
}: {
  placer: Placer;
  announcer: Announcer;
  reject: (refusals: readonly Refusal[]) => Promise<void>;
  /** A job waits that was not looked at yet: its slot was lost, or the registry wrote its row for a caller of the API and this is the knock. */
  onWaiting: () => void;
}) {
  return async function handle(batch: readonly Delivery[]): Promise<void> {
    const begun = epochMs();
    const { arrivals, refusals } = read(batch);
    const outcomes = new Map<string, AdmissionOutcome>();
    const trace = (failure?: string) =>
      traceAdmission([...arrivals.values()], outcomes, { begun, ended: epochMs(), ...(failure && { failure }) });
    try {
      const placed = await admit(placer, [...arrivals.values()], outcomes);
      metrics.selectionSeconds.observe((epochMs() - begun) / 1000);
      metrics.jobsSubmitted.inc(outcomes.values().filter(isWritten).toArray().length);
      for (const [jobId, outcome] of outcomes) {
        const arrival = arrivals.get(jobId);
        if (outcome === "different" && arrival) refusals.push(otherBody(arrival.delivery, jobId));
      }
      if (outcomes.values().some((outcome) => outcome === "same" || outcome === "lost")) onWaiting();
      await Promise.all([announcer.provision(placed), reject(refusals)]);
      announce(arrivals, outcomes, placed);
    } catch (error) {
      trace(error instanceof Error ? error.name : "unknown");
      throw error;
    }
    trace();
  };

  function announce(
    arrivals: ReadonlyMap<string, Arrived>,
    outcomes: ReadonlyMap<string, AdmissionOutcome>,
    placed: readonly PlacedJob[],
  ): void {
    const done = new Set(placed.map((job) => job.jobId));
    const isNew = (jobId: string) => ["waiting", "lost"].includes(outcomes.get(jobId) ?? "") && !done.has(jobId);
    const waiting = [...arrivals.values()].filter((arrival) => isNew(arrival.jobId));
    announcer.notice(
      "PENDING",
      waiting.map((arrival) => ({ ...arrival, attempt: 0 })),
    );
    announcer.notice(
      "PROVISIONING",
      placed.map((job) => ({ ...job, provider: job.provider.name })),
    );
  }
}

function read(batch: readonly Delivery[]): { arrivals: Map<string, Arrived>; refusals: Refusal[] } {
  const refusals: Refusal[] = [];
  const arrivals = new Map<string, Arrived>();
  for (const delivery of batch) {
    const read = readSubmission(delivery.data, () => deriveJobId(delivery));
    if (!read.ok) {
      refusals.push({ delivery, jobId: read.jobId ?? deriveJobId(delivery), problems: read.problems });
      continue;
    }
    const { submission } = read;
    const twin = arrivals.get(submission.jobId);
    if (twin && twin.bodySha256 !== submission.bodySha256) refusals.push(otherBody(delivery, submission.jobId));
    if (twin) continue;
    const traceparent = jobContextOf(delivery.traceparent);
    const publisher = delivery.traceparent && traceIdOf(delivery.traceparent) ? delivery.traceparent : null;
    const submittedAt = delivery.publishedAt;
    arrivals.set(submission.jobId, { ...submission, delivery, traceparent, publisher, submittedAt });
  }
  return { arrivals, refusals };
}

/** @returns what was placed; `outcomes` is filled as far as it comes */
async function admit(
  placer: Placer,
  arrivals: readonly Arrived[],
  outcomes: Map<string, AdmissionOutcome>,
): Promise<PlacedJob[]> {
  const placed: PlacedJob[] = [];
  let left = arrivals;
  for (let round = 0; left.length > 0; round += 1) {
    const batch = await placer.admit(left);
    placed.push(...batch.placed);
    for (const [jobId, outcome] of batch.outcomes) outcomes.set(jobId, outcome);
    left = left.filter((arrival) => outcomes.get(arrival.jobId) === "raced");
    if (left.length > 0 && round === RACE_ROUNDS)
      throw new Error(`job ${left[0]?.jobId} is being inserted elsewhere; it will be delivered again`);
  }
  return placed;
}

function isWritten(outcome: AdmissionOutcome): boolean {
  return outcome === "placed" || outcome === "waiting" || outcome === "lost";
}

function otherBody(delivery: Delivery, jobId: string): Refusal {
  const message = `"${jobId}" is the id of another job with another body; write a new id, or leave it out to get one`;
  return { delivery, jobId, problems: [{ path: "job_id", message }] };
}
