import { isFinalWorkerState, type WorkerState } from "@hodei/contracts";

const PROGRESS: Readonly<Record<"REQUESTED" | "STARTING" | "RUNNING", number>> = {
  REQUESTED: 0,
  STARTING: 1,
  RUNNING: 2,
};

/** Whether a report moves a worker on. Reports arrive twice and out of order; states only ever advance (design §3.2). */
export function advancesWorker(current: WorkerState, reported: WorkerState): boolean {
  if (isFinalWorkerState(current)) return false;
  if (isFinalWorkerState(reported)) return true;
  return PROGRESS[reported] > PROGRESS[current];
}
