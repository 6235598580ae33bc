import { JOB_STATES, type JobState, SUBJECTS } from "@hodei/contracts";
import { schema } from "@hodei/store";
import { desc, eq } from "drizzle-orm";
import { connectBus, connectStore } from "../connect.ts";
import { UsageError, UserError } from "../errors.ts";
import { colorState, formatDuration, printJson, printLine, printTable } from "../print.ts";
import { explainJob } from "./explain-job.ts";
import { inspectWorkers } from "./inspect-worker.ts";
import { printStory } from "./print-story.ts";
import { durations, readJob } from "./read-job.ts";

interface Json {
  json?: boolean;
}

export async function list({ state, limit, json }: Json & { state?: string; limit: string }): Promise<void> {
  const wanted = state?.toUpperCase();
  if (wanted !== undefined && !(JOB_STATES as readonly string[]).includes(wanted)) {
    throw new UsageError(`--state ${state}: write one of ${JOB_STATES.join(", ").toLowerCase()}`);
  }
  await using store = await connectStore();
  if (wanted === "REJECTED") return await listRejected(Number(limit), json);
  const { jobs } = schema;
  const rows = await store.db
    .select()
    .from(jobs)
    .where(wanted ? eq(jobs.state, wanted as Exclude<JobState, "REJECTED">) : undefined)
    .orderBy(desc(jobs.submittedAt))
    .limit(Number(limit) || 50);
  if (json) return printJson({ jobs: rows });
  printTable(
    ["JOB", "STATE", "PROVIDER", "ATTEMPT", "WAIT", "RUN", "REASON"],
    rows.map((job) => {
      const { waitMs, runMs } = durations(job);
      return [
        job.id,
        colorState(job.state),
        job.providerName ?? "",
        String(job.attempt),
        formatDuration(waitMs),
        formatDuration(runMs),
        job.failureCode ?? "",
      ];
    }),
  );
}

async function listRejected(limit: number, json: boolean | undefined): Promise<void> {
  await using store = await connectStore();
  const { deadLetters } = schema;
  const rows = await store.db
    .select()
    .from(deadLetters)
    .orderBy(desc(deadLetters.id))
    .limit(limit || 50);
  const letters = rows.map(({ body: _body, ...letter }) => letter);
  if (json) return printJson({ rejected: letters });
  printTable(
    ["JOB", "AT", "PROBLEMS"],
    letters.map((each) => [
      each.jobId ?? "",
      each.createdAt.toISOString(),
      each.problems.map(({ path, message }) => `${path}: ${message}`).join("; "),
    ]),
  );
}

export async function get(jobId: string, { json }: Json): Promise<void> {
  await using store = await connectStore();
  const { job, workers } = await readJob(store, jobId);
  const inspections = await inspectWorkers(store, workers);
  if (json) return printJson({ job, workers, inspections });
  const { waitMs, runMs } = durations(job);
  printLine(`${job.id}  ${colorState(job.state)}${job.name ? `  ${job.name}` : ""}`);
  printLine(
    `submitted ${job.submittedAt.toISOString()}, waited ${formatDuration(waitMs)}, ran ${formatDuration(runMs) || "not yet"}`,
  );
  if (job.failureCode) printLine(`${job.failureCode}: ${job.failureMessage ?? ""}`);
  if (job.traceparent) printLine(`trace ${job.traceparent.split("-")[1]}`);
  printTable(
    ["ATTEMPT", "WORKER", "PROVIDER", "STATE", "EXIT", "CODE", "RESOURCE"],
    workers.map((worker) => [
      String(worker.attempt),
      worker.name ?? "",
      worker.providerName,
      worker.state,
      String(worker.exitCode ?? ""),
      worker.failureCode ?? "",
      worker.resourceId ?? "",
    ]),
  );
  for (const { attempt, command } of inspections) printLine(`what attempt ${attempt} was given: ${command}`);
}

export async function cancel(jobId: string, { reason }: { reason?: string }): Promise<void> {
  await using store = await connectStore();
  const { job } = await readJob(store, jobId);
  if (job.finishedAt) throw new UserError(`job ${jobId} is ${job.state} already; there is nothing to cancel`);
  await using bus = await connectBus();
  const body = { job_id: jobId, ...(reason !== undefined && { reason }) };
  await bus.publish([{ subject: SUBJECTS.jobCancel, messageId: `${jobId}.cancel.${Date.now()}`, body }]);
  printLine(`cancel of ${jobId} requested; see: hodei jobs get ${jobId}`);
}

export async function explain(jobId: string, { json }: Json): Promise<void> {
  await using store = await connectStore();
  const story = await explainJob(store, jobId);
  if (json) printJson(story);
  else printStory(story);
}

export async function retry(jobId: string): Promise<void> {
  await using store = await connectStore();
  const { job } = await readJob(store, jobId);
  if (!job.finishedAt) throw new UserError(`job ${jobId} is ${job.state}: only a finished job is submitted again`);
  const id = `${jobId.slice(0, 35).replace(/-+$/, "")}-r${Date.now().toString(36)}`;
  await using bus = await connectBus();
  await bus.publish([{ subject: SUBJECTS.jobSubmitted, messageId: id, body: { ...job.spec, job_id: id } }]);
  printLine(id);
}
