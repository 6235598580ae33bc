import { JobState, type ListWaitingResponse } from "@hodei/api/job";
import { useEffect, useState } from "react";
import { jobs } from "../api/clients.ts";
import { type Failure, failureOf } from "../api/failure.ts";
import { useFleet } from "../live/fleet.ts";
import { follow } from "../live/follow.ts";
import { gather } from "../live/gather.ts";

export interface Waiting {
  answer?: ListWaitingResponse;
  failure?: Failure;
}

/** Read at most so often, however much changes. */
const READ_MS = 400;

/** Waiting jobs by class, read again when a job begins or ends to wait and when a provider changes. */
export function useWaiting(): Waiting {
  const { providers } = useFleet();
  const [waiting, setWaiting] = useState<Waiting>({});
  const [reader, setReader] = useState<{ soon(): void }>();
  useEffect(() => {
    const closing = new AbortController();
    const reading = gather(() => {
      jobs.listWaiting({}, { signal: closing.signal }).then(
        (answer) => setWaiting({ answer }),
        (error: unknown) =>
          !closing.signal.aborted && setWaiting((before) => ({ ...before, failure: failureOf(error) })),
      );
    }, READ_MS);
    const stop = follow({
      name: "waiting",
      open: (signal) => jobs.watch({ states: [JobState.PENDING], snapshot: true }, { signal }),
      onMessage: reading.soon,
    });
    setReader(reading);
    return () => {
      closing.abort();
      reading.stop();
      stop();
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a provider that changes may free jobs
  useEffect(() => reader?.soon(), [providers, reader]);
  return waiting;
}
