import type { LogPositions } from "@hodei/bus";
import type { Provider } from "@hodei/providers";
import type { JobLogWriter } from "./job-log-writer.ts";
import { makeOutputMask } from "./mask-output.ts";

export interface LogSource {
  /** The worker's. */
  name: string;
  provider: Provider;
  /** Masked wherever they stand in the output. */
  secrets: readonly string[];
  /** Where an earlier follower stopped. */
  position: LogPositions;
}

/** Hands a worker's output to its writer as it is written; ends with the worker. A writer that has no room holds up its own worker's reader only. */
export async function forwardLogs(writer: JobLogWriter, source: LogSource, signal: AbortSignal): Promise<void> {
  const mask = makeOutputMask(source.secrets);
  for await (const chunk of source.provider.logs(source.name, source.position, signal)) {
    for (const piece of mask.take(chunk)) await writer.write(piece);
  }
  // Cut short, what is held back may be half a secret; whoever adopts the worker reads it again.
  if (signal.aborted) return;
  for (const piece of mask.end()) await writer.write(piece);
}
