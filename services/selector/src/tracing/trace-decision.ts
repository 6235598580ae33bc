import type { Decision, Explanation, FleetProvider } from "@hodei/placement";
import { epochMs, isRecorded, recordSpan } from "@hodei/telemetry";

/** A decision on the trace of its job: how many there were, how many could, and who was taken or why nobody (design §4 "Explain"). */
export function traceDecision(
  job: { jobId: string; attempt: number; traceparent: string | null },
  begun: number,
  {
    decision,
    provider,
    explanation,
    classId,
    fleetVersion,
  }: {
    decision: Decision;
    provider: FleetProvider | undefined;
    explanation: Explanation;
    classId: string;
    fleetVersion: string;
  },
): void {
  if (!isRecorded(job.traceparent)) return;
  recordSpan("hodei.decide", {
    parent: job.traceparent,
    begun,
    ended: epochMs(),
    attributes: {
      "hodei.job_id": job.jobId,
      "hodei.attempt": job.attempt,
      "hodei.class_id": classId,
      "hodei.fleet_version": fleetVersion,
      "hodei.candidates": explanation.candidates,
      "hodei.eligible": explanation.eligible,
      ...(decision.placed && { "hodei.fallback_step": decision.step }),
      ...(provider && { "hodei.provider": provider.name, "hodei.provider_type": provider.providerType }),
      ...(!decision.placed && explanation.nearestReason && { "hodei.refused_by": explanation.nearestReason }),
    },
  });
}
