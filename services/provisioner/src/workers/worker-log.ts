import type { Bus } from "@hodei/bus";
import type { Provider } from "@hodei/providers";
import { pause } from "@hodei/runtime";
import { type Logger, traceIdOf } from "@hodei/telemetry";
import { type ByteWindow, makeByteWindow } from "./byte-window.ts";
import { type JobLogWriter, makeJobLogWriter } from "./job-log-writer.ts";
import { forwardLogs } from "./log-forwarder.ts";
import { makeTextMask } from "./mask-output.ts";

/** The log of one attempt as its worker's supervisor sees it. Nothing here throws: what fails is logged, and said in the job's own log. */
export interface WorkerLog {
  /** Says what Hodei itself does for the attempt. */
  say(line: string): void;
  /** Publishes the worker's output to its end; the log has ended then. `isOver` says whether the worker has. */
  follow(source: { provider: Provider; isAdopted: boolean; isOver: () => boolean }): Promise<void>;
  /** There is no output, or no more: ends the log where anything was said. */
  close(): Promise<void>;
}

interface WorkerOfLog {
  jobId: string;
  attempt: number;
  name: string;
  state: string;
  traceparent: string | null;
}

export type OpenWorkerLog = (worker: WorkerOfLog, secrets: readonly string[]) => WorkerLog;

/** Of all jobs together on their way to NATS: at 50 MB/s a report behind it waits 40 ms. */
const WINDOW_BYTES = 2 * 2 ** 20;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
/** A provider that cannot give the output of a worker that has ended is asked so often. While it runs, for ever. */
const TRIES_AFTER_END = 6;

export function makeWorkerLogs({
  bus,
  limitBytes,
  logger,
  signal,
}: {
  bus: Bus;
  limitBytes: number;
  logger: Logger;
  signal: AbortSignal;
}): OpenWorkerLog {
  const window = makeByteWindow(WINDOW_BYTES);
  return (worker, secrets) => openWorkerLog({ bus, window, limitBytes, logger, signal }, worker, secrets);
}

function openWorkerLog(
  shared: { bus: Bus; window: ByteWindow; limitBytes: number; logger: Logger; signal: AbortSignal },
  { jobId, attempt, name, state, traceparent }: WorkerOfLog,
  secrets: readonly string[],
): WorkerLog {
  const traceId = traceparent ? traceIdOf(traceparent) : undefined;
  const { bus, signal } = shared;
  let own: Logger | undefined;
  /** Made by the first who needs it: of most logs there is nothing to say, and a child costs as much as a line. */
  const logger = () => (own ??= shared.logger.child(traceId ? { attempt, trace_id: traceId } : { attempt }));
  const mask = makeTextMask(secrets);
  let opened: Promise<JobLogWriter> | undefined;

  /** Whoever takes an attempt over counts on where its predecessor stopped. */
  async function open(isResumed: boolean): Promise<JobLogWriter> {
    for (let tries = 1; ; tries += 1) {
      try {
        const positions = isResumed ? await bus.lastJobLogPositions(jobId, attempt) : {};
        return makeJobLogWriter({ ...shared, logger: logger(), jobId, attempt, positions });
      } catch (error) {
        if (signal.aborted) throw error;
        if (tries === 1) logger().warn({ err: error, job_id: jobId }, `the log of job ${jobId} waits for NATS`);
        await pause(retryMs(tries), signal);
      }
    }
  }

  function writer(): Promise<JobLogWriter> {
    opened ??= open(state !== "REQUESTED");
    return opened;
  }

  async function reopen(): Promise<JobLogWriter> {
    await (await opened)?.drain();
    opened = open(true);
    return opened;
  }

  async function forward(log: JobLogWriter, provider: Provider, isOver: () => boolean): Promise<void> {
    for (let tries = 1; !signal.aborted; tries += 1) {
      const before = JSON.stringify(log.positions);
      try {
        await forwardLogs(log, { name, provider, secrets, position: { ...log.positions } }, signal);
        return;
      } catch (error) {
        if (JSON.stringify(log.positions) !== before) tries = 1;
        if (isOver() && tries >= TRIES_AFTER_END) throw error;
        if (tries === 1) logger().warn({ err: error, job_id: jobId }, `the output of job ${jobId} is asked for again`);
        await pause(retryMs(tries), signal);
      }
    }
  }

  function failed(error: unknown): void {
    if (!signal.aborted) logger().error({ err: error, job_id: jobId }, `the log of job ${jobId} is incomplete`);
  }

  return {
    say(line) {
      writer().then((log) => log.say(mask(line)), failed);
    },
    async follow({ provider, isAdopted, isOver }) {
      try {
        const log = await (isAdopted ? reopen() : writer());
        try {
          await forward(log, provider, isOver);
        } catch (error) {
          failed(error);
          log.say(`the rest of the output is missing: ${mask(reasonOf(error))}`);
        }
        await log.end();
      } catch (error) {
        failed(error);
      }
    },
    async close() {
      try {
        if (opened || state !== "REQUESTED") await (await writer()).end();
      } catch (error) {
        failed(error);
      }
    },
  };
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}

/** Doubles with each try. */
function retryMs(tries: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries - 1, 8));
}
