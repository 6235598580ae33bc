import { useEffect, useState } from "react";
import { type Failure, failureOf } from "./failure.ts";

export interface Asked<Answer> {
  answer?: Answer;
  failure?: Failure;
  isAsking: boolean;
}

/** Asks when `key` changes and keeps the last answer on show until there is a new one; an answer that comes too late is dropped. */
export function useAnswer<Answer>(
  key: string,
  ask: (signal: AbortSignal) => Promise<Answer>,
  { waitMs = 0 }: { waitMs?: number } = {},
): Asked<Answer> {
  const [asked, setAsked] = useState<Asked<Answer>>({ isAsking: true });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says what is asked; `ask` is new in each rendering
  useEffect(() => {
    const closing = new AbortController();
    setAsked((before) => ({ ...before, isAsking: true }));
    const timer = setTimeout(() => {
      ask(closing.signal).then(
        (answer) => !closing.signal.aborted && setAsked({ answer, isAsking: false }),
        (error: unknown) => {
          if (!closing.signal.aborted)
            setAsked((before) => ({ ...before, failure: failureOf(error), isAsking: false }));
        },
      );
    }, waitMs);
    return () => {
      clearTimeout(timer);
      closing.abort();
    };
  }, [key, waitMs]);
  return asked;
}
