import type { Job } from "@hodei/api/job";
import { jobs } from "../api/clients.ts";
import { confirm } from "../ui/confirm.tsx";
import { jobHref, Link } from "../ui/link.tsx";
import { go } from "../ui/location.ts";
import { notify, notifyFailure } from "../ui/notices.tsx";
import { isFinal } from "../ui/words.ts";

/** Cancel what runs; run again what has ended. */
export function EndActions({ job }: { job: Job }) {
  return (
    <>
      <Link className="button" href={`/try?job=${encodeURIComponent(job.id)}`}>
        Try a change
      </Link>
      {isFinal(job.state) ? (
        <button type="button" onClick={() => void retry(job.id)}>
          Run again
        </button>
      ) : (
        <button type="button" disabled={job.cancelRequestedAt !== undefined} onClick={() => askToCancel(job)}>
          {job.cancelRequestedAt ? "Cancelling …" : "Cancel"}
        </button>
      )}
    </>
  );
}

function askToCancel(job: Job): void {
  confirm({
    title: "Cancel this job?",
    body: (
      <p>
        {job.providerName
          ? `Its worker on ${job.providerName} is stopped.`
          : "It has no worker yet and will not get one."}{" "}
        A cancelled job stays cancelled; it can be run again under a new id.
      </p>
    ),
    action: "Cancel the job",
    run: () => void cancel(job.id),
  });
}

async function cancel(jobId: string): Promise<void> {
  try {
    await jobs.cancelJob({ jobId, reason: "asked for in the console" });
    notify("good", `${jobId} is being cancelled.`);
  } catch (error) {
    notifyFailure(`${jobId} was not cancelled`, error);
  }
}

async function retry(jobId: string): Promise<void> {
  try {
    const { job } = await jobs.retryJob({ jobId });
    if (!job) return;
    notify("good", `Submitted again as ${job.id}.`);
    go(jobHref(job.id));
  } catch (error) {
    notifyFailure(`${jobId} was not submitted again`, error);
  }
}
