import { type Job, JobState, type RejectedJob } from "@hodei/api/job";
import { type Api, openApi } from "../api/open-api.ts";
import { readPages } from "../api/read-pages.ts";
import { UsageError } from "../errors.ts";
import { colorState, formatDuration, printJson, printTable } from "../print.ts";
import type { ServerOptions } from "../server-options.ts";
import { durations, jobFields, timeOf } from "./job-fields.ts";

interface ListOptions extends ServerOptions {
  state?: string;
  limit: string;
  json?: boolean;
}

/** `hodei jobs list` */
export async function listJobs({ state, limit, json, ...server }: ListOptions): Promise<void> {
  const wanted = state === undefined ? undefined : stateOf(state);
  if (!/^[1-9]\d{0,6}$/.test(limit)) throw new UsageError(`--limit ${limit}: write a whole number from 1 on`);
  await using api = await openApi(server);
  if (wanted === JobState.REJECTED) return showRejected(await readRejected(api, Number(limit)), json);
  const jobs = await readJobs(api, wanted, Number(limit));
  if (json) return printJson({ jobs: jobs.map(jobFields) });
  printTable(
    ["JOB", "STATE", "PROVIDER", "ATTEMPT", "WAIT", "RUN", "REASON"],
    jobs.map((job) => {
      const { waitMs, runMs } = durations(job);
      return [
        job.id,
        colorState(JobState[job.state]),
        job.providerName,
        String(job.attempt),
        formatDuration(waitMs),
        formatDuration(runMs),
        job.failureCode,
      ];
    }),
  );
}

function stateOf(text: string): JobState {
  const found = JobState[text.toUpperCase() as keyof typeof JobState];
  if (found) return found;
  const words = Object.keys(JobState).filter((word) => /^[A-Z]/.test(word) && word !== "UNSPECIFIED");
  throw new UsageError(`--state ${text}: write one of ${words.join(", ").toLowerCase()}`);
}

async function readJobs({ jobs }: Api, state: JobState | undefined, limit: number): Promise<Job[]> {
  const states = state === undefined ? [] : [state];
  return await readPages(async (page) => {
    const { jobs: items, nextPageToken } = await jobs.listJobs({ states, ...page });
    return { items, nextPageToken };
  }, limit);
}

async function readRejected({ jobs }: Api, limit: number): Promise<RejectedJob[]> {
  return await readPages(async (page) => {
    const { rejected: items, nextPageToken } = await jobs.listRejected(page);
    return { items, nextPageToken };
  }, limit);
}

function showRejected(rejected: readonly RejectedJob[], json: boolean | undefined): void {
  const rows = rejected.map(({ jobId, subject, problems, rejectedAt }) => ({
    jobId: jobId || null,
    subject,
    problems: problems.map(({ path, message }) => ({ path, message })),
    createdAt: timeOf(rejectedAt),
  }));
  if (json) return printJson({ rejected: rows });
  printTable(
    ["JOB", "AT", "PROBLEMS"],
    rows.map((each) => [
      each.jobId ?? "",
      each.createdAt ?? "",
      each.problems.map(({ path, message }) => `${path}: ${message}`).join("; "),
    ]),
  );
}
