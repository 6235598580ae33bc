import type { Bus } from "@hodei/bus";
import { type WorkerReport, type WorkerState, workerName, workerStatusSubject } from "@hodei/contracts";
import { advancesWorker } from "@hodei/lifecycle";
import type { Logger } from "@hodei/telemetry";

/** Tells the selector what became of workers, in batches; of several reports on one worker only the one furthest on goes out. */
export interface StatusReporter {
  report(report: WorkerReport): void;
  /** Resolves when nothing waits to be sent. */
  drain(): Promise<void>;
}

const RETRY_MS = 500;

export function makeStatusReporter(bus: Bus, logger: Logger): StatusReporter {
  let waiting = new Map<string, WorkerReport>();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    // What this turn of the event loop still reports goes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.size > 0) {
      const reports = [...waiting.values()];
      waiting = new Map();
      try {
        await publish(reports);
      } catch (error) {
        logger.error({ err: error, reports: reports.length }, "reports could not be published; they are sent again");
        for (const report of reports) keepLatest(report);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    running = undefined;
  }

  async function publish(reports: readonly WorkerReport[]): Promise<void> {
    const byState = Map.groupBy(reports, (report) => report.state);
    await Promise.all([...byState].map(([state, items]) => publishState(state, items)));
  }

  async function publishState(state: WorkerState, items: readonly WorkerReport[]): Promise<void> {
    await bus.publishItems(workerStatusSubject(state), items, {
      messageIdOf: (item) => `${item.job_id}.${item.attempt}.${item.state}.${item.at}`,
    });
  }

  function keepLatest(report: WorkerReport): void {
    const key = workerName(report.job_id, report.attempt);
    const known = waiting.get(key);
    if (!known || advancesWorker(known.state, report.state)) waiting.set(key, report);
  }

  return {
    report(report) {
      keepLatest(report);
      running ??= run();
    },
    async drain() {
      while (running) await running;
    },
  };
}
