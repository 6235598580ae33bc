import { type Bus, type LogPositions, OversizeError, type StoredUpTo } from "@hodei/bus";
import type { JobLog } from "@hodei/contracts";
import type { LogChunk } from "@hodei/providers";
import { pause } from "@hodei/runtime";
import type { Logger } from "@hodei/telemetry";
import type { ByteWindow } from "./byte-window.ts";
import { makeLogTrimmer } from "./log-trimmer.ts";
import { takeMessages, type WaitingPiece } from "./take-messages.ts";

/** Publishes the log of one attempt: pipelined, in order, in bounded memory. */
export interface JobLogWriter {
  /** Resolves when there is room for more: whoever reads the worker's output goes on then. */
  write(chunk: LogChunk): Promise<void>;
  /** A line of Hodei's own, on stream `system`. */
  say(line: string): void;
  /** How far each stream was taken over, stored or not. */
  readonly positions: Readonly<LogPositions>;
  /** Resolves when all that was taken over is stored. @throws when that cannot be had */
  drain(): Promise<void>;
  /** Resolves when all is stored, with the message that says so after it. @throws when that cannot be had */
  end(): Promise<void>;
}

export interface JobLogWriterOptions {
  bus: Bus;
  jobId: string;
  attempt: number;
  /** Where an earlier writer stopped. */
  positions: LogPositions;
  /** Shared by all writers: together they keep nothing else that is published waiting. */
  window: ByteWindow;
  limitBytes: number;
  logger: Logger;
  /** Aborts when the service stops. */
  signal: AbortSignal;
}

/** Bytes of one message; what is less waits until nothing is on its way, so that few lines go at once and many go together. */
const MESSAGE_BYTES = 65_536;
/** Bytes of one job on their way at once. */
const FLYING_BYTES = 512 * 1024;
/** Bytes taken over and not sent; above it the reader waits. */
const WAITING_BYTES = 256 * 1024;
/** What a message costs beside its text. */
const MESSAGE_OVERHEAD = 400;
const RETRY_MS = 500;
/** Once the worker has ended, its log is given up after so long without NATS. Before that it waits as long as it takes. */
const PATIENCE_AFTER_END_MS = 10 * 60_000;

interface Flight {
  messages: JobLog[];
  bytes: number;
  /** Known once it is stored. */
  sequence: number | undefined;
}

export function makeJobLogWriter(options: JobLogWriterOptions): JobLogWriter {
  const { bus, jobId, attempt, window, logger, signal } = options;
  const trimmer = makeLogTrimmer(bus, jobId, options.limitBytes, logger);
  const stored: StoredUpTo = { sequence: 0, positions: { ...options.positions } };
  const waiting: WaitingPiece[] = [];
  const flights: Flight[] = [];
  let waitingBytes = 0;
  let flyingBytes = 0;
  const positions: LogPositions = { ...options.positions };
  let isRunning = false;
  let deadline = Number.POSITIVE_INFINITY;
  let failure: Error | undefined;
  let moved = Promise.withResolvers<void>();

  function wake(): void {
    moved.resolve();
    moved = Promise.withResolvers<void>();
  }

  function add(chunk: LogChunk): void {
    waiting.push({ ...chunk, at: new Date() });
    waitingBytes += chunk.bytes;
    positions[chunk.stream] = chunk.offset + chunk.bytes;
    if (!isRunning) void run();
  }

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0 && failure === undefined) {
      const mayGo = flights.length === 0 || (waitingBytes >= MESSAGE_BYTES && flyingBytes < FLYING_BYTES);
      if (!mayGo) {
        await moved.promise;
        continue;
      }
      const { messages, bytes } = takeMessages(waiting, MESSAGE_BYTES, { jobId, attempt });
      waitingBytes -= bytes;
      flyingBytes += bytes;
      const flight: Flight = { messages, bytes, sequence: undefined };
      flights.push(flight);
      await window.acquire(bytes);
      void send(flight).finally(() => {
        window.release(bytes);
        flyingBytes -= bytes;
        wake();
      });
      wake();
    }
    isRunning = false;
  }

  async function send(flight: Flight): Promise<void> {
    try {
      flight.sequence = await publishPatiently(flight.messages);
      trimmer.added(flight.messages.length, flight.bytes + flight.messages.length * MESSAGE_OVERHEAD);
      noteStored();
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Those that are stored with nothing missing before them. */
  function noteStored(): void {
    for (let first = flights[0]; first?.sequence !== undefined; first = flights[0]) {
      flights.shift();
      stored.sequence = Math.max(stored.sequence, first.sequence);
      for (const { stream, offset, bytes } of first.messages) stored.positions[stream] = offset + bytes;
    }
  }

  async function publishPatiently(messages: readonly JobLog[]): Promise<number> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await bus.publishJobLog(messages, stored);
      } catch (error) {
        if (error instanceof OversizeError) return await bus.publishJobLog(messages.map(withoutText), stored);
        if (signal.aborted || performance.now() > deadline) throw error;
        if (tries === 0)
          logger.warn({ err: error, job_id: jobId }, `the log of job ${jobId} waits: it cannot be published`);
        await pause(RETRY_MS, signal);
      }
    }
  }

  async function drain(): Promise<void> {
    while (failure === undefined && (waiting.length > 0 || flights.length > 0)) await moved.promise;
    if (failure !== undefined) throw failure;
  }

  return {
    async write(chunk) {
      add(chunk);
      while (waitingBytes > WAITING_BYTES && failure === undefined) await moved.promise;
      if (failure !== undefined) throw failure;
    },
    say(line) {
      const text = `${line}\n`;
      const bytes = Buffer.byteLength(text);
      add({ stream: "system", offset: positions.system ?? 0, bytes, text });
    },
    positions,
    drain,
    async end() {
      deadline = performance.now() + PATIENCE_AFTER_END_MS;
      await drain();
      if (signal.aborted) return;
      const at = new Date().toISOString();
      const offset = positions.system ?? 0;
      const last = { job_id: jobId, attempt, stream: "system", offset, bytes: 0, at, text: "" } as const;
      await publishPatiently([{ ...last, ended: true }]);
    },
  };
}

/** Only where the server's max_payload was made smaller than what 64 KiB of text may take. */
function withoutText(message: JobLog): JobLog {
  return { ...message, text: `[${message.bytes} bytes left out: more than one NATS message may hold]\n` };
}
