import type { WorkerReport } from "@hodei/contracts";
import { hideSecrets, isoTime } from "@hodei/telemetry";
import type { HeldWorker } from "./held-worker.ts";
import type { StatusReporter } from "./status-reporter.ts";

/** What is told of workers, and when. */
export interface WorkerTelling {
  report(worker: HeldWorker, state: WorkerReport["state"], rest?: Partial<WorkerReport>): void;
  /** Tells at the end of this turn of the event loop where the worker has come to; of one that has ended by then only its end is told. */
  tellSoon(worker: HeldWorker): void;
  /** Tells now what was to be told soon. */
  tell(worker: HeldWorker): void;
}

export function makeWorkerTelling(held: ReadonlyMap<string, HeldWorker>, reporter: StatusReporter): WorkerTelling {
  let untold = new Set<HeldWorker>();

  function report(worker: HeldWorker, state: WorkerReport["state"], rest: Partial<WorkerReport> = {}): void {
    const { jobId, attempt, name } = worker.claim;
    untold.delete(worker);
    // A vendor's words may quote what it was given.
    const message = rest.message === undefined ? {} : { message: hideSecrets(rest.message) };
    worker.lastReport = { job_id: jobId, attempt, state, at: isoTime(), ...rest, ...message };
    reporter.report(name, worker.lastReport, worker.context);
  }

  function tellState(worker: HeldWorker): void {
    if (held.get(worker.claim.name) !== worker) return;
    if (worker.phase === "starting" && worker.claim.state === "REQUESTED") report(worker, "STARTING");
    if (worker.phase !== "running" || !worker.startedAt) return;
    const at = isoTime(worker.startedAt.getTime());
    report(worker, "RUNNING", { at, started_at: at });
  }

  function tellAll(): void {
    const workers = untold;
    untold = new Set();
    for (const worker of workers) tellState(worker);
  }

  return {
    report,
    tellSoon(worker) {
      if (untold.size === 0) setImmediate(tellAll);
      untold.add(worker);
    },
    tell(worker) {
      if (untold.delete(worker)) tellState(worker);
    },
  };
}
