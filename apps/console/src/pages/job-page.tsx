import type { JsonValue } from "@bufbuild/protobuf";
import { toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { type Job, JobSpecSchema } from "@hodei/api/job";
import { AttemptList } from "../jobs/attempt-list.tsx";
import { EndActions } from "../jobs/end-actions.tsx";
import { JobFacts } from "../jobs/job-facts.tsx";
import { LogView } from "../jobs/log-view.tsx";
import { Timeline } from "../jobs/timeline.tsx";
import { useJob } from "../live/job.ts";
import { useJobLog } from "../live/job-log.ts";
import { Badge } from "../ui/badge.tsx";
import { FailureNote } from "../ui/failure-note.tsx";
import { Link } from "../ui/link.tsx";
import { JOB_STATES } from "../ui/words.ts";
import { WhyHere } from "../why/why-here.tsx";

/** Where is this job, what did it write, and why here? */
export function JobPage({ jobId }: { jobId: string }) {
  const story = useJob(jobId);
  const { job, attempts, workers, failure } = story;
  if (!job) {
    return (
      <>
        <Crumbs />
        <h1>{jobId}</h1>
        {failure ? <FailureNote failure={failure} /> : <p className="muted">Reading the job …</p>}
      </>
    );
  }
  const { word, tone } = JOB_STATES[job.state];
  return (
    <>
      <Crumbs />
      <header className="page-head">
        <div>
          <h1>{job.id}</h1>
          {job.name && <p className="muted">{job.name}</p>}
        </div>
        <Badge tone={tone}>{word}</Badge>
        <div className="actions head-actions">
          <EndActions job={job} />
        </div>
      </header>
      {failure && <FailureNote failure={failure} title="This is not up to date" />}
      <Timeline job={job} />
      <div className="job-columns">
        <JobFacts job={job} />
        <AttemptList workers={workers} attempts={attempts} />
      </div>
      <WhyHere story={story} />
      <Log job={job} />
      <Spec job={job} />
    </>
  );
}

const Crumbs = () => (
  <p className="crumbs">
    <Link href="/jobs">Jobs</Link>
  </p>
);

function Log({ job }: { job: Job }) {
  const log = useJobLog(job.id);
  return <LogView log={log} jobId={job.id} hasAttempts={job.attempt > 1} />;
}

function Spec({ job }: { job: Job }) {
  const spec = job.spec ? toJson(JobSpecSchema, job.spec, { useProtoFieldName: true }) : {};
  return (
    <section className="panel">
      <details>
        <summary>
          <h2>What was submitted</h2>
        </summary>
        <pre className="json">{pretty(spec)}</pre>
        {job.result && (
          <>
            <h3>What it returned</h3>
            <pre className="json">{pretty(toJson(ValueSchema, job.result))}</pre>
          </>
        )}
      </details>
    </section>
  );
}

const pretty = (value: JsonValue) => JSON.stringify(value, null, 2);
