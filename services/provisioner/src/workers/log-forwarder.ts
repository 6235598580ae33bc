import type { Bus } from "@hodei/bus";
import { type JobLog, jobLogSubject } from "@hodei/contracts";
import type { LogPosition, Provider } from "@hodei/providers";
import type { Logger } from "@hodei/telemetry";

/** Values shorter than this are not masked: they would hide half of every line. */
const SHORTEST_SECRET = 4;

export interface LogSource {
  jobId: string;
  attempt: number;
  name: string;
  provider: Provider;
  /** Masked wherever they stand in the output. */
  secrets: readonly string[];
  /** Where an earlier follower stopped. */
  position: LogPosition;
}

/** Publishes a worker's output as it is written; ends with the worker. One chunk at a time, so that a loud worker waits for itself only. */
export async function forwardLogs(bus: Bus, source: LogSource, logger: Logger, signal: AbortSignal): Promise<void> {
  const mask = makeMask(source.secrets);
  try {
    for await (const chunk of source.provider.logs(source.name, source.position, signal)) {
      const body: JobLog = {
        job_id: source.jobId,
        attempt: source.attempt,
        stream: chunk.stream,
        offset: chunk.offset,
        bytes: chunk.bytes,
        at: new Date().toISOString(),
        text: mask(chunk.text),
      };
      const messageId = `${source.jobId}.${source.attempt}.${chunk.stream}.${chunk.offset}`;
      await bus.publish([{ subject: jobLogSubject(source.jobId), messageId, body }]);
    }
  } catch (error) {
    if (!signal.aborted)
      logger.error({ err: error, job_id: source.jobId }, `the log of job ${source.jobId} is incomplete`);
  }
}

function makeMask(secrets: readonly string[]): (text: string) => string {
  const hidden = secrets.filter((secret) => secret.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
  if (hidden.length === 0) return (text) => text;
  return (text) => hidden.reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
}
