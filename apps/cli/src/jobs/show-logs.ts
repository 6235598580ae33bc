import type { Bus } from "@hodei/bus";
import { connectBus, connectStore } from "../connect.ts";
import { UserError } from "../errors.ts";
import { outputHasRoom, say } from "../print.ts";
import { followJob } from "./follow-job.ts";
import { conclude } from "./job-outcome.ts";
import { type LogSink, makeLogLines } from "./log-lines.ts";
import { type LogView, makeLogPrinter } from "./log-printer.ts";
import { type JobRow, readJob, type WorkerRow } from "./read-job.ts";
import { readTail } from "./read-tail.ts";

export interface ShowLogsOptions {
  view: LogView;
  follow: boolean;
  /** Only the last lines. */
  tail: number | undefined;
}

/** `hodei jobs logs`: what a job wrote; where there is nothing to show, why. */
export async function showLogs(jobId: string, { view, follow, tail }: ShowLogsOptions): Promise<void> {
  const { job, workers } = await readRows(jobId);
  if (view.attempt !== undefined && view.attempt > job.attempt && job.finishedAt)
    throw new UserError(`job ${jobId} had ${job.attempt} attempts; --attempt ${view.attempt} is none of them`);
  await using bus = await connectBus();
  const printer = makeLogPrinter(jobId, view, job.attempt > 1 && view.attempt === undefined);
  const last = tail === undefined ? undefined : await readTail(bus, jobId, tail, view);
  for (const block of last?.blocks ?? []) printer.block(block);
  if (follow && !job.finishedAt) {
    if (job.state === "PENDING") say(`job ${jobId} waits for a provider; why: hodei jobs explain ${jobId}`);
    conclude(await followJob(bus, jobId, { view, ...(last && { fromSequence: last.nextSequence }) }));
    return;
  }
  if (!last) await printStored(bus, jobId, printer);
  await sayWhatIsMissing(bus, job, workers);
}

async function readRows(jobId: string): Promise<{ job: JobRow; workers: WorkerRow[] }> {
  await using store = await connectStore();
  return await readJob(store, jobId);
}

async function printStored(bus: Bus, jobId: string, printer: LogSink): Promise<void> {
  const lines = makeLogLines(printer);
  const signal = new AbortController().signal;
  for await (const piece of bus.readJobLogs(jobId, { follow: false, signal })) {
    lines.take(piece);
    await outputHasRoom();
  }
  lines.flush();
}

/** Silence has reasons, and each is another. */
async function sayWhatIsMissing(bus: Bus, job: JobRow, workers: readonly WorkerRow[]): Promise<void> {
  const last = await bus.lastJobLog(job.id);
  if (!last) say(whyNoLog(job, workers));
  else if (last.entry.ended && last.entry.offset === 0 && last.sequence === (await firstSequence(bus, job.id)))
    say(`job ${job.id} wrote nothing`);
  else if (job.finishedAt && !last.entry.ended)
    say(`the end of the log of job ${job.id} is not there, or still on its way`);
}

async function firstSequence(bus: Bus, jobId: string): Promise<number | undefined> {
  const signal = new AbortController().signal;
  for await (const piece of bus.readJobLogs(jobId, { follow: false, withEnds: true, signal })) return piece.sequence;
  return undefined;
}

function whyNoLog(job: JobRow, workers: readonly WorkerRow[]): string {
  const { id, state } = job;
  if (!job.finishedAt) {
    if (state === "PENDING") return `job ${id} waits and has not started; why: hodei jobs explain ${id}`;
    return `job ${id} is ${state} and has written nothing yet; -f waits for it`;
  }
  if (!job.runningAt) return `job ${id} is ${state} and never ran, so it has no log; why: hodei jobs explain ${id}`;
  if (workers.every((worker) => worker.providerType === "simulated"))
    return `job ${id} ran on a simulated provider, which runs nothing and writes nothing`;
  return `the log of job ${id} is no longer kept: it was older than logs are kept, or the message server lost its store`;
}
