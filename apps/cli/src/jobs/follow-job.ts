import { type Job, JobState, LogEnd } from "@hodei/api/job";
import type { Api } from "../api/open-api.ts";
import { UserError } from "../errors.ts";
import { say } from "../print.ts";
import { type Progress, startProgress } from "../progress.ts";
import { followLog, type LogSelection } from "./follow-log.ts";
import type { LogView } from "./log-printer.ts";
import { makeOutage } from "./outage.ts";
import { printLog } from "./print-log.ts";

export interface FollowOptions {
  view?: LogView;
  selection?: LogSelection;
  isOneOfSeveral?: boolean;
  /** Called once no news of it can be missed any more. */
  submit?: () => Promise<void>;
}

/** Shows a job to its end: output as it comes, and that it waits. @returns the job as it ended, once all its output was shown */
export async function followJob(
  api: Api,
  jobId: string,
  { view = {}, selection = {}, isOneOfSeveral = false, submit }: FollowOptions = {},
): Promise<Job> {
  using progress = startProgress(`${jobId} is submitted`);
  const outage = makeOutage(jobId);
  const watching = new AbortController();
  try {
    await hearOf(api, jobId, watching.signal, (job) => tell(job, progress));
    await submit?.();
    const end = await printLog(followLog(api, { jobId, ...selection }, outage), {
      jobId,
      view,
      isOneOfSeveral,
      onOutput: progress.stop,
    });
    progress.stop();
    if (end === LogEnd.MISSING)
      say(`the end of the log of job ${jobId} has not come; what there is shows: hodei jobs logs ${jobId}`);
  } finally {
    watching.abort();
  }
  for (;;) {
    try {
      const { job } = await api.jobs.getJob({ jobId });
      if (!job) throw new UserError(`job ${jobId} is gone; see: hodei jobs list`);
      return job;
    } catch (error) {
      await outage.bear(error);
    }
  }
}

/** Resolves once nothing that happens to the job from now on can be missed. */
async function hearOf(api: Api, jobId: string, signal: AbortSignal, onChange: (job: Job) => void): Promise<void> {
  const changes = api.jobs.watch({ jobIds: [jobId], snapshot: true }, { signal })[Symbol.asyncIterator]();
  await changes.next();
  void (async () => {
    try {
      for (;;) {
        const { value, done } = await changes.next();
        if (done) return;
        for (const job of value.jobs) onChange(job);
      }
    } catch {
      // Ended by us, or by what ends the log as well: that one says why.
    }
  })();
}

function tell(job: Job, progress: Progress): void {
  const on = job.providerName ? ` on ${job.providerName}` : "";
  if (job.state === JobState.PENDING) progress.say(`waiting for a provider; why: hodei jobs explain ${job.id}`);
  else if (job.state === JobState.PROVISIONING) progress.now(`${job.id} is started${on}`);
  else if (job.state === JobState.RUNNING) progress.now(`${job.id} runs${on}`);
}
