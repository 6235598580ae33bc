import { type Job, JobState, type Worker, WorkerState } from "@hodei/api/job";
import { openApi } from "../api/open-api.ts";
import { colorState, formatDuration, printJson, printLine, printTable } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";
import { durations, jobFields, timeOf, workerFields } from "./job-fields.ts";

/** `hodei jobs get` */
export async function getJob(jobId: string, { json, ...server }: ServerOptions & { json?: boolean }): Promise<void> {
  await using api = await openApi(server);
  const { job, workers } = await api.jobs.getJob({ jobId });
  if (!job) return;
  if (json) printJson({ job: jobFields(job), workers: workers.map(workerFields) });
  else printJob(job, workers);
}

function printJob(job: Job, workers: readonly Worker[]): void {
  const { waitMs, runMs } = durations(job);
  printLine(`${job.id}  ${colorState(JobState[job.state])}${job.name ? `  ${job.name}` : ""}`);
  printLine(
    `submitted ${timeOf(job.submittedAt)}, waited ${formatDuration(waitMs)}, ran ${formatDuration(runMs) || "not yet"}`,
  );
  if (job.failureCode) printLine(`${job.failureCode}: ${job.failureMessage}`);
  if (job.traceId) printLine(`trace ${job.traceId}`);
  printTable(
    ["ATTEMPT", "WORKER", "PROVIDER", "STATE", "EXIT", "CODE", "RESOURCE"],
    workers.map((worker) => [
      String(worker.attempt),
      worker.name,
      worker.providerName,
      WorkerState[worker.state],
      String(worker.exitCode ?? ""),
      worker.failureCode,
      worker.resourceId,
    ]),
  );
  for (const { attempt, inspectCommand } of workers)
    if (inspectCommand) printLine(`what attempt ${attempt} was given: ${inspectCommand}`);
}
