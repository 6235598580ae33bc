import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { Job, JobService } from "@hodei/api/job";
import { readKeptWorkers } from "@hodei/store";
import { callerOf } from "./access/principal.ts";
import type { ApiContext } from "./context.ts";
import { cancelJob, retryJob } from "./jobs/end-jobs.ts";
import { explainJob } from "./jobs/explain-job.ts";
import { inspectWorkers } from "./jobs/inspect-worker.ts";
import { jobMessage, workerMessage } from "./jobs/job-message.ts";
import { listJobs } from "./jobs/list-jobs.ts";
import { listRejected } from "./jobs/list-rejected.ts";
import { listWaiting } from "./jobs/list-waiting.ts";
import { planChange } from "./jobs/plan-change.ts";
import { findJob } from "./jobs/read-jobs.ts";
import { streamLogs } from "./jobs/stream-logs.ts";
import { submitJob } from "./jobs/submit-job.ts";
import { watchJobs } from "./jobs/watch-jobs.ts";
import type { Hub } from "./shared/make-hub.ts";

/** `JobService` over rows: each call is one function of `jobs/`. */
export function jobService(context: ApiContext, news: Hub<Job>): ServiceImpl<typeof JobService> {
  const { store, signal: closing } = context;
  return {
    submitJob: async (request, call) => {
      const { job, existed } = await submitJob(context, request, originOf(call));
      return { job: jobMessage(job), existed };
    },
    getJob: async ({ jobId }) => {
      const job = await findJob(store, jobId);
      const workers = await readKeptWorkers(store, job);
      const commands = await inspectWorkers(store, workers);
      return { job: jobMessage(job), workers: workers.map((each) => workerMessage(each, commands.get(each.attempt))) };
    },
    listJobs: (request) => listJobs(store, request),
    cancelJob: async (request, call) => ({ job: jobMessage(await cancelJob(context, callerOf(call), request)) }),
    retryJob: async ({ jobId }, call) => ({ job: jobMessage(await retryJob(context, jobId, originOf(call))) }),
    explain: (request) => explainJob(store, request),
    plan: (request) => planChange(store, request),
    listWaiting: ({ pageSize }) => listWaiting(store, pageSize),
    listRejected: (request) => listRejected(store, request),
    watch: (request, { signal }) => watchJobs(store, news, request, AbortSignal.any([signal, closing])),
    logs: (request, { signal }) => streamLogs(context, request, signal),
  };
}

/** Whose it is, and the trace it belongs to. */
function originOf(call: HandlerContext) {
  return { caller: callerOf(call), traceparent: call.requestHeader.get("traceparent") ?? undefined };
}
