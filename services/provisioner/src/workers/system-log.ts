import type { Bus } from "@hodei/bus";
import { type JobLog, jobLogSubject } from "@hodei/contracts";
import type { Logger } from "@hodei/telemetry";

/** Says what Hodei itself does for an attempt, line by line, in its job's log (stream `system`). Whoever takes the attempt over counts on. */
export function makeSystemLog(
  bus: Bus,
  { jobId, attempt, state }: { jobId: string; attempt: number; state: string },
  logger: Logger,
): (line: string) => void {
  /** Bytes said so far; not known yet where another process may have said some. */
  let offset = state === "REQUESTED" ? 0 : undefined;
  let queue = Promise.resolve();

  async function say(line: string): Promise<void> {
    offset ??= (await bus.lastJobLogPositions(jobId, attempt)).system ?? 0;
    const text = `${line}\n`;
    const bytes = Buffer.byteLength(text);
    const at = new Date().toISOString();
    const body: JobLog = { job_id: jobId, attempt, stream: "system", offset, bytes, at, text };
    const messageId = `${jobId}.${attempt}.system.${offset}`;
    await bus.publish([{ subject: jobLogSubject(jobId), messageId, body }]);
    offset += bytes;
  }

  return (line) => {
    queue = queue
      .then(() => say(line))
      .catch((error: unknown) =>
        logger.warn({ err: error, job_id: jobId }, `a line of the log of job ${jobId} could not be published`),
      );
  };
}
