import { type Job, JobState, LogEnd, LogStream, type Worker } from "@hodei/api/job";
import { LOG_STREAMS } from "@hodei/contracts/log-streams";
import { openApi } from "../api/open-api.ts";
import { UsageError, UserError } from "../errors.ts";
import { say } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";
import { conclude } from "./conclude.ts";
import { followJob } from "./follow-job.ts";
import type { LogSelection } from "./follow-log.ts";
import { printLog } from "./print-log.ts";

interface LogsOptions extends ServerOptions {
  follow?: boolean;
  attempt?: string;
  stream?: string;
  timestamps?: boolean;
  tail?: string;
  json?: boolean;
}

/** `hodei jobs logs`: what a job wrote; where there is nothing to show, why. */
export async function showLogs(jobId: string, options: LogsOptions): Promise<void> {
  const selection = selectionOf(options);
  const { attempt } = selection;
  const { follow = false, timestamps, json, ...server } = options;
  await using api = await openApi(server);
  const { job, workers } = await api.jobs.getJob({ jobId });
  if (!job) return;
  if (attempt !== undefined && attempt > job.attempt && job.finishedAt)
    throw new UserError(`job ${jobId} had ${job.attempt} attempts; --attempt ${attempt} is none of them`);
  const shown = { view: { timestamps, json }, isOneOfSeveral: job.attempt > 1 && attempt === undefined };
  if (follow && !job.finishedAt) {
    if (job.state === JobState.PENDING) say(`job ${jobId} waits for a provider; why: hodei jobs explain ${jobId}`);
    conclude(await followJob(api, jobId, { ...shown, selection }));
    return;
  }
  const messages = api.jobs.logs({ jobId, tellEnd: true, ...selection });
  const end = await printLog(messages, { jobId, ...shown });
  if (end === LogEnd.NONE) say(whyNoLog(job, workers));
  else if (end === LogEnd.EMPTY) say(`job ${jobId} wrote nothing`);
  else if (end === LogEnd.MISSING) say(`the end of the log of job ${jobId} is not there, or still on its way`);
}

function selectionOf({ attempt, stream, tail }: LogsOptions): LogSelection {
  return {
    ...(attempt !== undefined && { attempt: count("--attempt", attempt, 1) }),
    ...(stream !== undefined && { streams: [streamOf(stream)] }),
    ...(tail !== undefined && { tailLines: count("--tail", tail, 0) }),
  };
}

function count(flag: string, text: string, least: number): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) < least)
    throw new UsageError(`${flag} ${text}: write a whole number from ${least} on`);
  return Number(text);
}

function streamOf(text: string): LogStream {
  const found = LOG_STREAMS.find((stream) => stream === text);
  if (!found) throw new UsageError(`--stream ${text}: write one of ${LOG_STREAMS.join(", ")}`);
  return LogStream[found.toUpperCase() as keyof typeof LogStream];
}

/** Silence has reasons, and each is another. */
function whyNoLog(job: Job, workers: readonly Worker[]): string {
  const { id } = job;
  const state = JobState[job.state];
  if (!job.finishedAt) {
    if (job.state === JobState.PENDING) return `job ${id} waits and has not started; why: hodei jobs explain ${id}`;
    return `job ${id} is ${state} and has written nothing yet; -f waits for it`;
  }
  if (!job.runningAt) return `job ${id} is ${state} and never ran, so it has no log; why: hodei jobs explain ${id}`;
  if (workers.every((worker) => worker.providerType === "simulated"))
    return `job ${id} ran on a simulated provider, which runs nothing and writes nothing`;
  return `the log of job ${id} is no longer kept: it was older than logs are kept, or the message server lost its store`;
}
