import type { ExplainResponse, PlanResponse } from "@hodei/api/job";
import type { Asked } from "../api/use-answer.ts";
import { FailureNote } from "../ui/failure-note.tsx";
import { jobHref, Link } from "../ui/link.tsx";
import { Matrix } from "../why/matrix.tsx";
import { Verdict } from "../why/verdict.tsx";

/** Ids named at most, of each kind. */
const NAMED = 12;

/** What would be decided for the job, with every rule. */
export function JobOutcome({ asked: { answer, failure } }: { asked: Asked<ExplainResponse | undefined> }) {
  return (
    <section className="panel" aria-label="What would be decided">
      <h2>The job</h2>
      {failure && <FailureNote failure={failure} />}
      {answer?.now && (
        <>
          <Verdict decision={answer.now} isNow />
          <Matrix decision={answer.now} />
        </>
      )}
    </section>
  );
}

/** Which jobs that wait now a change would free, and which it would strand. */
export function PlanOutcome({ asked: { answer, failure } }: { asked: Asked<PlanResponse | undefined> }) {
  return (
    <section className="panel" aria-label="What would change for waiting jobs">
      <h2>Jobs that wait now</h2>
      {failure && <FailureNote failure={failure} />}
      {answer && (
        <>
          <dl className="numbers">
            <Count name="Waiting" count={answer.waiting} />
            <Count name="Would be freed" count={Number(answer.freedJobs)} />
            <Count name="Would be stranded" count={Number(answer.strandedJobs)} />
          </dl>
          <Named title="Freed" ids={answer.freedJobIds} />
          <Named title="Stranded" ids={answer.strandedJobIds} />
        </>
      )}
    </section>
  );
}

function Count({ name, count }: { name: string; count: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{count.toLocaleString()}</dd>
    </div>
  );
}

function Named({ title, ids }: { title: string; ids: readonly string[] }) {
  if (ids.length === 0) return null;
  return (
    <p className="named">
      <strong>{title}:</strong>{" "}
      {ids.slice(0, NAMED).map((id) => (
        <Link key={id} href={jobHref(id)}>
          {id}
        </Link>
      ))}
      {ids.length > NAMED && <span className="muted">and {(ids.length - NAMED).toLocaleString()} more</span>}
    </p>
  );
}
