import { CopyText } from "../ui/copy-text.tsx";
import { Empty } from "../ui/empty.tsx";
import { FailureNote } from "../ui/failure-note.tsx";
import { ClassCard } from "../waiting/class-card.tsx";
import { useWaiting } from "../waiting/waiting-classes.ts";

/** Which jobs wait, since when, and what would let them run? */
export function WaitingPage() {
  const { answer, failure } = useWaiting();
  return (
    <>
      <header className="page-head">
        <h1>Waiting</h1>
        {answer && answer.classes.length > 0 && (
          <p className="muted">
            {answer.jobs.toLocaleString()} {answer.jobs === 1n ? "job waits" : "jobs wait"}. Jobs that ask for the same
            stand together: what lets one run lets all of them.
          </p>
        )}
      </header>
      {failure && <FailureNote failure={failure} title="The waiting jobs could not be read" />}
      {!answer && !failure && <p className="muted">Reading …</p>}
      {answer?.classes.length === 0 && (
        <Empty title="No job waits">
          <p>
            A job waits when no provider fits it or all that fit are full. To see one here, ask for what nobody has:
          </p>
          <CopyText text="npx hodei run --detach --label gpu=a100 -- echo hello" />
        </Empty>
      )}
      {answer?.classes.map((waiting) => (
        <ClassCard key={waiting.classId} waiting={waiting} />
      ))}
    </>
  );
}
