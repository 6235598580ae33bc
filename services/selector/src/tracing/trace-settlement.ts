import { jobStatusSubject, workerStatusSubject } from "@hodei/contracts";
import type { RunningJob, SettledJob, WorkerSettlement } from "@hodei/store";
import {
  isRecorded,
  recordProcess,
  recordSend,
  recordSpan,
  recordStatement,
  sendContext,
  stepContext,
  workerContext,
} from "@hodei/telemetry";

/** When a batch of reports was begun, written and told. */
export interface SettlementTimes {
  begun: number;
  statementBegun: number;
  statementEnded: number;
  ended: number;
  /** Items of the batch. */
  batch: number;
}

const CONSUMER = "selector-worker-status";

/** RUNNING as the selector wrote it down, below the message that said so. */
export function traceRunning(jobs: readonly RunningJob[], times: SettlementTimes): void {
  for (const { jobId, attempt, traceparent } of jobs) {
    if (!isRecorded(traceparent)) continue;
    const subject = workerStatusSubject("RUNNING");
    const parent = sendContext(workerContext(traceparent, attempt), subject, attempt);
    const self = stepContext(parent, "process");
    recordProcess({ subject, consumer: CONSUMER, parent, self, ...times, attributes: attributesOf(jobId, attempt) });
    traceWrite("advance-workers", self, times);
  }
}

/**
 * The end of an attempt, and what followed for its job. `reported`: below the message that told it; else (a cancel of what nobody had
 * started yet, a start that is overdue) below the job itself.
 */
export function traceSettled(
  jobs: readonly SettledJob[],
  settlementFor: (job: SettledJob) => WorkerSettlement | undefined,
  reported: boolean,
  times: SettlementTimes,
): void {
  for (const job of jobs) {
    const { jobId, attempt, state, traceparent } = job;
    const settlement = settlementFor(job);
    if (!isRecorded(traceparent) || !settlement) continue;
    const subject = workerStatusSubject(settlement.state);
    const worker = workerContext(traceparent, attempt);
    const parent = reported ? sendContext(worker, subject, attempt) : traceparent;
    const self = stepContext(parent, reported ? "process" : `settle ${attempt}`);
    const attributes = {
      ...attributesOf(jobId, attempt),
      "hodei.job_state": state,
      ...(settlement.code && { "hodei.failure_code": settlement.code }),
    };
    if (reported) recordProcess({ subject, consumer: CONSUMER, parent, self, ...times, attributes });
    else recordSpan("hodei.settle", { parent, self, begun: times.begun, ended: times.ended, attributes });
    traceWrite("settle-workers", self, times);
    if (state === "PENDING") continue;
    recordSend({
      subject: jobStatusSubject(state),
      parent: self,
      self: sendContext(traceparent, jobStatusSubject(state), attempt),
      begun: times.statementEnded,
      ended: times.ended,
      attributes: attributesOf(jobId, attempt),
    });
  }
}

function traceWrite(
  statement: string,
  parent: string,
  { statementBegun, statementEnded, batch }: SettlementTimes,
): void {
  recordStatement({ statement, parent, begun: statementBegun, ended: statementEnded, batch });
}

function attributesOf(jobId: string, attempt: number) {
  return { "hodei.job_id": jobId, "hodei.attempt": attempt };
}
