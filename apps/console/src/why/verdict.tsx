import type { Decision } from "@hodei/api/job";
import { Icon } from "../ui/icon.tsx";

const STEPS: Readonly<Record<string, string>> = {
  "R1-preferred": "its preferred region is the one that the job prefers",
  "R1-allowed": "it allows the region that the job prefers",
  R2: "it is in a region that the job allows",
  R3: "no region narrowed the choice",
};

/** A decision in sentences. */
export function Verdict({ decision, isNow }: { decision: Decision; isNow: boolean }) {
  const { placed, providerName, candidates, eligible, fallbackStep, hints } = decision;
  return (
    <div className="verdict">
      <div className={`note ${placed ? "good" : "warn"}`} role="status">
        <Icon tone={placed ? "good" : "wait"} />
        <p>
          {placed ? (
            <>
              <strong>{isNow ? `It would go to ${providerName}.` : `It went to ${providerName}.`}</strong>{" "}
              {eligible === 1 ? "Only it was eligible" : `Best of ${eligible} eligible`} of {candidates}
              {STEPS[fallbackStep] && `; ${STEPS[fallbackStep]} (${fallbackStep})`}.{" "}
              <span>
                Rank: priority {decision.rankPriority}, {decision.rankActiveWorkers} of {decision.rankMaxWorkers} slots
                taken
                {decision.rankHealth && `, ${decision.rankHealth.toLowerCase()}`}.
              </span>
            </>
          ) : (
            <>
              <strong>No provider fits.</strong>{" "}
              {candidates === 0
                ? "There is no provider at all."
                : `All ${candidates} were refused: ${countsOf(decision)}.`}
            </>
          )}
        </p>
      </div>
      {hints.map((hint) => (
        <p className="note warn" key={hint}>
          <Icon tone="warn" />
          <span>{hint}</span>
        </p>
      ))}
    </div>
  );
}

/** `3 by labels, 1 by status`, most first. */
export function countsOf({ refusedBy }: Decision): string {
  return Object.entries(refusedBy)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count} by ${reason}`)
    .join(", ");
}
