import { SUBJECTS } from "@hodei/contracts";
import type { ClaimedWorker } from "@hodei/store";
import { isRecorded, recordProcess, recordStatement, sendContext, stepContext } from "@hodei/telemetry";

/** A knock as each recorded job's trace shows it: below the message, with the statement that claimed the row. */
export function traceClaims(
  claims: readonly ClaimedWorker[],
  { begun, statementBegun, ended }: { begun: number; statementBegun: number; ended: number },
): void {
  const subject = SUBJECTS.workerProvision;
  for (const { jobId, attempt, traceparent } of claims) {
    if (!isRecorded(traceparent)) continue;
    const parent = sendContext(traceparent, subject, attempt);
    const self = stepContext(parent, "process");
    const attributes = { "hodei.job_id": jobId, "hodei.attempt": attempt };
    const batch = claims.length;
    recordProcess({
      subject,
      consumer: "provisioner-worker-provision",
      parent,
      self,
      begun,
      ended,
      batch,
      attributes,
    });
    recordStatement({ statement: "claim-workers", parent: self, begun: statementBegun, ended, batch });
  }
}
