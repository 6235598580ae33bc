import type { Job } from "@hodei/api/job";
import { Age } from "../ui/age.tsx";
import { Badge } from "../ui/badge.tsx";
import { jobHref, Link } from "../ui/link.tsx";
import { JOB_STATES } from "../ui/words.ts";
import { JobSpan } from "./job-span.tsx";

export const JOB_COLUMNS = ["State", "Job", "Provider", "Attempt", "For", "Submitted"];

export function JobRow({ job }: { job: Job }) {
  const { word, tone } = JOB_STATES[job.state];
  return (
    <>
      <div role="cell">
        <Badge tone={tone}>{word}</Badge>
      </div>
      <div role="cell" className="name">
        <Link href={jobHref(job.id)}>{job.id}</Link>
        {job.name && <span className="muted">{job.name}</span>}
        {job.failureCode && <code className="code">{job.failureCode}</code>}
      </div>
      <div role="cell">{job.providerName || <span className="muted">–</span>}</div>
      <div role="cell" className="number">
        <span className="narrow-label">Attempt </span>
        {job.attempt || "–"}
      </div>
      <div role="cell" className="number">
        <JobSpan job={job} />
      </div>
      <div role="cell" className="number muted">
        <Age at={job.submittedAt} suffix=" ago" />
      </div>
    </>
  );
}
