import { now, type Payload } from "./contender.ts";

const REPORT_MS = 5;

/** The worker process' side of `worker-processes.ts`: counts what ran, and how long each job had waited. */
export interface Reporter {
  ready(): void;
  /** All that a job does here. */
  ran(payload: Payload): void;
}

export function reportToBench(): Reporter {
  let handled = 0;
  let told = 0;
  let delays: number[] = [];
  setInterval(() => {
    if (handled === told || !process.connected) return;
    told = handled;
    tell({ handled });
  }, REPORT_MS);
  process.on("message", () => {
    tell({ delays: Float64Array.from(delays) });
    delays = [];
  });
  // The bench has ended, however it did.
  process.on("disconnect", () => process.exit());
  return {
    ready: () => tell({ handled: 0 }),
    ran({ at }) {
      handled += 1;
      delays.push(now() - at);
    },
  };
}

/** A bench that has ended hears nothing more, and the disconnect ends this process. */
function tell(report: object): void {
  process.send?.(report, undefined, undefined, () => undefined);
}

/** What the bench wrote on the command line of this process. */
export function workerSettings<T>(): T {
  return JSON.parse(process.argv[2] ?? "{}") as T;
}
