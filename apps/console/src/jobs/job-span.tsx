import type { Job } from "@hodei/api/job";
import { useNow } from "../live/now.ts";
import { formatSpan, msOf } from "../ui/format-time.ts";

/** How long it ran, runs, or waits. */
export function JobSpan({ job }: { job: Job }) {
  const now = useNow();
  const [submitted, running, finished] = [job.submittedAt, job.runningAt, job.finishedAt].map(msOf);
  const from = running ?? submitted;
  if (from === undefined) return <>–</>;
  if (finished !== undefined) return <>{running === undefined ? "never ran" : formatSpan(finished - from)}</>;
  return <>{formatSpan(Math.max(0, Math.floor((now - from) / 1000)) * 1000)}</>;
}
