import type { AttemptStory, Worker } from "@hodei/api/job";
import { Badge } from "../ui/badge.tsx";
import { formatSpan, msOf } from "../ui/format-time.ts";
import { WORKER_STATES } from "../ui/words.ts";

/** One worker per attempt: where, how it ended, why, and what to do. */
export function AttemptList({ workers, attempts }: { workers: readonly Worker[]; attempts: readonly AttemptStory[] }) {
  return (
    <section className="panel">
      <h2>Attempts</h2>
      {workers.length === 0 && <p className="muted">None yet: it has had no worker.</p>}
      <ol className="attempts">
        {workers.map((worker) => (
          <Attempt
            key={worker.attempt}
            worker={worker}
            story={attempts.find((each) => each.worker?.attempt === worker.attempt)}
          />
        ))}
      </ol>
    </section>
  );
}

function Attempt({ worker, story }: { worker: Worker; story: AttemptStory | undefined }) {
  const { word, tone } = WORKER_STATES[worker.state];
  const [from, to] = [msOf(worker.runningAt) ?? msOf(worker.requestedAt), msOf(worker.finishedAt)];
  return (
    <li>
      <div className="attempt-head">
        <strong className="number">{worker.attempt}</strong>
        <Badge tone={worker.exitCode ? "bad" : tone}>{word}</Badge>
        <span>
          {worker.providerName} <span className="muted">{worker.providerType}</span>
        </span>
        {worker.exitCode !== undefined && <span className="number">exit code {worker.exitCode}</span>}
        {from !== undefined && to !== undefined && <span className="muted number">{formatSpan(to - from)}</span>}
      </div>
      {worker.failureCode && (
        <p>
          <code className="code">{worker.failureCode}</code> {worker.failureMessage || story?.cause}
        </p>
      )}
      {story?.fix && (
        <p>
          <strong>Fix:</strong> {story.fix}
        </p>
      )}
      <p className="muted">
        <code>{worker.name}</code>
        {worker.resourceId && worker.resourceId !== worker.name && (
          <>
            {" "}
            <code title={worker.resourceId}>{worker.resourceId.slice(0, 24)}</code>
          </>
        )}
      </p>
    </li>
  );
}
