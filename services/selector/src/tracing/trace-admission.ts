import type { AdmissionOutcome } from "@hodei/store";
import { batchContext, isRecorded, MAX_LINKS, recordProcess } from "@hodei/telemetry";

/** A submission in its traces. */
interface TracedArrival {
  jobId: string;
  /** The context its row keeps. */
  traceparent: string | null;
  /** What its publisher sent along. */
  publisher: string | null;
}

const WHERE = { subject: "job.submitted", consumer: "selector-job-submitted" };

/**
 * One span in each recorded job's own trace, and one of the batch that links to all of them: what a batch cost stands once, and no job's
 * trace holds those of others (OpenTelemetry messaging conventions, "batch receiving").
 */
export function traceAdmission(
  arrivals: readonly TracedArrival[],
  outcomes: ReadonlyMap<string, AdmissionOutcome>,
  { begun, ended, failure }: { begun: number; ended: number; failure?: string },
): void {
  const recorded = arrivals.filter(({ traceparent }) => isRecorded(traceparent));
  if (recorded.length === 0) return;
  const span = { ...WHERE, begun, ended, batch: arrivals.length, ...(failure !== undefined && { failure }) };
  const contexts = recorded.flatMap(({ traceparent }) => traceparent ?? []);
  const batch = arrivals.length > 1 ? batchContext() : undefined;
  if (batch) recordProcess({ ...span, parent: null, self: batch, links: contexts.slice(0, MAX_LINKS) });
  for (const { jobId, traceparent, publisher } of recorded) {
    const outcome = outcomes.get(jobId);
    recordProcess({
      ...span,
      parent: publisher,
      ...(traceparent && { self: traceparent }),
      ...(batch && { links: [batch] }),
      attributes: { "hodei.job_id": jobId, ...(outcome && { "hodei.outcome": outcome }) },
    });
  }
}
