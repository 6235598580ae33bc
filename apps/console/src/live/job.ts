import type { AttemptStory, Decision, Job, Worker } from "@hodei/api/job";
import { useEffect, useState } from "react";
import { jobs } from "../api/clients.ts";
import { type Failure, failureOf } from "../api/failure.ts";
import { follow } from "./follow.ts";
import { gather } from "./gather.ts";

export interface JobStory {
  job?: Job;
  workers: readonly Worker[];
  attempts: readonly AttemptStory[];
  /** As of now, for a job that waits. */
  now?: Decision;
  failure?: Failure;
}

/** How often a waiting job is asked anew why it waits: what would free it changes without a word about the job. */
const WAITING_MS = 3_000;

/** One job with all that is known of it; read again at each change. */
export function useJob(jobId: string): JobStory {
  const [story, setStory] = useState<JobStory>({ workers: [], attempts: [] });
  useEffect(() => {
    const closing = new AbortController();
    let isReading = false;
    let isStale = false;
    let isWaiting = false;
    const reading = gather(() => void read(), 50);
    const stop = follow({
      name: "job",
      open: (signal) => jobs.watch({ jobIds: [jobId], snapshot: true }, { signal }),
      onMessage: () => reading.soon(),
      onHopeless: fail,
    });
    const timer = setInterval(() => isWaiting && reading.soon(), WAITING_MS);
    return () => {
      closing.abort();
      clearInterval(timer);
      reading.stop();
      stop();
    };

    async function read(): Promise<void> {
      isStale = isReading;
      if (isReading) return;
      isReading = true;
      const { signal } = closing;
      try {
        const [{ job, workers }, { attempts, now }] = await Promise.all([
          jobs.getJob({ jobId }, { signal }),
          jobs.explain({ what: { case: "jobId", value: jobId } }, { signal }),
        ]);
        isWaiting = now !== undefined;
        if (!signal.aborted) setStory({ ...(job && { job }), workers, attempts, ...(now && { now }) });
      } catch (error) {
        if (!signal.aborted) fail(error);
      } finally {
        isReading = false;
        if (isStale) reading.soon();
      }
    }

    function fail(error: unknown): void {
      setStory((before) => ({ ...before, failure: failureOf(error) }));
    }
  }, [jobId]);
  return story;
}
