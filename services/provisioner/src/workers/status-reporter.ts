import type { Bus } from "@hodei/bus";
import { reportIdOf, type WorkerReport, type WorkerState, workerStatusSubject } from "@hodei/contracts";
import { advancesWorker } from "@hodei/lifecycle";
import { epochMs, isRecorded, type Logger, recordSend, sendContext } from "@hodei/telemetry";

/** Tells the selector what became of workers, in batches; of several reports on one worker only the one furthest on goes out. */
export interface StatusReporter {
  /** `name` is the worker's, `context` its trace context; a report that is said again has none. */
  report(name: string, report: WorkerReport, context?: string | null): void;
  /** Resolves when nothing waits to be sent. */
  drain(): Promise<void>;
}

const RETRY_MS = 500;

interface TracedReport {
  name: string;
  report: WorkerReport;
  context: string | null;
}

export function makeStatusReporter(bus: Bus, logger: Logger): StatusReporter {
  let waiting = new Map<string, TracedReport>();
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
        for (const each of reports) keepLatest(each);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    running = undefined;
  }

  async function publish(reports: readonly TracedReport[]): Promise<void> {
    const byState = Map.groupBy(reports, ({ report }) => report.state);
    await Promise.all([...byState].map(([state, items]) => publishState(state, items)));
  }

  async function publishState(state: WorkerState, reports: readonly TracedReport[]): Promise<void> {
    const subject = workerStatusSubject(state);
    const begun = epochMs();
    const items = reports.map(({ report }) => report);
    await bus.publishItems(subject, items, {
      messageIdOf: reportIdOf,
    });
    if (state !== "STARTING") traceSent(subject, reports, begun);
  }

  function keepLatest(traced: TracedReport): void {
    const { name, report } = traced;
    const known = waiting.get(name);
    if (!known || advancesWorker(known.report.state, report.state)) waiting.set(name, traced);
  }

  return {
    report(name, report, context = null) {
      keepLatest({ name, report, context });
      running ??= run();
    },
    async drain() {
      while (running) await running;
    },
  };
}

function traceSent(subject: string, reports: readonly TracedReport[], begun: number): void {
  const ended = epochMs();
  for (const { report, context } of reports) {
    if (!isRecorded(context)) continue;
    recordSend({
      subject,
      parent: context,
      self: sendContext(context, subject, report.attempt),
      begun,
      ended,
      batch: reports.length,
      attributes: { "hodei.job_id": report.job_id, "hodei.attempt": report.attempt },
    });
  }
}
