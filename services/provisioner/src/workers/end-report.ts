import type { FinalWorkerState, TerminateReason, WorkerReport } from "@hodei/contracts";
import type { WorkerExit } from "@hodei/providers";
import { isoTime } from "@hodei/telemetry";

/**
 * What is reported of an end. A worker that was to be ended is TERMINATED, unless it had already succeeded by itself: then it did not
 * need to be. Pure.
 */
export function endReport(
  exit: WorkerExit,
  stopReason: TerminateReason | undefined,
): { state: FinalWorkerState; rest: Partial<WorkerReport> } {
  const rest: Partial<WorkerReport> = {
    at: isoTime(exit.at.getTime()),
    ...(exit.exitCode !== undefined && { exit_code: exit.exitCode }),
    ...(exit.result !== undefined && { result: exit.result as WorkerReport["result"] }),
  };
  if (stopReason && exit.exitCode !== 0) {
    const message = exit.failure?.detail;
    return { state: "TERMINATED", rest: { ...rest, code: stopReason, ...(message !== undefined && { message }) } };
  }
  if (exit.failure) {
    const { code, detail: message } = exit.failure;
    return { state: code === "WORKER_LOST" ? "LOST" : "EXITED", rest: { ...rest, code, message } };
  }
  if (exit.exitCode === 0) return { state: "EXITED", rest };
  const message = `the command ended with exit code ${exit.exitCode ?? "unknown"}`;
  return { state: "EXITED", rest: { ...rest, code: "EXIT_NONZERO", message } };
}
