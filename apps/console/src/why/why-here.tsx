import type { Decision } from "@hodei/api/job";
import { useState } from "react";
import type { JobStory } from "../live/job.ts";
import { Matrix } from "./matrix.tsx";
import { Verdict } from "./verdict.tsx";

interface Choice {
  key: string;
  word: string;
  decision: Decision | undefined;
}

/** Each decision about a job, with every provider and every rule. */
export function WhyHere({ story: { job, attempts, now } }: { story: JobStory }) {
  const choices: Choice[] = attempts.map(({ worker, decision }) => ({
    key: String(worker?.attempt),
    word: `Attempt ${worker?.attempt}: ${worker?.providerName}`,
    decision,
  }));
  if (now) choices.push({ key: "now", word: "Now", decision: now });
  const [picked, pick] = useState<string>();
  const choice = choices.find(({ key }) => key === picked) ?? choices.at(-1);
  return (
    <section className="panel" id="why">
      <header>
        <h2>{job?.providerName || !now ? "Why here?" : "Why is it waiting?"}</h2>
        {choices.length > 1 && (
          <fieldset className="choices">
            <legend className="hidden">Which decision</legend>
            {choices.map(({ key, word }) => (
              <button type="button" key={key} aria-pressed={key === choice?.key} onClick={() => pick(key)}>
                {word}
              </button>
            ))}
          </fieldset>
        )}
      </header>
      {choice?.decision ? (
        <>
          <Verdict decision={choice.decision} isNow={choice.key === "now"} />
          <Matrix decision={choice.decision} />
        </>
      ) : (
        <p className="muted">The decision is not kept any more.</p>
      )}
    </section>
  );
}
