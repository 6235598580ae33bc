import type { Bus } from "@hodei/bus";
import { type JobState, type JobStatus, jobStatusSubject, type Problem, SUBJECTS } from "@hodei/contracts";
import type { FinalJob } from "@hodei/store";
import { epochMs, isoTime, isRecorded, recordSend, sendContext, traceIdOf } from "@hodei/telemetry";
import type { PlacedJob } from "./placing/placed-job.ts";

/** What a passing state tells its listeners. */
interface JobNotice {
  jobId: string;
  attempt: number;
  provider?: string | null;
  traceparent: string | null;
}

/** Tells the world what became of jobs. Passing states are notices on core NATS (the rows are the truth), final ones are durable. */
export interface Announcer {
  notice(state: Exclude<JobState, FinalJob["state"]>, jobs: readonly JobNotice[]): void;
  /** Resolves when JetStream has acknowledged every one. Saying it again is harmless. */
  final(jobs: readonly FinalJob[]): Promise<void>;
  rejected(
    jobs: readonly { jobId: string; problems: readonly Problem[]; traceparent: string | null; messageId: string }[],
  ): Promise<void>;
  /** Knocks at the provisioners for workers that were just reserved. */
  provision(placed: readonly PlacedJob[]): Promise<void>;
}

export function makeAnnouncer(bus: Bus): Announcer {
  return {
    notice(state, jobs) {
      const at = isoTime();
      for (const job of jobs) {
        const body: JobStatus = {
          job_id: job.jobId,
          state,
          attempt: job.attempt,
          at,
          ...(job.provider && { provider: job.provider }),
          ...trace(job.traceparent),
        };
        bus.notify(jobStatusSubject(state), body, traceOption(job.traceparent));
      }
    },

    async final(jobs) {
      await bus.publish(
        jobs.map((job) => ({
          subject: jobStatusSubject(job.state),
          messageId: `${job.jobId}.${job.attempt}.${job.state}`,
          body: finalStatus(job),
          ...traceOption(contextOf(job)),
        })),
      );
    },

    async rejected(jobs) {
      const at = isoTime();
      await bus.publish(
        jobs.map((job) => ({
          subject: jobStatusSubject("REJECTED"),
          messageId: `${job.messageId}.REJECTED`,
          body: {
            job_id: job.jobId,
            state: "REJECTED",
            attempt: 0,
            at,
            problems: [...job.problems],
            ...trace(job.traceparent),
          } satisfies JobStatus,
          ...traceOption(job.traceparent),
        })),
      );
    },

    async provision(placed) {
      if (placed.length === 0) return;
      const items = placed.map((job) => ({ job_id: job.jobId, attempt: job.attempt, provider_id: job.provider.id }));
      const begun = epochMs();
      await bus.publishItems(SUBJECTS.workerProvision, items, {
        messageIdOf: (item) => `${item.job_id}.${item.attempt}.REQUESTED`,
      });
      tracePublished(placed, { begun, ended: epochMs() });
    },
  };
}

function tracePublished(placed: readonly PlacedJob[], span: { begun: number; ended: number }): void {
  const subject = SUBJECTS.workerProvision;
  for (const { jobId, attempt, traceparent } of placed) {
    if (!isRecorded(traceparent)) continue;
    recordSend({
      subject,
      parent: traceparent,
      self: sendContext(traceparent, subject, attempt),
      ...span,
      batch: placed.length,
      attributes: { "hodei.job_id": jobId, "hodei.attempt": attempt },
    });
  }
}

/** Who hears of the end continues from the message that told it. */
function contextOf({ traceparent, state, attempt }: FinalJob): string | null {
  return isRecorded(traceparent) ? sendContext(traceparent, jobStatusSubject(state), attempt) : traceparent;
}

function finalStatus(job: FinalJob): JobStatus {
  return {
    job_id: job.jobId,
    state: job.state,
    attempt: job.attempt,
    at: isoTime(job.finishedAt.getTime()),
    ...(job.providerName && { provider: job.providerName }),
    ...(job.exitCode !== null && { exit_code: job.exitCode }),
    ...(job.code && { code: job.code }),
    ...(job.message && { message: job.message }),
    ...(job.result !== null && job.result !== undefined && { result: job.result as JobStatus["result"] }),
    ...trace(job.traceparent),
  };
}

function trace(traceparent: string | null): { trace_id?: string } {
  const traceId = traceparent ? traceIdOf(traceparent) : undefined;
  return traceId ? { trace_id: traceId } : {};
}

function traceOption(traceparent: string | null): { traceparent?: string } {
  return traceparent ? { traceparent } : {};
}
