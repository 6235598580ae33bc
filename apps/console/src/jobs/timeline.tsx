import { type Job, JobState } from "@hodei/api/job";
import { useNow } from "../live/now.ts";
import { formatClock, formatSpan, msOf } from "../ui/format-time.ts";
import { isFinal, JOB_STATES } from "../ui/words.ts";

interface Phase {
  word: string;
  kind: "waited" | "started" | "ran";
  from: number;
  to: number;
}

/** How long it waited, started and ran; the widths are the shares. */
export function Timeline({ job }: { job: Job }) {
  const now = useNow();
  const phases = phasesOf(job, now);
  const end = msOf(job.finishedAt);
  return (
    <section className="timeline" aria-label="Timeline">
      <ol>
        {phases.map(({ word, kind, from, to }) => (
          <li key={word} className={kind} style={{ flexGrow: Math.max(1, to - from) }}>
            <span className="bar" aria-hidden="true" />
            <span className="phase">{word}</span>
            <span className="number">{formatSpan(to - from)}</span>
            <time className="muted" dateTime={new Date(from).toISOString()}>
              {formatClock(from)}
            </time>
          </li>
        ))}
        {end !== undefined && (
          <li className="end">
            <span className="bar" aria-hidden="true" />
            <span className="phase">{JOB_STATES[job.state].word}</span>
            <span className="number">&nbsp;</span>
            <time className="muted" dateTime={new Date(end).toISOString()}>
              {formatClock(end)}
            </time>
          </li>
        )}
      </ol>
    </section>
  );
}

function phasesOf(job: Job, now: number): Phase[] {
  const end = msOf(job.finishedAt) ?? now;
  // Times are those of the present or last attempt; a job that went back to waiting has none.
  const starts = [
    ["waited", msOf(job.submittedAt)],
    ["started", msOf(job.provisioningAt)],
    ["ran", msOf(job.runningAt)],
  ] as const;
  const known = starts.flatMap(([kind, at]) => (at === undefined ? [] : [{ kind, at }]));
  return known.map(({ kind, at }, index) => {
    const to = known[index + 1]?.at ?? end;
    const isNow = index === known.length - 1 && !isFinal(job.state);
    return { kind, word: wordOf(kind, isNow, job.state), from: at, to: Math.max(at, to) };
  });
}

const WORDS = { waited: ["Waiting", "Waited"], started: ["Starting", "Started in"], ran: ["Running", "Ran"] } as const;

function wordOf(kind: Phase["kind"], isNow: boolean, state: JobState): string {
  if (isNow && state === JobState.PENDING && kind !== "waited") return "Waiting again";
  return WORDS[kind][isNow ? 0 : 1];
}
