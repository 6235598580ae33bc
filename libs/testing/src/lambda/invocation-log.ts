const TAIL_BYTES = 4096;

/** What Lambda's log of one invocation says. */
export function invocationLog(
  requestId: string,
  text: string,
  {
    durationMs,
    memoryMb,
    usedMb,
    initFailed,
  }: { durationMs: number; memoryMb: number; usedMb: number; initFailed: boolean },
): string {
  const own = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  const init = initFailed
    ? "INIT_REPORT Init Duration: 12.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n"
    : "";
  return [
    init,
    `START RequestId: ${requestId} Version: $LATEST\n`,
    own,
    `END RequestId: ${requestId}\n`,
    `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${Math.ceil(durationMs)} ms\tMemory Size: ${memoryMb} MB\tMax Memory Used: ${usedMb} MB\t\n`,
  ].join("");
}

/** `x-amz-log-result`: the last 4 KB. */
export function logTail(log: string): string {
  return Buffer.from(log).subarray(-TAIL_BYTES).toString("base64");
}
